"""facewarden pad simulate: attack presentations made from genuine clips."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.consoles import results
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.pad.sources import people_of_clips, people_of_photographs
from facewarden.cli.private_file import write_private
from facewarden.cli.settings import settings_from
from facewarden.errors import InputError
from facewarden.recapture.contact_sheet import contact_sheet
from facewarden.recapture.drawing import Size
from facewarden.recapture.simulating import CLIPS, Simulation
from facewarden.recapture.simulating import simulate as simulated
from facewarden.recapture.species import ATTACKS, Species
from facewarden.wiring.eyes import open_detector

_CLIP_S, _STILL_S = 2.0, 0.12
"""Three frames of a photograph at 25 a second: compressed as those of a clip are."""


def simulate(
    out: Annotated[Path, typer.Option(help="New folder for the clips and clips.csv.")],
    clips: Annotated[
        list[Path] | None, typer.Argument(help="Genuine clips, one person in each.")
    ] = None,
    photographs: Annotated[
        list[Path] | None,
        typer.Option(help="Instead of clips: photograph, or folder of them; repeat it."),
    ] = None,
    per_subject: Annotated[int, typer.Option(min=1, help="Clips to make of each person.")] = 20,
    species: Annotated[
        str | None, typer.Option(help="Kinds of attack, with commas; default: all.")
    ] = None,
    bona_fide: Annotated[
        float, typer.Option(min=0, max=1, help="Share of clips that are bona fide presentations.")
    ] = 0.4,
    crowd: Annotated[
        list[Path] | None, typer.Option(help="Clip of several people, to take each; repeat it.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.04, max=60, help=f"Of a clip; default: {_CLIP_S:g}, of photographs {_STILL_S:g}."
        ),
    ] = None,
    fps: Annotated[int, typer.Option(min=1, max=60, help="Frames a second.")] = 25,
    size: Annotated[
        str | None, typer.Option(help="Of the clips, such as 640x480; default: drawn.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes side by side; default: one a core.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write a picture (PNG) of some of the clips, by kind.")
    ] = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Make clips of people as a camera sees them, bona fide and as photographs and screens.

    Clips of photographs can teach light and texture only: nothing in them moves.
    What is made stands in for real attacks; docs/presentation-attacks.md says what it cannot show.
    """
    singles, crowds, stills = clips or [], crowd or [], photographs or []
    kinds = ATTACKS if species is None else _species(species)
    _require_one_kind([*singles, *crowds], stills)
    length_s = seconds or (_STILL_S if stills else _CLIP_S)
    if round(length_s * fps) < 1:
        raise InputError(
            "a clip would have no frame", expected=f"--seconds {1 / fps:g} or more at {fps} fps",
            found=f"{length_s:g}",
        )  # fmt: skip
    simulation = Simulation(
        per_subject=per_subject,
        species=kinds,
        seed=seed,
        bona_fide=bona_fide,
        seconds=length_s,
        fps=fps,
        size=_size(size),
    )
    detector = open_detector(settings_from(config, engine=engine))
    if stills:
        people = people_of_photographs(stills, detector)
    else:
        people = people_of_clips(singles, crowds, detector, length_s)
    subjects = len({person.subject for person in people})
    with progress("clips", per_subject * subjects) as done:
        tasks = simulated(people, simulation, out, workers=jobs or os.cpu_count() or 1, done=done)
    if sheet is not None:
        # It shows the faces of people.
        write_private(sheet, contact_sheet(tasks, out))
        _say(f"{sheet}: some of the clips, by kind")
    attacks = sum(task.parameters.species.attack for task in tasks)
    _say(
        f"{out / CLIPS}: {subjects} subjects, {len(tasks) - attacks} bona fide presentations, "
        f"{attacks} attack presentations"
    )


def _require_one_kind(clips: Sequence[Path], photographs: Sequence[Path]) -> None:
    if bool(clips) == bool(photographs):
        raise InputError(
            "a simulation is made of clips or of photographs",
            expected="CLIP..., --crowd CLIP, or --photographs PATH alone",
            found="both" if clips else "neither",
            remedy="make two simulations: what does not move would tell one from the other"
            if clips
            else "",
        )


def _species(text: str) -> tuple[Species, ...]:
    """Read kinds of attack; each once."""
    chosen = []
    for word in text.split(","):
        if word.strip() not in ATTACKS:
            raise InputError(
                "there is no such kind of attack",
                expected=f"some of {','.join(ATTACKS)}",
                found=word.strip() or "nothing",
            )
        chosen.append(Species(word.strip()))
    return tuple(dict.fromkeys(chosen))


def _size(text: str | None) -> Size | None:
    if text is None:
        return None
    width, _, height = text.partition("x")
    fits = width.isdecimal() and height.isdecimal()
    if not fits or not all(
        128 <= int(side) <= 1920 and int(side) % 2 == 0 for side in (width, height)
    ):
        raise InputError(
            "--size is not a size",
            expected="width and height, even, 128 to 1920, such as 640x480",
            found=text,
        )
    return int(width), int(height)


def _say(line: str) -> None:
    results().print(line, markup=False, soft_wrap=True)
