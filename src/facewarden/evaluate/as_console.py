"""An evaluation as tables for a terminal."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table as ConsoleTable
from rich.text import Text

from facewarden.evaluate.report import EvaluationReport, Table
from facewarden.evaluate.wording import written
from facewarden.text import shown


def render(report: EvaluationReport) -> RenderableType:
    """Return the report for a rich console; its plots and pictures are in the HTML page only."""
    parts: list[RenderableType] = [Text(report.title, style="bold")]
    parts += [Text(f"{name}: {shown(value)}") for name, value in report.data]
    parts += [Text(f"models: {', '.join(report.models)}")]
    for table in report.tables:
        parts.append(_table(table))
        if table.note:
            parts.append(Text(shown(table.note), style="dim"))
    parts += [Text(f"Warning: {shown(warning)}", style="yellow") for warning in report.warnings]
    return Group(*parts)


def _table(table: Table) -> ConsoleTable:
    drawn = ConsoleTable(title=escape(table.title), title_justify="left", title_style="bold")
    for place, column in enumerate(table.columns):
        drawn.add_column(escape(column), justify="left" if place == 0 else "right")
    for row in table.rows:
        drawn.add_row(*(escape(shown(written(cell, table.unit))) for cell in row))
    return drawn
