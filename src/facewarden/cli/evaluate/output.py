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
    """Print the tables, unless JSON is printed instead, and write the files asked for."""
    if html is not None:
        # It may show the faces of a data set.
        write_private(html, as_html.render(report).encode())
    if json_file is None:
        results().print(as_console.render(report))
    elif str(json_file) == "-":
        typer.echo(as_json.render(report))
    else:
        json_file.write_text(as_json.render(report) + "\n", encoding="utf-8")
        results().print(as_console.render(report))
