"""Pages of lists: `?limit=&cursor=` in, `{"items": [...], "next": ...}` out."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from facewarden.api.page import CURSOR_LENGTH, PAGE_DEFAULT, PAGE_MOST, Page
from facewarden.server.problems import Unprocessable

Position = tuple[int | str, ...]
Row = TypeVar("Row")
Item = TypeVar("Item")

LARGEST = 2**63 - 1  # what the databases store


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page is wanted.

    Attributes:
        limit: at most so many items.
        after: the position of the last item of the page before; empty for the first page.
    """

    limit: int
    after: Position

    def last(self, *kinds: type[int] | type[str]) -> Position | None:
        """Return the position after which to go on, None at the beginning.

        Args:
            kinds: of the parts of this list's positions.

        Raises:
            Unprocessable: the cursor is another list's.
        """
        if not self.after:
            return None
        if len(self.after) != len(kinds) or not all(
            isinstance(part, kind) for part, kind in zip(self.after, kinds, strict=True)
        ):
            raise _wrong_cursor()
        return self.after

    def page(
        self,
        rows: Sequence[Row],
        item: Callable[[Row], Item],
        position: Callable[[Row], Position],
    ) -> Page[Item]:
        """Return the page of the first `limit` of `rows`, of which one more was asked for."""
        kept = rows[: self.limit]
        more = len(rows) > len(kept)
        return Page(
            items=tuple(item(row) for row in kept),
            next=encode_cursor(position(kept[-1])) if more and kept else None,
        )


def wanted_page(
    limit: Annotated[
        int, Query(ge=1, le=PAGE_MOST, description="At most so many items.")
    ] = PAGE_DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=CURSOR_LENGTH, description="next of the page before.")
    ] = None,
) -> Wanted:
    """Read the two parameters."""
    return Wanted(limit, decode_cursor(cursor) if cursor else ())


PageDep = Annotated[Wanted, Depends(wanted_page)]


def encode_cursor(position: Position) -> str:
    """Return a position as an opaque word."""
    text = json.dumps(list(position), separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Position:
    """Return the position in a cursor.

    Raises:
        Unprocessable: it is none of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise _wrong_cursor() from None
    if not isinstance(parts, list) or not parts or not all(_plausible(part) for part in parts):
        raise _wrong_cursor()
    return tuple(parts)


def _plausible(part: object) -> bool:
    if isinstance(part, bool):
        return False
    return isinstance(part, str) or (isinstance(part, int) and abs(part) <= LARGEST)


def _wrong_cursor() -> Unprocessable:
    return Unprocessable(
        "the cursor is not one of this list", remedy="pass next of the page before, or no cursor"
    )
