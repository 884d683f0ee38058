"""A sink that notices by itself when its receiver is back."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable


@runtime_checkable
class Announcing(Protocol):
    """What a sink may offer beside `Sink`: alerts need not wait for the end of a backoff."""

    def announce_to(self, available: Callable[[], None]) -> None:
        """Call `available`, from any thread, whenever the receiver can be reached again."""
        ...
