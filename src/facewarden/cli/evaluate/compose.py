"""facewarden evaluate compose: labelled clips from photographs of people."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.consoles import results
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.compose.cover import Cover
from facewarden.compose.footage import FootageRecipe
from facewarden.compose.recipe import LARGEST_FACE_PX, SceneRecipe
from facewarden.errors import InputError
from facewarden.measure.casting import cast, chosen
from facewarden.measure.composing import Dress, compose_clips
from facewarden.measure.footage import write_footage
from facewarden.measure.people import photographs_of_people
from facewarden.wiring.eyes import open_detector

_Share = Annotated[float, typer.Option(min=0, max=1, help="How much of the face --cover covers.")]


def compose(
    people: Annotated[Path, typer.Option(help="Photographs: a folder per person.")],
    out: Annotated[Path, typer.Option(help="New folder for gallery, clips and truth.")],
    enrolled: Annotated[
        int | None, typer.Option(min=1, help="People to enrol; each has two photographs or more.")
    ] = None,
    others: Annotated[
        int | None, typer.Option(min=0, help="People who are not enrolled, with one photograph.")
    ] = None,
    clips: Annotated[int, typer.Option(min=1, help="Clips to deal them over.")] = 1,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 1,
    frames: Annotated[
        int | None,
        typer.Option(min=1, help="Write so many frames of poor video per person, no crowds."),
    ] = None,
    duration_s: Annotated[float, typer.Option(help="Of a clip, seconds.")] = 30.0,
    crossing_s: Annotated[float, typer.Option(help="How long one person is in view.")] = 6.0,
    fps: Annotated[int, typer.Option(help="Frames a second.")] = 10,
    width_px: Annotated[int, typer.Option(help="Of the picture.")] = 960,
    height_px: Annotated[int, typer.Option(help="Of the picture.")] = 540,
    near_px: Annotated[
        float, typer.Option(help=f"Largest face height, at most {LARGEST_FACE_PX}.")
    ] = 110.0,
    far_px: Annotated[float, typer.Option(help="Smallest face height.")] = 50.0,
    light: Annotated[float, typer.Option(help="Share of full light, (0, 1].")] = 1.0,
    defocus_px: Annotated[float, typer.Option(help="Blur of the lens.")] = 0.0,
    shutter_s: Annotated[float, typer.Option(help="Exposure: blurs what moves.")] = 0.02,
    noise: Annotated[float, typer.Option(help="Of the sensor, grey levels.")] = 3.0,
    downscale: Annotated[float, typer.Option(help="So many times fewer pixels a side.")] = 1.0,
    roll_deg: Annotated[float, typer.Option(help="Heads roll by so much to either side.")] = 2.0,
    turn_deg: Annotated[float, typer.Option(help="Heads turn: drawn as narrowing only.")] = 0.0,
    crf: Annotated[int, typer.Option(help="x264's constant rate factor, 0 to 51.")] = 23,
    cover: Annotated[Cover, typer.Option(help="What is in front of every face.")] = Cover.NONE,
    cover_share: _Share = 1.0,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Compose clips of people crossing a picture, with the truth of who is where.

    The first photograph of each person goes to OUT/gallery; the last one is seen in the clips.
    """
    casting = cast(photographs_of_people(people))
    most = (len(casting.enrolled), len(casting.others))
    usual = most if frames is not None else (min(10, most[0]), min(10, most[1]))
    some = chosen(
        casting,
        usual[0] if enrolled is None else enrolled,
        usual[1] if others is None else others,
        seed,
    )
    if not some.enrolled:
        raise InputError(
            f"{people} holds nobody who can be enrolled and seen",
            expected="at least one person with two different photographs",
        )
    detector = open_detector(settings_from(config, engine=engine))
    if frames is not None:
        with progress("clips", len(some.enrolled) + len(some.others)) as done:
            made = write_footage(
                some,
                out,
                detector,
                replace(FootageRecipe(), frames=frames),
                seed=seed,
                workers=os.cpu_count() or 1,
                done=done,
            )
        _say(f"{out}: {made.enrolled} enrolled, {made.others} others, {made.frames} frames")
        faults = {Path(path): why for path, why in made.faults.items()}
    else:
        recipe = SceneRecipe(
            seed=seed,
            duration_s=duration_s,
            fps=fps,
            width_px=width_px,
            height_px=height_px,
            crossing_s=crossing_s,
            near_face_px=near_px,
            far_face_px=far_px,
            shutter_s=shutter_s,
            noise=noise,
            quality=crf,
            light=light,
            defocus_px=defocus_px,
            downscale=downscale,
            roll_deg=roll_deg,
            turn_deg=turn_deg,
        )
        recipes = [replace(recipe, seed=seed + number) for number in range(clips)]
        with progress("clips", clips) as done:
            written, faults = compose_clips(
                some, recipes, Dress(cover, cover_share), detector, out, done=done
            )
        for clip in written:
            _say(f"{clip.clip}: {len(clip.enrolled)} enrolled, {len(clip.others)} others")
    for path, why in faults.items():
        _say(f"left out: {path}: {why}")
    if casting.copies:
        _say(f"left out, their photograph is somebody else's too: {', '.join(casting.copies)}")


def _say(line: str) -> None:
    results().print(line, markup=False, soft_wrap=True)
