"""Who is told how a training goes."""

from typing import Protocol

from facewarden.train.metrics_log import Entry


class Watcher(Protocol):
    """Shows a training to people."""

    def began(self, total: int, done: int) -> None:
        """Take the count of steps, and how many were taken before."""
        ...

    def stepped(self, done: int) -> None:
        """Take the count of steps taken."""
        ...

    def logged(self, entry: Entry, *, best: bool = False) -> None:
        """Take a line of figures, and whether it made the checkpoint the best so far."""
        ...


class Unwatched:
    """Shows nothing."""

    def began(self, total: int, done: int) -> None:
        """See `Watcher`."""

    def stepped(self, done: int) -> None:
        """See `Watcher`."""

    def logged(self, entry: Entry, *, best: bool = False) -> None:
        """See `Watcher`."""
