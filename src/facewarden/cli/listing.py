"""Tables that stay legible in a narrow terminal."""

from collections.abc import Collection

from rich.table import Table


def listing(*columns: str, wrapping: Collection[str]) -> Table:
    """Return a table without lines, of which only the columns `wrapping` are broken.

    The others, of figures and times, say something else when they are cut.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), title_justify="left", caption_justify="left")
    for column in columns:
        widest = max(map(len, column.split()))
        table.add_column(column, no_wrap=column not in wrapping, overflow="fold", min_width=widest)
    return table
