"""What makes faces hard: detection of people enrolled against the strength of each degradation.

    scripts/bench degradations --people DIR [--only darkness --only mask] [--workers 2]
        [--html FILE] [--json FILE] [--keep DIR]

DIR holds a folder of photographs per person. For each degradation another set of people is drawn;
at each of its five strengths the same people cross the same scene at the same moments, so that
steps of a curve differ by the strength alone. Everybody of all sets is enrolled by their first
photograph and seen by their last one; as many again by two thirds are strangers. Each clip goes
through the watch's own route with its own settings. Clips are deleted unless `--keep` is given.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from rich.console import Console

from facewarden.compose.cover import Cover
from facewarden.compose.recipe import SceneRecipe
from facewarden.config.settings import Settings
from facewarden.detect.detector import Detector
from facewarden.evaluate import as_console, as_html, as_json
from facewarden.evaluate.report import EvaluationReport
from facewarden.evaluate.watch import Watched, figures
from facewarden.evaluate.watch_report import (
    Step,
    for_machines,
    plots,
    sweep_plot,
    sweep_table,
    tables,
)
from facewarden.measure.casting import Casting, cast, chosen
from facewarden.measure.composing import Composer, Dress
from facewarden.measure.passages import joined
from facewarden.measure.people import photographs_of_people
from facewarden.measure.truth import read_truth
from facewarden.measure.watching import WatchRoom, watch_room
from facewarden.wiring.eyes import make_eyes

ENROLLED, OTHERS = 24, 16
"""People in a clip."""

PLAIN = SceneRecipe(
    duration_s=34,
    fps=10,
    width_px=640,
    height_px=360,
    crossing_s=4,
    near_face_px=90,
    far_face_px=45,
)


PLAINLY = Dress()


@dataclass(frozen=True, slots=True)
class Level:
    """One strength: its label, and the scene and dress that it makes."""

    label: str
    strength: float
    recipe: SceneRecipe
    dress: Dress = PLAINLY


@dataclass(frozen=True, slots=True)
class Sweep:
    """One degradation, from none to strong."""

    name: str
    unit: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """What came out of a sweep; seconds of processor time."""

    watched: tuple[Watched, ...]
    frames_composed: int
    composing_s: float


def sweeps() -> list[Sweep]:
    """Return every degradation with its five strengths; the first is none, or almost none."""
    return [
        _scenes("darkness", "share of the light", "light", (1, 0.1, 0.03, 0.01, 0.003)),
        _scenes("defocus", "blur, px (standard deviation)", "defocus_px", (0, 1, 2, 3, 4)),
        _scenes("motion", "exposure, s (205 px/s)", "shutter_s", (0.01, 0.03, 0.05, 0.075, 0.1)),
        _scenes("noise", "standard deviation, grey levels", "noise", (3, 12, 24, 36, 48)),
        _scenes("compression", "x264's constant rate factor", "quality", (23, 31, 37, 43, 49)),
        _scenes("resolution", "fewer pixels a side, times", "downscale", (1, 1.5, 2, 3, 4)),
        _scenes("roll", "degrees to either side", "roll_deg", (2, 10, 20, 30, 45)),
        _scenes("turn", "degrees, drawn as narrowing only", "turn_deg", (0, 15, 30, 45, 60)),
        Sweep("face size", "largest face, px", tuple(map(_size, (90, 70, 55, 45, 36)))),
        Sweep("crowd", "people in view at once", tuple(map(_crowd, (34, 20, 14, 10, 7)))),
        _covers(Cover.MASK),
        _covers(Cover.SUNGLASSES),
        _covers(Cover.HAND),
    ]


def _scenes(name: str, unit: str, field: str, values: Sequence[float]) -> Sweep:
    def level(value: float) -> Level:
        change: dict[str, Any] = {field: value}
        return Level(f"{value:g}", value, replace(PLAIN, **change))

    return Sweep(name, unit, tuple(map(level, values)))


def _size(near_px: float) -> Level:
    small = replace(PLAIN, near_face_px=near_px, far_face_px=near_px / 2)
    return Level(f"{near_px:g}", near_px, small)


def _crowd(duration_s: float) -> Level:
    at_once = (ENROLLED + OTHERS) * PLAIN.crossing_s / duration_s
    return Level(f"{at_once:.0f}", at_once, replace(PLAIN, duration_s=duration_s))


def _covers(cover: Cover) -> Sweep:
    shares = (0, 0.25, 0.5, 0.75, 1)
    levels = tuple(Level(f"{s:g}", s, PLAIN, Dress(cover, s)) for s in shares)
    return Sweep(cover.value, "share of its full size", levels)


def run(
    parts: Sequence[tuple[Sweep, Casting]], everybody: Casting, out: Path, seed: int
) -> list[Swept]:
    """Compose and watch every strength of some degradations; the list is enrolled once."""
    settings = Settings()
    eyes = make_eyes(settings)
    photographs = [(person, photo) for person, photo, _ in everybody.enrolled]
    with watch_room(settings, eyes, photographs) as room:
        return [_swept(sweep, part, eyes.detector, room, out, seed) for sweep, part in parts]


def _swept(
    sweep: Sweep, part: Casting, detector: Detector, room: WatchRoom, out: Path, seed: int
) -> Swept:
    composer = Composer(detector, face_px=PLAIN.near_face_px)
    composed, composing_s, watched = 0, 0.0, []
    for number, level in enumerate(sweep.levels):
        path = out / f"{sweep.name.replace(' ', '_')}_{number}.mp4"
        began = process_time()
        composer.clip(part, replace(level.recipe, seed=seed), level.dress, path)
        composing_s += process_time() - began
        composed += level.recipe.frames
        watched.append(_watch(room, path))
    print(f"{sweep.name}: done", file=sys.stderr, flush=True)
    return Swept(tuple(watched), composed, composing_s)


def _watch(room: WatchRoom, path: Path) -> Watched:
    (truth,) = read_truth(path.with_suffix(".truth.json"), [path]).values()
    return joined(path.name, room.watch(path), truth, set(room.enrolment.names))


def report(wanted: list[Sweep], done: list[Swept], seconds: float) -> EvaluationReport:
    """Return one page: all passages, then a table and a curve per degradation."""
    everything = Watched((), 0, 0, 0, 0.0, 0.0)
    plain = everything
    parts, curves, machines = [], [], {}
    for sweep, swept in zip(wanted, done, strict=True):
        steps = []
        for level, watched in zip(sweep.levels, swept.watched, strict=True):
            steps.append(Step(level.label, level.strength, figures(watched), len(watched.passages)))
            everything = everything.joined(watched)
        plain = plain.joined(swept.watched[0])
        parts.append(sweep_table(sweep.name, sweep.unit, steps))
        curves.append(sweep_plot(sweep.name, sweep.unit, steps))
        machines[sweep.name] = [
            {"strength": step.strength, "detection": step.figures.detection} for step in steps
        ]
    eyes = make_eyes(Settings())
    frames, composing_s = (sum(getattr(one, name) for one in done)
                           for name in ("frames_composed", "composing_s"))  # fmt: skip
    return EvaluationReport(
        title="Watch, by degradation",
        command="scripts/bench degradations " + " ".join(sys.argv[1:]),
        models=tuple(f"{model} on {how}" for model, how in eyes.engines),
        data=(
            ("tables below the curves", "the first, weakest step of every degradation"),
            ("all steps", f"{len(everything.passages):,} passages, "
             f"{sum(not one.enrolled for one in everything.passages):,} of people not enrolled, "
             f"{sum(bool(one.wrong) for one in everything.passages if not one.enrolled)} of "
             "which raised an alert"),
            ("composing", f"{frames:,} frames, {frames / composing_s:.0f} a second of processor"),
        ),
        made_at=datetime.now(UTC),
        seconds=seconds,
        tables=(*parts, *tables(plain, figures(plain))),
        plots=(*curves, *plots(plain)),
        figures={"sweeps": machines, "plain": for_machines(plain, figures(plain)),
                 "all": for_machines(everything, figures(everything))},
    )  # fmt: skip


def main() -> None:
    names = [sweep.name for sweep in sweeps()]
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--people", type=Path, required=True)
    parser.add_argument("--only", action="append", choices=names)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--html", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    began = perf_counter()
    every = sweeps()
    casting = cast(photographs_of_people(given.people))
    everybody = chosen(casting, ENROLLED * len(every), OTHERS * len(every), given.seed)
    # Dealt over all degradations, so that a curve is the same with and without the others.
    parts = [
        (sweep, Casting(everybody.enrolled[n :: len(every)], everybody.others[n :: len(every)], ()))
        for n, sweep in enumerate(every)
        if not given.only or sweep.name in given.only
    ]
    hands = min(given.workers, len(parts))
    with tempfile.TemporaryDirectory() as folder:
        out = given.keep or Path(folder)
        with ProcessPoolExecutor(hands, get_context("spawn")) as pool:
            futures = [
                pool.submit(run, parts[hand::hands], everybody, out, given.seed)
                for hand in range(hands)
            ]
            by_hand = [future.result() for future in futures]
    done = [by_hand[n % hands][n // hands] for n in range(len(parts))]
    wanted = [sweep for sweep, _ in parts]
    made = report(wanted, done, perf_counter() - began)
    Console().print(as_console.render(made))
    if given.html:
        given.html.write_text(as_html.render(made), encoding="utf-8")
    if given.json:
        given.json.write_text(as_json.render(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
