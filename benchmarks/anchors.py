"""Negative anchors: repeated false alerts held back, and true matches lost, for several rules.

    python -m benchmarks.anchors --root DIR [--templates FILE]

DIR holds `images/` of Labeled Faces in the Wild. Everybody with three photographs or more is
enrolled with the first. Whoever else reaches the threshold raises a false alert, which is rejected:
that photograph becomes an anchor of the subject. Then every other photograph of the look-alike that
reaches the threshold is a repeated false alert, and every other photograph of the subject that does
is a true match. Photographs of different days are the hard case: in video the same person comes
back with the same camera, light and haircut.

Embedding takes minutes; --templates keeps its result in a file and reads it the next time.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.lfw import ONE_PERSON, Cost, templates
from facewarden.data import Float32
from facewarden.decide.decider import DecisionRule
from facewarden.detect.refine import CloseUpDetector
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry, models_dir
from facewarden.store.anchors import MOST_ANCHORS, SAME_LOOK
from facewarden.wiring.anchors import RARE_FMR, TOO_LIKE

RATES = (1e-3, 1e-4, 3e-5)
ENROLLED_FROM = 3
MARGIN = DecisionRule().anchor_margin


@dataclass(frozen=True, slots=True)
class Rule:
    """When a probe is held back: its similarity a to the anchor, s to the subject, threshold t."""

    over_subject: float = -2.0
    over_threshold: float = -2.0

    def held_back(self, a: Float32, s: Float32, t: float) -> NDArray[np.bool_]:
        return np.asarray((a > s + self.over_subject) & (a >= t + self.over_threshold))


RULES = {
    "a >= t": Rule(over_threshold=0.0),
    "a >= t + 0.1": Rule(over_threshold=0.1),
    "a > s - 0.05": Rule(-0.05),
    "a > s": Rule(0.0),
    f"a > s + {MARGIN:g} (ours)": Rule(MARGIN),
    "a > s + 0.1": Rule(0.1),
    "a > s and a >= t + 0.1": Rule(0.0, 0.1),
}


@dataclass(frozen=True, slots=True)
class Photographs:
    """n photographs: their unit vectors, and the number of the person on each."""

    vectors: Float32
    people: NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.people):
            raise SystemExit("the file of templates is not of these photographs")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """m subjects: their person, the row of their reference, and their similarity to everything."""

    person: NDArray[np.int64]
    row: NDArray[np.int64]
    similarity: Float32

    def impostor(self, people: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(people[None] != self.person[:, None])


def read(root: Path, cache: Path | None) -> Photographs:
    paths = sorted((root / "images").rglob("*.jpg"))
    names = [path.stem.rsplit("_", 1)[0] for path in paths]
    people = np.unique([ONE_PERSON.get(n, n) for n in names], return_inverse=True)[1]
    if cache is not None and cache.exists():
        return Photographs(np.load(cache, allow_pickle=False), people.astype(np.int64))
    registry = Registry(models_dir(None))
    detector_card, finder = open_session(registry, DEFAULT_DETECTOR)
    embedder_card, session = open_session(registry, DEFAULT_EMBEDDER)
    vectors = templates(
        paths,
        CloseUpDetector(YuNet(finder, detector_card)),
        OnnxEmbedder(session, embedder_card),
        Cost(),
    )
    if cache is not None:
        with cache.open("wb") as file:
            np.save(file, vectors)
    return Photographs(vectors, people.astype(np.int64))


def enrol(photographs: Photographs) -> Enrolled:
    people, first, count = np.unique(photographs.people, return_index=True, return_counts=True)
    chosen = count >= ENROLLED_FROM
    row = first[chosen]
    return Enrolled(people[chosen], row, photographs.vectors[row] @ photographs.vectors.T)


def similarity_at(impostors: Float32, rate: float) -> float:
    """The lowest similarity that no more than `rate` of the impostor comparisons reach."""
    allowed = int(rate * len(impostors))
    return float(np.nextafter(np.sort(impostors)[-allowed - 1], np.float32(2)))


def others(of: int, but: int, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of a person, without one of them."""
    rows = np.flatnonzero(people == of)
    return np.asarray(rows[rows != but], np.int64)


def rules_at(rate: float, photographs: Photographs, enrolled: Enrolled) -> None:
    """Print, for every rule, what is held back and what is lost; anchors one by one, and all."""
    vectors, people = photographs.vectors, photographs.people
    impostor = enrolled.impostor(people)
    threshold = similarity_at(enrolled.similarity[impostor], rate)
    subject, anchor = np.nonzero(impostor & (enrolled.similarity >= threshold))
    counts = {name: np.zeros(3, np.int64) for name in RULES}
    total = np.zeros(3, np.int64)
    for one in np.unique(subject):
        similarity = enrolled.similarity[one]
        mine = others(int(enrolled.person[one]), int(enrolled.row[one]), people)
        mine = mine[similarity[mine] >= threshold]
        rejected = anchor[subject == one]
        to_anchors = vectors[rejected] @ vectors.T
        for row, a in zip(rejected, to_anchors, strict=True):
            again = others(int(people[row]), int(row), people)
            again = again[similarity[again] >= threshold]
            total[:2] += len(again), len(mine)
            for name, rule in RULES.items():
                counts[name][0] += rule.held_back(a[again], similarity[again], threshold).sum()
                counts[name][1] += rule.held_back(a[mine], similarity[mine], threshold).sum()
        total[2] += len(mine)
        nearest = to_anchors.max(axis=0)
        for name, rule in RULES.items():
            counts[name][2] += rule.held_back(nearest[mine], similarity[mine], threshold).sum()
    print(
        f"\nFMR {rate:g}, threshold {threshold:.4f}: {len(subject)} false alerts of "
        f"{len(np.unique(people[anchor]))} people for {len(np.unique(subject))} subjects"
    )
    print(
        "| rule | repeated false alerts held back | true matches lost | lost, all anchors at once |"
    )
    print("|---|---|---|---|")
    for name, found in counts.items():
        cells = (
            f"{n} of {of} ({100 * n / max(1, of):.2f} %)"
            for n, of in zip(found.tolist(), total.tolist(), strict=True)
        )
        print(f"| {name} | {' | '.join(cells)} |")


def bounds(photographs: Photographs, enrolled: Enrolled) -> None:
    """Print what the bound on anchors and the merging of equal looks were chosen by."""
    people = photographs.people
    impostor = enrolled.impostor(people)
    for rate in RATES:
        threshold = similarity_at(enrolled.similarity[impostor], rate)
        reached = impostor & (enrolled.similarity >= threshold)
        met = np.array([len(np.unique(people[row])) for row in reached], np.int64)
        print(
            f"look-alikes of a subject at FMR {rate:g}: median {np.median(met):.0f}, "
            f"95 % {np.quantile(met, 0.95):.0f}, most {met.max()}; "
            f"{(met > MOST_ANCHORS).sum()} of {len(met)} above the bound of {MOST_ANCHORS}"
        )
    genuine = ~impostor
    genuine[np.arange(len(enrolled.row)), enrolled.row] = False
    share = (enrolled.similarity[genuine] >= SAME_LOOK).mean()
    most = enrolled.similarity[impostor].max()
    print(
        f"genuine pairs at {SAME_LOOK:g} or more: {100 * share:.2f} %; "
        f"the most alike of {impostor.sum()} impostor pairs: {most:.3f}"
    )


def mistakes(photographs: Photographs, enrolled: Enrolled) -> None:
    """Print what an anchor of the subject's own face would hide, and how often it is asked about.

    Each true match above the threshold is rejected by mistake, in turn.
    """
    vectors, people = photographs.vectors, photographs.people
    impostor = enrolled.impostor(people)
    impostors = enrolled.similarity[impostor]
    threshold, rare = similarity_at(impostors, RATES[-1]), similarity_at(impostors, RARE_FMR)
    rejected, hidden, chances = [], [], []
    for one, similarity in enumerate(enrolled.similarity):
        mine = others(int(enrolled.person[one]), int(enrolled.row[one]), people)
        mine = mine[similarity[mine] >= threshold]
        a = vectors[mine] @ vectors[mine].T
        np.fill_diagonal(a, -1)
        rejected.append(similarity[mine])
        hidden.append((a > similarity[mine][None] + MARGIN).sum(axis=1))
        chances.append(np.full(len(mine), len(mine) - 1))
    own, harm, of = (np.concatenate(part) for part in (rejected, hidden, chances))
    false = impostors[impostors >= threshold]
    print(
        f"\nThe subject's own face rejected, FMR {RATES[-1]:g}: {harm.sum()} of {of.sum()} later "
        f"matches hidden ({100 * harm.sum() / of.sum():.0f} %). Similarity at {RARE_FMR:g}: "
        f"{rare:.4f}"
    )
    print("| asked about from | mistakes caught | their harm | right rejections asked about |")
    print("|---|---|---|---|")
    for more in (0.0, TOO_LIKE, 0.1, 0.15):
        caught = own >= rare + more
        print(
            f"| {rare + more:.3f}{' (ours)' if more == TOO_LIKE else ''} "
            f"| {100 * caught.mean():.1f} % | {100 * harm[caught].sum() / harm.sum():.1f} % "
            f"| {(false >= rare + more).sum()} of {len(false)} |"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--root", type=Path, required=True, help="folder of LFW")
    arguments.add_argument("--templates", type=Path, help="file that keeps the templates (.npy)")
    chosen = arguments.parse_args()
    photographs = read(chosen.root, chosen.templates)
    enrolled = enrol(photographs)
    print(
        f"{len(photographs.people)} photographs of {photographs.people.max() + 1} people, "
        f"{len(enrolled.row)} enrolled with one each"
    )
    for rate in RATES:
        rules_at(rate, photographs, enrolled)
    print()
    bounds(photographs, enrolled)
    mistakes(photographs, enrolled)


if __name__ == "__main__":
    main()
