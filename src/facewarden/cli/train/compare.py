"""facewarden train compare: runs side by side."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.train.extra import require_extra


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.")],
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
) -> None:
    """Show runs in one table, and their curves in one picture, beside what others report."""
    require_extra()
    from facewarden.train.compare.report import compared
    from facewarden.train.compare.summary import summaries

    began = perf_counter()
    found = summaries(runs)
    deliver(
        compared(found, command=command_line(), seconds=perf_counter() - began), html, json_file
    )
