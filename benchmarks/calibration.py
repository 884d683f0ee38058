"""Budgets of false alerts against what strangers really raise, on people calibration never saw.

    scripts/bench calibration --root LFW [--clips DIR] [--halvings 5]
    scripts/bench calibration --root LFW --write [--engine openvino --precision float32]
    scripts/bench calibration --root LFW --model ID --data PREPARED --split NAME [--write ...]

LFW is a folder with a folder per person, or the folder that holds `images/`. People are halved:
the calibration is made of one half (photographs, and footage composed of them), and the tracks of
the other half are compared with galleries of that half. Clips of DIR show people of neither half,
against galleries of all. `--write` puts the calibration of everybody into the card that ships with
facewarden: one command, whatever has changed in detection, alignment or embedding. For a
model that was trained on some of these people, footage is composed of the test part of its split;
one that embeds looks only is calibrated on its looks against references of the embedder that it
compares with. How like photographs of strangers are is counted on everybody, for how often it
is too high must be known far out, and half of the people give a tenth of that; rates for looks of
people learnt from and of others are printed, and ought to agree.
"""

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.lfw import ONE_PERSON, RATES, impostor_histogram, similarity_at
from benchmarks.photo_to_video import unseen
from facewarden.config.settings import Settings
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.budget import InForce
from facewarden.decide.site import BIN, site_shift
from facewarden.embed.looks_embedder import LooksEmbedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.evaluate import as_console
from facewarden.evaluate.calibration import StrangerTracks, check_budgets
from facewarden.evaluate.calibration_report import (
    budget_table,
    factors_table,
    held_out_table,
    tail_table,
)
from facewarden.evaluate.report import EvaluationReport, Table
from facewarden.evaluate.tail import Probes
from facewarden.measure.calibrating import Cohort, as_card, fit, read_cohort, tracks_of
from facewarden.measure.clips import ClipReader
from facewarden.measure.galleries import VIDEOS, Kind, Sample
from facewarden.models.builtin import DEFAULT_EMBEDDER
from facewarden.models.calibration import TailFit
from facewarden.models.card import read_card
from facewarden.models.open_session import open_session
from facewarden.models.precision import Precision
from facewarden.models.registry import Registry
from facewarden.wiring.eyes import Eyes, make_eyes, with_model

LOOKS = 12
"""decision.max_looks."""


def cohort_of(arguments: argparse.Namespace, eyes: Eyes, settings: Settings) -> Cohort:
    """Read the cohort, or what an earlier run kept of it."""
    keep: Path | None = arguments.keep
    if keep is not None and keep.exists():
        return loaded(keep)
    last = [""]

    def told(what: str, done: int, total: int) -> None:
        if what != last[0] or done == total:
            last[0] = what
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)

    root = arguments.root / "images" if (arguments.root / "images").is_dir() else arguments.root
    cohort = read_cohort(
        root, eyes, settings, compose=arguments.footage,
        compose_of=unseen(arguments.data, arguments.split), same=ONE_PERSON, told=told,
    )  # fmt: skip
    if keep is not None:
        kept(cohort, keep)
    return cohort


def kept(cohort: Cohort, path: Path) -> None:
    """Write a cohort's templates, so that another run need not make them again."""
    np.savez(
        path,
        people=np.array(cohort.people),
        paths=np.array([str(one) for one in cohort.paths]),
        single=cohort.single.vectors,
        reference=cohort.reference.vectors,
        who=cohort.single.people,
        clip_who=np.array([who for who, _ in cohort.clips], np.int64),
        clip_looks=np.array([len(looks) for _, looks in cohort.clips], np.int64),
        clips=np.concatenate([looks for _, looks in cohort.clips]),
        fingerprint=np.array(cohort.fingerprint),
    )


def loaded(path: Path) -> Cohort:
    """Read what `kept` wrote."""
    with np.load(path, allow_pickle=False) as file:
        each = np.split(file["clips"], np.cumsum(file["clip_looks"])[:-1])
        return Cohort(
            tuple(file["people"].tolist()),
            tuple(Path(one) for one in file["paths"].tolist()),
            Probes(file["single"], file["who"]),
            Probes(file["reference"], file["who"]),
            tuple(zip(file["clip_who"].tolist(), each, strict=True)),
            composed=True,
            fingerprint=str(file["fingerprint"]),
        )


def halves(cohort: Cohort, halvings: int) -> list[Table]:
    """Calibrate on one half of the people and check budgets on the other; mean over halvings."""
    random = np.random.default_rng(20261122)
    observed: dict[tuple[int, float], list[float]] = {}
    foretold: dict[tuple[int, float], float] = {}
    tables = []
    for turn in range(halvings):
        order = random.permutation(len(cohort.people))
        middle = len(order) // 2
        for one, other in ((order[:middle], order[middle:]), (order[middle:], order[:middle])):
            tail = fit(cohort.of(one.tolist())).tail
            tracks = tracks_of(cohort.of(other.tolist()))
            checks = check_budgets(tail, tracks, looks=LOOKS)
            for check in checks:
                place = (check.subjects, check.budget)
                observed.setdefault(place, []).append(check.ratio)
                foretold[place] = foretold.get(place, 0.0) + check.foretold / halvings
            if turn == 0:
                tables.append(
                    budget_table("One half of the people, calibrated on the other", checks)
                )
    rows = tuple(
        (
            f"{subjects:,}",
            f"{1000 * budget:g}",
            f"{np.mean(ratios):.2f}",
            f"{np.min(ratios):.2f} to {np.max(ratios):.2f}",
            f"{foretold[subjects, budget]:.1f}",
        )
        for (subjects, budget), ratios in observed.items()
    )
    columns = (
        "subjects",
        "budget per 1,000 tracks",
        "observed / budget",
        "least to most",
        "foretold",
    )
    title = f"Observed / budget over {2 * halvings} halves that calibration never saw"
    return [Table(title, columns, rows), *tables]


def by_learning(cohort: Cohort, tail: ImpostorTail, others: set[str]) -> Table:
    """Count looks that are too like strangers' references, apart for people learnt from or not."""
    learnt = np.array([path.parent.name not in others for path in cohort.paths])
    rates = (1e-2, 1e-3, 1e-4)
    thresholds = [tail.similarity_at(rate) for rate in rates]
    rows = []
    for whose, looks in (("others", ~learnt), ("people learnt from", learnt)):
        for whom, references in (("others", ~learnt), ("people learnt from", learnt)):
            counted = reached(cohort, looks, references, thresholds)
            rows.append((whose, whom, *(f"{one:.2e}" for one in counted)))
    columns = ("looks of", "references of", *(f"foretold {rate:g}" for rate in rates))
    return Table("Whether the model errs otherwise on people it learnt from", columns, tuple(rows))


def reached(
    cohort: Cohort,
    looks: NDArray[np.bool_],
    references: NDArray[np.bool_],
    thresholds: list[float],
) -> NDArray[np.float64]:
    """Return the share of comparisons of strangers that reach each, a pair of people a vote."""
    of, to = cohort.single.people[looks], cohort.reference.people[references]
    weight_of, weight_to = (1 / np.bincount(one)[one] for one in (of, to))
    above, total = np.zeros(len(thresholds)), 0.0
    for row, vector in enumerate(cohort.single.vectors[looks]):
        weight = weight_of[row] * weight_to * (to != of[row])
        similarity = cohort.reference.vectors[references] @ vector
        above += [float(weight[similarity >= one].sum()) for one in thresholds]
        total += float(weight.sum())
    return np.asarray(above / total, np.float64)


def clips_of(folder: Path, reader: ClipReader, cohort: Cohort) -> StrangerTracks:
    """Follow every face of real clips, and compare them with everybody of the cohort."""
    first = np.unique(cohort.reference.people, return_index=True)[1]
    references = cohort.reference.vectors[first]
    found = [
        looks
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in VIDEOS
        for looks in reader.tracks(Sample(path.stem, path, Kind.VIDEO))
    ]
    return StrangerTracks(
        tuple(looks @ references.T for looks in found),
        tuple(np.ones(len(references), np.bool_) for _ in found),
        np.arange(len(found)),
    )


def site_of(tail: ImpostorTail, tracks: StrangerTracks, subjects: int) -> float:
    """Return the shift that these tracks teach, with random galleries in place of years."""
    random = np.random.default_rng(20261122)
    found = InForce(0.5, "a budget", subjects, LOOKS, tail)
    counts: dict[int, int] = {}
    for similarity in tracks.similarity:
        best = similarity.max(axis=0)
        for _ in range(100):
            drawn = random.choice(len(best), subjects, replace=False)
            above = float(best[drawn].max()) - found.ordinary(len(similarity))
            place = int(np.floor(above / BIN))
            counts[place] = counts.get(place, 0) + 1
    return site_shift(counts)


def counted(cohort: Cohort, made: TailFit) -> list[dict[str, object]]:
    """Count every pair of photographs of different people, for what is not decided by a budget."""
    counts = impostor_histogram(cohort.reference.vectors, cohort.reference.people)
    return [
        {
            "fmr": rate,
            "similarity": round(similarity_at(counts, rate), 4),
            "engine": made.engine,
            "precision": made.precision,
            "data": f"LFW deep-funneled, {len(cohort.paths)} images of {len(cohort.people)} "
            f"people: every pair of different people, {len(ONE_PERSON)} double names joined",
            "comparisons": int(counts.sum()),
            "date": made.date.isoformat(),
            "command": made.command,
        }
        for rate in RATES
    ]


def write_card(model_id: str, made: TailFit, points: list[dict[str, object]]) -> Path:
    """Put a calibration into the card that ships with facewarden."""
    path = Path(str(files("facewarden.models") / "cards" / f"{model_id}.json"))
    card = read_card(path.read_bytes(), path)
    others = tuple(
        one for one in card.tails if (one.engine, one.precision) != (made.engine, made.precision)
    )
    tails = sorted((made, *others), key=lambda one: (one.engine, one.precision))
    plain = json.loads(path.read_text(encoding="utf-8"))
    kept_points = [
        one
        for one in plain["calibration"]
        if (one["engine"], one["precision"]) != (made.engine, made.precision)
    ]
    plain["calibration"] = kept_points + points
    plain["tails"] = [one.model_dump(mode="json") for one in tails]
    path.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    read_card(path.read_bytes(), path)
    return path


def main() -> None:
    """Measure, print, and write the card where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--clips", type=Path, help="folder of real clips of other people")
    parser.add_argument("--halvings", type=int, default=5)
    parser.add_argument("--footage", type=int, default=1000, help="people with composed footage")
    parser.add_argument("--keep", type=Path, help="file of templates; made, or read when there")
    parser.add_argument("--model", default=DEFAULT_EMBEDDER, help="id of the card")
    parser.add_argument("--data", type=Path, help="prepared faces that the model was trained on")
    parser.add_argument("--split", help="by which it was trained")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--precision", type=Precision, choices=list(Precision))
    parser.add_argument("--write", action="store_true", help="write the shipped card")
    arguments = parser.parse_args()
    began = perf_counter()
    settings = with_model(Settings(), arguments.model)
    eyes = eyes_of(settings, arguments.engine, arguments.precision)
    looking = eyes.of_looks
    assert isinstance(looking, OnnxEmbedder | LooksEmbedder)
    stands_alone = looking is eyes.embedder
    cohort = cohort_of(arguments, eyes, settings)
    whole = fit(cohort)
    tables = [
        tail_table(whole.tail, whole.again),
        held_out_table(whole.checks),
        factors_table(whole.tail),
        *halves(cohort, arguments.halvings),
    ]
    others = unseen(arguments.data, arguments.split)
    if others is not None:
        tables.insert(1, by_learning(cohort, whole.tail, others))
    if arguments.clips is not None:
        tracks = clips_of(arguments.clips, ClipReader(eyes, settings), cohort)
        title = f"{len(tracks.people)} tracks of real clips, calibrated on everybody"
        tables.append(budget_table(title, check_budgets(whole.tail, tracks, looks=LOOKS)))
        shift = site_of(whole.tail, tracks, 100)
        title = f"The same, thresholds moved by {shift:+.3f}, as the site's own counts would"
        checks = check_budgets(whole.tail, tracks, looks=LOOKS, shift=shift)
        tables.append(budget_table(title, checks))
    made = as_card(
        whole,
        cohort,
        looking,
        data=f"LFW deep-funneled, {len(cohort.paths)} images of {len(cohort.people)} people: every "
        f"pair of different people, each pair of people weighing the same; {len(ONE_PERSON)} "
        "double names joined; close looks against references"
        + ("" if others is None else "; of a half of them the model learnt, footage of the other"),
        command="scripts/bench calibration --root LFW --write "
        + ("" if stands_alone else f"--model {arguments.model} ")
        + (f"--data faces --split {arguments.split} " if arguments.data else "")
        + f"--engine {looking.engine} --precision {looking.precision}",
    )
    report = EvaluationReport(
        title="Calibration",
        command="scripts/bench calibration " + " ".join(sys.argv[1:]),
        models=tuple(f"{one} on {how}" for one, how in eyes.engines),
        data=(("cohort", made.data), ("clips", made.looks_from)),
        made_at=datetime.now(UTC),
        seconds=perf_counter() - began,
        tables=tuple(tables),
    )
    Console(width=120).print(as_console.render(report))
    if arguments.write:
        points = counted(cohort, made) if stands_alone else []
        print(f"written: {write_card(arguments.model, made, points)}")


def eyes_of(settings: Settings, engine: str, precision: Precision | None) -> Eyes:
    """Load the models of the settings, the embedders on the engine and precision asked for."""
    models = settings.models.model_copy(update={"engine": engine})
    eyes = make_eyes(settings.model_copy(update={"models": models}))
    if precision is None:
        return eyes
    registry = Registry(models.cache_dir)
    opened = {
        one: open_session(registry, one, engine=engine, precision=precision)
        for one in (models.embedder, models.looks_embedder)
        if one is not None
    }
    made = [OnnxEmbedder(session, card) for card, session in opened.values()]
    return replace(
        eyes,
        embedder=made[0],
        of_looks=LooksEmbedder(made[1], models.embedder) if len(made) > 1 else made[0],
        engines=(
            *(one for one in eyes.engines if one[0] not in opened),
            *(
                (one, f"{session.engine} in {session.precision}")
                for one, (_, session) in opened.items()
            ),
        ),
    )


if __name__ == "__main__":
    main()
