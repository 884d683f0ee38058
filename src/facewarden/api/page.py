"""One page of a list."""

from typing import Generic, TypeVar

from pydantic import Field

from facewarden.api.wire import Wire

T = TypeVar("T")

CURSOR_LENGTH = 512
PAGE_DEFAULT = 50
PAGE_MOST = 200


class Page(Wire, Generic[T]):
    """Some items of a list, and where it goes on."""

    items: tuple[T, ...] = Field(description="In the order of the list.")
    next: str | None = Field(
        default=None,
        max_length=CURSOR_LENGTH,
        description="Pass it as cursor to get the next page; null: this was the last.",
    )
