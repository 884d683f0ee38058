"""What an evaluation found: tables, plots and pictures, with all that is needed to repeat it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from matplotlib.axes import Axes

from facewarden.evaluate.intervals import Estimate

Cell = str | int | Estimate | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures under named columns.

    Attributes:
        columns: the first names what a row is about.
        rows: cells in the order of the columns; None where there is no figure.
        unit: of the `Estimate`s: "%" writes shares as percentages, else it stands behind them.
        note: a sentence under the table; may be empty.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    unit: str = "%"
    note: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"{self.title}: {len(row)} cells under {len(self.columns)} columns"
                )


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture that `draw` paints on empty axes; curves take their colours from `svg.LINES`."""

    title: str
    draw: Callable[[Axes], None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of faces or frames, as PNG; it goes into the HTML page only.

    Attributes:
        caption: may be empty.
    """

    title: str
    png: bytes = field(repr=False)
    caption: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """One evaluation.

    Attributes:
        title: what was evaluated, such as "Verification".
        command: what to type to repeat it.
        models: id, engine and precision of each model, in words.
        data: what it was measured on, by name: counts of images, people, pairs.
        made_at: UTC.
        seconds: how long it took.
        tables, plots, pictures: the findings in order of importance.
        warnings: what a reader must know before using a figure; one sentence each.
        figures: the findings for machines; plain values, lists and dicts only.
    """

    title: str
    command: str
    models: tuple[str, ...]
    data: tuple[tuple[str, str], ...]
    made_at: datetime
    seconds: float
    tables: tuple[Table, ...]
    plots: tuple[Plot, ...] = ()
    pictures: tuple[Picture, ...] = ()
    warnings: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)
