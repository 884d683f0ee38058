"""facewarden report: what was watched, raised, judged and delivered."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from facewarden.cli.consoles import results
from facewarden.cli.durations import parse_moment
from facewarden.cli.options import ConfigOption
from facewarden.config.load import load_settings
from facewarden.errors import ConfigError
from facewarden.review import as_csv, as_json, table
from facewarden.review.report import Report, build
from facewarden.wiring.stores import open_store_from

_PLAIN_WIDTH = 120
"""Columns of a table written to a file, which has no width of its own."""


class ReportFormat(StrEnum):
    """How the report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def report(
    since: Annotated[
        str, typer.Option(help="From: 24h, 7d, or an ISO time such as 2026-11-22T08:00+01:00.")
    ] = "24h",
    until: Annotated[str, typer.Option(help="To: now, 1h (ago), or an ISO time.")] = "now",
    form: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How it is written.")
    ] = ReportFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: here.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Report what was watched, raised, reviewed and delivered, and how fast."""
    now = datetime.now(UTC)
    start, end = parse_moment(since, now), parse_moment(until, now)
    if start >= end:
        raise ConfigError(
            "the report's time is empty",
            expected="--since before --until",
            found=f"{start.isoformat()} and {end.isoformat()}",
        )
    store = open_store_from(load_settings(config), create=False)
    try:
        made = build(store.report_rows(start, end), now)
    finally:
        store.close()
    if output is not None:
        output.write_bytes(_text(made, form).encode())
    elif form is ReportFormat.TABLE:
        results().print(table.render(made))
    else:
        typer.echo(_text(made, form).encode(), nl=form is ReportFormat.JSON)


def _text(made: Report, form: ReportFormat) -> str:
    match form:
        case ReportFormat.JSON:
            return as_json.render(made)
        case ReportFormat.CSV:
            return as_csv.render(made)
        case ReportFormat.HTML:
            from facewarden.review import as_html  # its plots take a second to import

            return as_html.render(made)
        case ReportFormat.TABLE:
            plain = Console(width=_PLAIN_WIDTH, color_system=None)
            with plain.capture() as written:
                plain.print(table.render(made))
            return written.get()
