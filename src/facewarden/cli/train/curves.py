"""facewarden train curves: how a run went, drawn."""

from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.train.extra import require_extra
from facewarden.text import shown


def curves(
    run: Annotated[Path, typer.Argument(help="Folder of the run; it may be under way.")],
) -> None:
    """Draw the learning curves of a run: curves.png and report.html in its folder."""
    require_extra()
    from facewarden.train.curves import write_curves
    from facewarden.train.run_folder import RunFolder

    png, page = write_curves(RunFolder.open(run))
    typer.echo(f"written to {shown(str(png))} and {shown(str(page))}")
