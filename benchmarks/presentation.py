"""ArcFace against cross-entropy: attacks on people, and of species, that a network never saw.

    scripts/bench presentation --data PREPARED --out DIR [--recipe NAME] [--seeds 3]
        [--photographs PREPARED_PHOTOGRAPHS]
        [--protocol people] [--protocol species] [--leave-out replay ...] [--set CHANGE ...]

PREPARED is a folder that `facewarden train presentation prepare` has made. Two protocols, two
losses, so many seeds each:

- people: the k-th seed judges the k-th of as many folds of the people, so that all seeds together
  judge everybody once, by networks that never saw them.
- species: the same, and one species of attack is nowhere learnt from; it alone and bona fide
  presentations are judged. The seeds take the species named in turn (default: replay, print,
  display). `a+b` leaves both out at once, as print+cut+warped does with all that is on paper.

With `--photographs` a surface network is learnt from these first, and is a part of every network:
one for all runs of the people, and one for each species that is left out, which it has not seen
either. Nobody of the photographs may be in the clips.

Each run is a folder below DIR, and is not run again where it has ended; one that was stopped goes
on. At the end every loss is judged over all its runs together: each clip's `live`, 0.5 being the
threshold that the development people of its own run gave, with intervals by whole people drawn.
Written to DIR/presentation.json as well.
"""

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.evaluate.presentation import PresentationFigures, Presentations, measure
from facewarden.train.freed_memory import keep_freed_memory
from facewarden.train.interruption import Interruption, listening
from facewarden.train.presentation.clip_run import ClipRun, told_of_data
from facewarden.train.presentation.judging import SCORES, in_numbers
from facewarden.train.presentation.loop import ClipTraining
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import load_clip_recipe
from facewarden.train.watcher import Unwatched

LOSSES = {
    "arcface": (),  # as the recipe has it
    "softmax": ("loss={name: softmax}",),
}
SURFACE = "presentation_surface"
SPECIES = ("replay", "print", "display")


@dataclass(frozen=True, slots=True)
class Experiment:
    """One run."""

    protocol: str
    loss: str
    number: int
    seed: int
    leave_out: tuple[str, ...]

    @property
    def name(self) -> str:
        left = f"-without-{'+'.join(self.leave_out)}" if self.leave_out else ""
        return f"{self.protocol}-{self.loss}-{self.number}{left}"

    def changes(self, folds: int) -> list[str]:
        return [
            *LOSSES[self.loss],
            f"seed={self.seed}",
            f"split.folds={folds}",
            f"split.fold={self.number}",
            f"split.leave_out=[{', '.join(self.leave_out)}]",
        ]


def experiments(protocols: list[str], seeds: int, species: list[str]) -> list[Experiment]:
    """Return the runs, those first that are compared with each other."""
    return [
        Experiment(
            protocol, loss, number, 1 + number,
            tuple(species[number % len(species)].split("+")) if protocol == "species" else (),
        )
        for protocol in protocols
        for number in range(seeds)
        for loss in LOSSES
    ]  # fmt: skip


def run(
    name: str,
    clips: PreparedClips,
    folder: Path,
    recipe: str,
    changes: list[str],
    asked: Interruption,
    surface: Path | None = None,
) -> None:
    """Run an experiment, or what is left of it.

    Args:
        surface: the run whose network is a part of this one.
    """
    if (folder / "results.json").exists():
        return
    if (folder / "run.json").exists():
        began = ClipRun.open(folder)
    else:
        told_first = told_of_data(clips, " ".join(sys.argv), surface)
        began = ClipRun.create(folder, load_clip_recipe(recipe, changes), told_first)
    _, figures = ClipTraining(began, clips, Unwatched(), asked).train()
    if figures is None:
        raise SystemExit("stopped; the same command goes on")
    told = json.loads(began.results.read_text())
    print(
        f"{name}: ACER {100 * figures.acer.value:.1f} %, EER {100 * figures.deer.value:.1f} %, "
        f"best epoch {told['best_epoch']} of {told['epochs']}, {told['seconds']:.0f} s",
        flush=True,
    )


def pooled(folders: list[Path]) -> Presentations:
    """Return the clips that several runs judged, together; a clip judged twice counts twice."""
    rows = []
    for folder in folders:
        with (folder / SCORES).open(encoding="utf-8", newline="") as lines:
            rows += [row for row in csv.DictReader(lines) if row["part"] == "test"]
    _, people = np.unique([row["subject"] for row in rows], return_inverse=True)
    return Presentations(
        np.array([float(row["live"]) for row in rows]),
        tuple(row["species"] for row in rows),
        people.astype(np.int64),
    )


def line(name: str, found: PresentationFigures) -> str:
    """Return the figures of all runs of a loss, in percent."""
    share = {
        "ACER": found.acer, "ACER, mean species": found.acer_mean, "BPCER": found.bpcer,
        "EER": found.deer, **{f"APCER {one.name}": one.apcer for one in found.species},
    }  # fmt: skip
    parts = [f"{key} {100 * one.value:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})"
             for key, one in share.items()]  # fmt: skip
    return f"{name}, {found.people} people: " + "; ".join(parts)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--data", type=Path, required=True, help="prepared clips")
    arguments.add_argument("--photographs", type=Path, help="prepared ones, for the surface")
    arguments.add_argument("--out", type=Path, required=True, help="folder for the runs")
    arguments.add_argument("--recipe", default="presentation_mobile")
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--protocol", action="append", choices=["people", "species"])
    arguments.add_argument("--leave-out", action="append", help=f"default: {', '.join(SPECIES)}")
    arguments.add_argument("--set", action="append", default=[], help="change of the recipe")
    chosen = arguments.parse_args()
    clips = PreparedClips.open(chosen.data)
    keep_freed_memory()
    folds = max(2, chosen.seeds)
    planned = experiments(
        chosen.protocol or ["people", "species"], chosen.seeds, chosen.leave_out or [*SPECIES]
    )
    chosen.out.mkdir(parents=True, exist_ok=True)
    photographs = PreparedClips.open(chosen.photographs) if chosen.photographs else None
    if photographs is not None and (both := set(photographs.subjects) & set(clips.subjects)):
        raise SystemExit(f"{len(both)} people are in the photographs and in the clips")
    with listening() as asked:
        for one in planned:
            changes = [*chosen.set, *one.changes(folds)]
            surface = None
            if photographs is not None:
                unseen = [kind for kind in one.leave_out if kind in photographs.species]
                name = "surface" + "".join(f"-without-{kind}" for kind in unseen)
                surface = chosen.out / name
                leave_out = [f"split.leave_out=[{', '.join(unseen)}]"]
                run(name, photographs, surface, SURFACE, leave_out, asked)
            run(one.name, clips, chosen.out / one.name, chosen.recipe, changes, asked, surface)
    told = {}
    for protocol in dict.fromkeys(one.protocol for one in planned):
        for loss in LOSSES:
            folders = [chosen.out / one.name for one in planned
                       if (one.protocol, one.loss) == (protocol, loss)]  # fmt: skip
            found = measure(pooled(folders), 0.5)
            print(line(f"{protocol}, {loss}", found))
            each = [json.loads((folder / "results.json").read_text()) for folder in folders]
            acers = [one["test"]["acer"][0] for one in each]
            print(f"  each seed: {', '.join(f'{100 * acer:.1f} %' for acer in acers)}")
            told[f"{protocol}, {loss}"] = {"all": in_numbers(found), "runs": each}
    about = {"data_fingerprint": clips.fingerprint, "clips": len(clips), "command": sys.argv}
    (chosen.out / "presentation.json").write_text(json.dumps({**about, "found": told}, indent=2))


if __name__ == "__main__":
    main()
