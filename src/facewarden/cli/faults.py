"""What is said of a failure that nobody foresaw: one line, and never a secret."""

import logging
import traceback
from pathlib import Path
from types import TracebackType

from facewarden.text import shown

_PLACES = 3
"""The innermost places named; they tell where to look."""


def in_one_line(error: BaseException) -> str:
    """Name an unexpected exception and where it was raised.

    Its text is left out: that of a library may hold an address with its password, or a name.
    """
    places = [
        f"{Path(entry.filename).name}:{entry.lineno}"
        for entry in traceback.extract_tb(error.__traceback__)
    ]
    where = " < ".join(reversed(places[-_PLACES:]))
    return shown(f"unexpected {type(error).__name__}" + (f" at {where}" if where else ""))


class OneLineFormatter(logging.Formatter):
    """Writes a log record on one line; of an exception only what `in_one_line` says."""

    def formatException(  # noqa: N802  as inherited
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Return what is said of an exception."""
        return in_one_line(ei[1]) if ei[1] is not None else ""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text; line breaks in it cannot forge another record."""
        record.exc_text = None  # another handler may have left a traceback there
        return shown(super().format(record).replace("\n", ": " if record.exc_info else " "))
