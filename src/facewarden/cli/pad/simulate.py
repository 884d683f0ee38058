"""facewarden pad simulate: attack presentations made from genuine clips."""

import os
from pathlib import Path
from typing import Annotated

import typer

from facewarden import wiring
from facewarden.cli.consoles import results
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.private_file import write_private
from facewarden.cli.settings import settings_from
from facewarden.detect.detector import Detector
from facewarden.errors import InputError
from facewarden.recapture.contact_sheet import contact_sheet
from facewarden.recapture.drawing import Size
from facewarden.recapture.genuine import Genuine, everybody, one_person
from facewarden.recapture.simulating import CLIPS, Simulation
from facewarden.recapture.simulating import simulate as simulated
from facewarden.recapture.species import ATTACKS, Species

_ALL = ",".join(ATTACKS)


def simulate(
    clips: Annotated[list[Path], typer.Argument(help="Genuine clips, one person in each.")],
    out: Annotated[Path, typer.Option(help="New folder for the clips and clips.csv.")],
    per_subject: Annotated[int, typer.Option(min=1, help="Clips to make of each person.")] = 20,
    species: Annotated[str, typer.Option(help="Kinds of attack, with commas.")] = _ALL,
    bona_fide: Annotated[
        float, typer.Option(min=0, max=1, help="Share of clips that are bona fide presentations.")
    ] = 0.4,
    crowd: Annotated[
        list[Path] | None, typer.Option(help="Clip of several people, to take each; repeat it.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.2, max=60, help="Of a clip.")] = 2.0,
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

    What is made stands in for real attacks; docs/presentation-attacks.md says what it cannot show.
    """
    simulation = Simulation(
        per_subject=per_subject,
        species=_species(species),
        seed=seed,
        bona_fide=bona_fide,
        seconds=seconds,
        fps=fps,
        size=_size(size),
    )
    detector = wiring.make_eyes(settings_from(config, engine=engine)).detector
    people = _people(clips, crowd or [], detector, seconds)
    with progress("clips", per_subject * len(people)) as done:
        tasks = simulated(people, simulation, out, workers=jobs or os.cpu_count() or 1, done=done)
    if sheet is not None:
        # It shows the faces of people.
        write_private(sheet, contact_sheet(tasks, out))
        _say(f"{sheet}: some of the clips, by kind")
    attacks = sum(task.parameters.species.attack for task in tasks)
    _say(
        f"{out / CLIPS}: {len(people)} subjects, {len(tasks) - attacks} bona fide presentations, "
        f"{attacks} attack presentations"
    )


def _people(
    clips: list[Path], crowds: list[Path], detector: Detector, seconds: float
) -> list[Genuine]:
    """Return the people of all clips that can be used; say why the others cannot."""
    people: list[Genuine] = []
    faults: list[InputError] = []
    with progress("looking for faces", len(clips) + len(crowds)) as done:
        for number, path in enumerate([*clips, *crowds]):
            try:
                if number < len(clips):
                    people.append(one_person(path, detector, least_s=seconds))
                else:
                    people += everybody(path, detector, least_s=seconds)
            except InputError as error:
                faults.append(error)
            done(number + 1)
    if not people:
        raise faults[0]
    for fault in faults:
        _say(f"left out: {fault}")
    return people


def _species(text: str) -> tuple[Species, ...]:
    """Read kinds of attack; each once."""
    chosen = []
    for word in text.split(","):
        if word.strip() not in ATTACKS:
            raise InputError(
                "there is no such kind of attack",
                expected=f"some of {_ALL}",
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
