"""How an evaluation reaches its reader: tables here, JSON, and a page with plots."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.consoles import results
from facewarden.cli.private_file import write_private
from facewarden.evaluate import as_console, as_html, as_json
from facewarden.evaluate.report import EvaluationReport

HtmlOption = Annotated[
    Path | None, typer.Option("--html", help="Write the report with plots to this file.")
]
JsonFileOption = Annotated[
    Path | None, typer.Option("--json", help="Write all figures as JSON to this file; - prints it.")
]


def command_line() -> str:
    """Return the command as it was typed, for whoever wants to repeat it."""
    return shlex.join(["facewarden", *sys.argv[1:]])


def deliver(report: EvaluationReport, html: Path | None, json_file: Path | None) -> None:
    """Print the tables, unless JSON is printed instead, and write the files asked for.

    They name people and may show faces, so that only this user may read a new one.
    """
    if html is not None:
        write_private(html, as_html.render(report).encode())
    if json_file is None:
        results().print(as_console.render(report))
    elif str(json_file) == "-":
        typer.echo(as_json.render(report))
    else:
        write_private(json_file, (as_json.render(report) + "\n").encode())
        results().print(as_console.render(report))
