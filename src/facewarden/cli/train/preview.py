"""facewarden train preview: what each augmentation makes of prepared faces."""

from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.private_file import write_private
from facewarden.cli.train.extra import require_extra


def preview(
    prepared: Annotated[Path, typer.Argument(help="Folder that train prepare has made.")],
    out: Annotated[Path, typer.Argument(help="PNG file to write.")],
    faces: Annotated[int, typer.Option(min=1, max=20, help="Faces of different people.")] = 4,
    draws: Annotated[int, typer.Option(min=1, max=20, help="Examples of each.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw.")] = 0,
) -> None:
    """Write a picture with a row for each augmentation at its default parameters."""
    require_extra()
    from facewarden.train.augment.preview import preview_sheet
    from facewarden.train.data.prepared import Prepared

    png = preview_sheet(Prepared.open(prepared), faces=faces, draws=draws, seed=seed)
    # It shows the faces of a data set.
    write_private(out, png)
    typer.echo(f"written to {out}")
