"""What a second embedder brings: alone, always added, and asked only near the threshold.

    scripts/bench second_opinion --root LFW [--second dlib-resnet-v1] [--people 1400] [--keep FILE]

LFW holds `images/` with a folder per person. Photographs: the first of a person is enrolled, the
others are probes, people with one photograph are the strangers. Video: footage is composed of the
last photograph of each person (compose/footage.py). People are halved: weight and dependence of the
two models are fitted to one half, errors are those of the other, and the other way round. What an
impostor similarity is worth is each card's calibration.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.lfw import ONE_PERSON
from benchmarks.photo_to_video import central, found, unit
from facewarden.align.align import align
from facewarden.align.cutter import Cutter, cutter_for
from facewarden.capture.image import read_image
from facewarden.compose.footage import FootageRecipe, footage
from facewarden.config.settings import Settings
from facewarden.data import Faces, Float32, Image
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.second_opinion import SecondOpinionRule, normal_score
from facewarden.detect.refine import CloseUpDetector
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.builtin import DLIB
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.wiring.eyes import Eyes, make_eyes

FRAMES = 6
SEEN_BY_SECOND = 3
FEWEST = 50
RATES = (0.03, 0.01, 0.003)
WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
GRID = np.linspace(-1, 1, 8001)
Bools = NDArray[np.bool_]
Scores = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Seen:
    """Unit vectors of both models, a row per face.

    Attributes:
        photo, frame: (n, d) by the first model; photo_second, frame_second by the second.
        photo_of, frame_of: the person; photographs are in order, the first is the one enrolled.
        quality: of a frame's look.
    """

    photo: Float32
    photo_second: Float32
    photo_of: Ints
    frame: Float32
    frame_second: Float32
    frame_of: Ints
    quality: Float32


@dataclass(frozen=True, slots=True)
class Model:
    """An embedder and what cuts faces out for it."""

    embedder: OnnxEmbedder
    cutter: Cutter | None

    def embed(self, image: Image, face: Faces) -> Float32:
        """Embed one face of a picture."""
        cut = self.cutter
        crop = align(image, face.landmarks) if cut is None else cut.cut(image, face)
        vector: Float32 = self.embedder.embed(np.asarray(crop, np.uint8)).vectors[0]
        return vector

    @property
    def tail(self) -> ImpostorTail:
        """Its calibration."""
        if self.embedder.tail is None:
            sys.exit(f"{self.embedder.model_id} is not calibrated: facewarden calibrate")
        return self.embedder.tail


def see(root: Path, people: int, eyes: Eyes, first: Model, second: Model) -> Seen:
    """Embed the photographs of people, those with several first, and footage of the last."""
    doubled = {*ONE_PERSON, *ONE_PERSON.values()}
    folders = [f for f in sorted((root / "images").iterdir()) if f.name not in doubled]
    photographs = [sorted(folder.glob("*.jpg")) for folder in folders]
    random = np.random.default_rng(5)
    order = random.permutation(len(photographs)).tolist()
    several = [i for i in order if len(photographs[i]) > 1][: people // 2]
    single = [i for i in order if len(photographs[i]) == 1][: people // 2]
    close = CloseUpDetector(eyes.detector)
    rows: dict[str, list[object]] = {name: [] for name in Seen.__slots__}
    for person, place in enumerate(several + single):
        if person % 100 == 0:
            print(f"person {person} of {len(several + single)}", file=sys.stderr, flush=True)
        last: tuple[Image, Faces] | None = None
        for path in photographs[place]:
            image, _ = read_image(path)
            face = found(image, close)
            if face is None:
                continue
            last = (image, face)
            rows["photo"].append(first.embed(image, face))
            rows["photo_second"].append(second.embed(image, face))
            rows["photo_of"].append(person)
        if last is None:
            continue
        x1, y1, x2, y2 = (float(side) for side in last[1].boxes[0])
        recipe = FootageRecipe(frames=FRAMES)
        for picture in footage(last[0], (x1, y1, x2, y2), recipe, seed=person):
            face = found(picture, eyes.detector)
            if face is None:
                continue
            crop = align(picture, face.landmarks)
            rows["quality"].append(eyes.assessor.assess(crop, face).quality[0])
            face = eyes.refiner.refine(picture, central(picture, face))
            rows["frame"].append(first.embed(picture, face))
            rows["frame_second"].append(second.embed(picture, face))
            rows["frame_of"].append(person)
    return Seen(**{name: np.array(rows[name]) for name in Seen.__slots__})


@dataclass(frozen=True, slots=True)
class Trial:
    """Probes against a gallery, by both models.

    Attributes:
        first, second: (probes, enrolled) normal scores; similarity: of the first.
        own: (probes,) the column of the probe's own subject; -1 of strangers.
        person, enrolled: who is behind a row, and a column.
    """

    similarity: Scores
    first: Scores
    second: Scores
    own: Ints
    person: Ints
    enrolled: Ints

    def of(self, people: Bools) -> "Trial":
        """Return the part of some people, on both sides."""
        rows, columns = people[self.person], np.flatnonzero(people[self.enrolled])
        place = np.full(len(self.enrolled) + 1, -1)
        place[columns] = np.arange(len(columns))
        cut = np.ix_(rows, columns)
        return Trial(
            self.similarity[cut], self.first[cut], self.second[cut],
            place[self.own[rows]], self.person[rows], self.enrolled[columns],
        )  # fmt: skip

    @property
    def strangers(self) -> Bools:
        """Probes of people who are not enrolled."""
        return self.own < 0


def trial(probe: tuple[Float32, Float32, Ints], seen: Seen, rule: SecondOpinionRule) -> Trial:
    """Compare probes of both models with the first photograph of everybody who has several."""
    count = np.bincount(seen.photo_of)
    first_row = np.unique(seen.photo_of, return_index=True)[1]
    enrolled = np.flatnonzero(count[np.unique(seen.photo_of)] > 1)
    people = np.unique(seen.photo_of)[enrolled]
    rows = first_row[enrolled]
    alike = [
        np.asarray(vectors @ known[rows].T, np.float64)
        for vectors, known in zip(probe[:2], (seen.photo, seen.photo_second), strict=True)
    ]
    scores = [
        np.interp(s, GRID, [normal_score(tail, float(x)) for x in GRID])
        for s, tail in zip(alike, (rule.first, rule.second), strict=True)
    ]
    column = {int(who): place for place, who in enumerate(people)}
    own = np.array([column.get(int(who), -1) for who in probe[2]], np.int64)
    return Trial(alike[0], scores[0], scores[1], own, probe[2], people)


def photographs(seen: Seen) -> tuple[Float32, Float32, Ints]:
    """Return the probes of photograph against photograph."""
    repeated = np.bincount(seen.photo_of)[seen.photo_of] > 1
    first = np.isin(np.arange(len(seen.photo_of)), np.unique(seen.photo_of, return_index=True)[1])
    probes = ~(repeated & first)
    return seen.photo[probes], seen.photo_second[probes], seen.photo_of[probes]


def clips(seen: Seen) -> tuple[Float32, Float32, Ints]:
    """Return the pooled looks of each clip; the second model sees the best three."""
    ones, twos, people = [], [], np.unique(seen.frame_of)
    for person in people:
        rows = np.flatnonzero(seen.frame_of == person)
        best = rows[np.argsort(-seen.quality[rows])[:SEEN_BY_SECOND]]
        ones.append((seen.frame[rows] * seen.quality[rows, None]).sum(axis=0))
        twos.append((seen.frame_second[best] * seen.quality[best, None]).sum(axis=0))
    return unit(np.stack(ones)), unit(np.stack(twos)), people.astype(np.int64)


def alone(trial: Trial) -> Scores:
    """The first model's scores."""
    return trial.first


def summed(trial: Trial, weight: float) -> Scores:
    """Both models' scores, asked for everybody."""
    return trial.first + weight * trial.second


def near(trial: Trial, rule: SecondOpinionRule, threshold: float) -> Scores:
    """Return scores that match from 0 on, with the second model asked in the band only."""
    outside = normal_score(rule.first, threshold)
    low, high = rule.band(threshold)
    band = (trial.similarity >= low) & (trial.similarity < high)
    deviation = np.hypot(1 + rule.weight * rule.dependence, rule.weight * rule.spread)
    both = (summed(trial, rule.weight) - rule.line(threshold)) / deviation
    return np.where(band, both, trial.first - outside)


def missed(trial: Trial, scores: Scores, line: float) -> float:
    """Return the share of mated probes whose subject is not first, or does not match."""
    mated = ~trial.strangers
    own = scores[mated, trial.own[mated]]
    return float(np.mean((own < line) | (scores[mated].argmax(axis=1) != trial.own[mated])))


def raised(trial: Trial, scores: Scores, line: float) -> float:
    """Return the share of strangers who match somebody."""
    return float(np.mean(scores[trial.strangers].max(axis=1) >= line))


def fnir(trial: Trial, scores: Scores, fpir: float) -> float:
    """Return FNIR at the line that a share `fpir` of strangers reaches."""
    highest = np.sort(scores[trial.strangers].max(axis=1))[::-1]
    line = np.nextafter(highest[int(fpir * len(highest))], np.inf)
    return missed(trial, scores, float(line))


def threshold_at(trial: Trial, rule: SecondOpinionRule, fpir: float) -> float:
    """Return the least threshold at which at most `fpir` of strangers match, in the band rule."""
    strangers = trial.of(np.ones(int(trial.person.max()) + 1, np.bool_))
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if raised(strangers, near(strangers, rule, middle), 0.0) > fpir:
            low = middle
        else:
            high = middle
    return high


def dependence(
    trial: Trial, rule: SecondOpinionRule, tail_from: float = 3.0
) -> tuple[float, float]:
    """Return mean slope and deviation of the second score of impostors, given a high first one.

    Those of `rule` where there are too few.
    """
    impostor = np.ones_like(trial.first, np.bool_)
    mated = np.flatnonzero(~trial.strangers)
    impostor[mated, trial.own[mated]] = False
    chosen = impostor & (trial.first >= tail_from)
    if chosen.sum() < FEWEST:
        return rule.dependence, rule.spread
    z1, z2 = trial.first[chosen], trial.second[chosen]
    slope = float(z2.mean() / z1.mean())
    return slope, float((z2 - slope * z1).std())


def fitted(trial: Trial, rule: SecondOpinionRule) -> SecondOpinionRule:
    """Return the rule with the dependence and the weight that a half of the people shows."""
    slope, spread = dependence(trial, rule)
    best = min(
        WEIGHTS, key=lambda w: np.mean([fnir(trial, summed(trial, w), rate) for rate in RATES])
    )
    return replace(rule, dependence=slope, spread=spread, weight=best)


def report(name: str, whole: Trial, rule: SecondOpinionRule, halvings: int) -> None:
    """Print what the three ways miss, and how the budget is kept."""
    count = int(whole.person.max()) + 1
    ways: dict[str, list[list[float]]] = {"first alone": [], "always both": [], "near only": []}
    ways["near only, as shipped"] = []
    asked: list[list[float]] = []
    false: list[list[float]] = []
    rules = []
    for seed in range(halvings):
        half = np.random.default_rng(seed).permutation(count) % 2 == 0
        for tested in (half, ~half):
            part, other = whole.of(tested), whole.of(~tested)
            own = fitted(other, rule)
            rules.append((own.weight, own.dependence, own.spread))
            ways["first alone"].append([fnir(part, alone(part), rate) for rate in RATES])
            ways["always both"].append([fnir(part, summed(part, own.weight), r) for r in RATES])
            for label, used in (("near only", own), ("near only, as shipped", rule)):
                at = [threshold_at(part, used, rate) for rate in RATES]
                ways[label].append([missed(part, near(part, used, t), 0.0) for t in at])
            share = []
            for t in (threshold_at(part, rule, 0.01),):
                best = part.similarity.max(axis=1)
                low, high = rule.band(t)
                band = (best >= low) & (best < high)
                share += [float(band[~part.strangers].mean()), float(band[part.strangers].mean())]
            asked.append(share)
            row = []
            for fmr in (1e-3, 1e-4, 1e-5):
                t = rule.first.similarity_at(fmr)
                line = normal_score(rule.first, t)
                row += [
                    raised(part, part.first, line),
                    raised(part, near(part, rule, t), 0.0),
                    missed(part, part.first, line),
                    missed(part, near(part, rule, t), 0.0),
                ]
            false.append(row)
    probes = int((~whole.strangers).sum())
    print(f"\n{name}: {len(whole.enrolled)} enrolled, {probes} mated probes, "
          f"{int(whole.strangers.sum())} strangers")  # fmt: skip
    print(f"{'':24}  FNIR at FPIR 3 / 1 / 0.3 %     at 1 %, against first alone")
    base = np.array(ways["first alone"])
    for label, rows in ways.items():
        table = np.array(rows)
        change = (table[:, 1] - base[:, 1]) / max(base[:, 1].mean(), 1e-9)
        error = change.std(ddof=1) / np.sqrt(len(change))
        figures = " ".join(f"{100 * value:6.2f}" for value in table.mean(axis=0))
        print(f"{label:24} {figures}          {100 * change.mean():+.0f} % +- {100 * error:.0f}")
    weight, slope, spread = np.mean(rules, axis=0)
    print(f"fitted: weight {weight:.2f}, dependence {slope:.2f}, spread {spread:.2f}")
    mated, strangers = np.mean(asked, axis=0)
    print(f"asked at FPIR 1 %: {100 * mated:.1f} % of mated, {100 * strangers:.1f} % of strangers")
    print("at one threshold: strangers who match, alone and with the second; FNIR likewise")
    for fmr, four in zip((1e-3, 1e-4, 1e-5), np.mean(false, axis=0).reshape(3, 4), strict=True):
        print(f"  FMR {fmr:g}: " + " / ".join(f"{100 * value:.2f} %" for value in four))


def costs(root: Path, eyes: Eyes, first: Model, second: Model) -> None:
    """Print processor time of this thread, in interleaved turns."""
    path = next((root / "images").rglob("*.jpg"))
    image, _ = read_image(path)
    close = CloseUpDetector(eyes.detector)
    face = found(image, close)
    if face is None:
        return
    work: dict[str, Callable[[], object]] = {
        "first model, a face": lambda: first.embed(image, face),
        "second model, a face": lambda: second.embed(image, face),
        "second model, a look with landmarks found again": lambda: second.embed(
            image, eyes.refiner.refine(image, face)
        ),
        "a reference from its photograph": lambda: second.embed(image, found(image, close) or face),
    }
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(30):
        for name, job in work.items():
            start = thread_time()
            job()
            spent[name].append(1000 * (thread_time() - start))
    for name, times in spent.items():
        print(f"{name}: {np.median(times):.1f} ms")


def kept(path: Path | None) -> Seen | None:
    if path is None or not path.exists():
        return None
    stored = np.load(path)
    return Seen(**{name: stored[name] for name in Seen.__slots__})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, required=True, help="folder of LFW")
    parser.add_argument("--second", default=DLIB, help="id of the second embedder's card")
    parser.add_argument("--people", type=int, default=1400)
    parser.add_argument("--halvings", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="keep vectors here for another run")
    chosen = parser.parse_args()
    settings = Settings()
    eyes = make_eyes(settings)
    card, session = open_session(Registry(settings.models.cache_dir), chosen.second)
    if not isinstance(eyes.embedder, OnnxEmbedder):
        sys.exit("the first embedder is not an ONNX model")
    first = Model(eyes.embedder, eyes.cutter)
    second = Model(OnnxEmbedder(session, card), cutter_for(card.input))
    rule = SecondOpinionRule(first.tail, second.tail)
    seen = kept(chosen.keep) or see(chosen.root, chosen.people, eyes, first, second)
    if chosen.keep is not None:
        np.savez(chosen.keep, **{name: getattr(seen, name) for name in Seen.__slots__})
    report("photographs", trial(photographs(seen), seen, rule), rule, chosen.halvings)
    report("composed clips", trial(clips(seen), seen, rule), rule, chosen.halvings)
    costs(chosen.root, eyes, first, second)


if __name__ == "__main__":
    main()
