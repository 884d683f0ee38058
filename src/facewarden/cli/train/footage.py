"""facewarden train footage: poor video of prepared people, to train on."""

import os
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.evaluate.output import command_line
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.text import shown

SEED = 20261123


def footage(
    prepared: Annotated[
        Path, typer.Argument(metavar="PREPARED", help="Folder that train prepare has made.")
    ],
    photographs: Annotated[Path, typer.Argument(help="The photographs that it was prepared from.")],
    split: Annotated[
        str, typer.Option(help="Of the people whom this split trains on.")
    ] = "subjects-70-15-15",
    clips: Annotated[int, typer.Option(min=1, max=100, help="Clips of each photograph.")] = 2,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of what is drawn.")] = SEED,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; default: one for each core.")
    ] = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Compose poor video of the people trained on and cut their faces out of it."""
    from facewarden.errors import InputError
    from facewarden.train.data.composing import FRAMES, Task, compose_all
    from facewarden.train.data.looks import FOLDER, Look, Looks, require_none, store
    from facewarden.train.data.prepared import Prepared

    began = perf_counter()
    settings = settings_from(config, engine=engine)
    faces = Prepared.open(prepared)
    require_none(faces)
    rows = faces.split(split)["train"].tolist()
    tasks = [Task(row, photographs / faces.sources[row], seed + clips * row) for row in rows]
    missing = [task.path for task in tasks if not task.path.is_file()]
    if missing:
        raise InputError(
            f"{len(missing):,} of the {len(tasks):,} photographs are not there, such as "
            f"{missing[0]}",
            remedy="name the folder that train prepare was given",
        )
    # The processes share the cores.
    models = settings.models.model_copy(update={"threads": 1})
    settings = settings.model_copy(update={"models": models})
    about = {
        "split": split, "clips": clips, "frames": FRAMES, "seed": seed, "command": command_line(),
    }  # fmt: skip
    with progress("photographs", len(tasks)) as done:

        def counted() -> Iterator[Look]:
            made = compose_all(
                tasks,
                settings,
                size_px=faces.size_px,
                clips=clips,
                jobs=jobs or os.cpu_count() or 1,
            )
            for number, looks in enumerate(made, start=1):
                yield from looks
                done(number)

        count = store(faces, counted(), about)
    found = len(set(Looks.open(faces).row_of.tolist()))
    typer.echo(
        f"{count:,} poor looks at {found:,} of {len(tasks):,} photographs in "
        f"{shown(str(prepared / FOLDER))} after {perf_counter() - began:.0f} s"
    )
