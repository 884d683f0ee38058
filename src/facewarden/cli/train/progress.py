"""How a training shows on the terminal: a bar on one, lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from facewarden.cli.consoles import problems
from facewarden.train.metrics_log import TRAIN, Entry
from facewarden.train.watcher import Watcher

LINE_S = 30.0
"""Without a bar, time from one line of progress to the next."""


@contextmanager
def shown_progress(*, leads: bool) -> Iterator[Watcher]:
    """Yield who is told of a training; what it is told goes to standard error.

    Args:
        leads: whether this process speaks for all.
    """
    console = problems()
    shows_bar = leads and console.is_terminal
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), TextColumn("{task.fields[figures]}"),
        console=console, transient=True, disable=not shows_bar,
    ) as bar:  # fmt: skip
        yield Shown(bar, leads=leads, shows_bar=shows_bar)


class Shown:
    """Moves a bar, and prints judgements; without a bar a line of progress every `LINE_S` too.

    Args:
        bar: is not shown where `shows_bar` is false.
        leads: whether this process speaks for all.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        bar: Progress,
        *,
        leads: bool,
        shows_bar: bool,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._bar, self._leads, self._shows_bar = bar, leads, shows_bar
        self._task = bar.add_task("steps", total=None, figures="")
        self._total, self._clock = 0, clock
        self._at, self._line = (clock(), 0), clock()
        self._loss = ""

    def began(self, total: int, done: int) -> None:
        """See `Watcher`."""
        self._total = total
        self._bar.update(self._task, total=total, completed=done)
        self._at, self._line = (self._clock(), done), self._clock()

    def stepped(self, done: int) -> None:
        """See `Watcher`."""
        self._bar.update(self._task, completed=done)
        now = self._clock()
        if self._shows_bar:
            rate = (done - self._at[1]) / max(now - self._at[0], 1e-9)
            self._bar.update(self._task, figures=f"{rate:.2f} steps/s{self._loss}")
        elif self._leads and now - self._line >= LINE_S:
            since, before = self._at
            rate = (done - before) / (now - since)
            left = timedelta(seconds=round((self._total - done) / rate))
            problems().print(
                f"step {done:,} of {self._total:,}: {rate:.2f} steps/s, {left} left{self._loss}",
                soft_wrap=True,
            )
            self._line = now

    def logged(self, entry: Entry, *, best: bool = False) -> None:
        """See `Watcher`."""
        if not self._leads:
            return
        if entry.part == TRAIN:
            figures = entry.figures
            self._loss = f", {figures['images_per_s']:.0f} images/s, loss {figures['loss']:.3f}"
            return
        words = _line(entry, self._total) + (", the best so far" if best else "")
        problems().print(words, soft_wrap=True)


def _line(entry: Entry, total: int) -> str:
    figures = ", ".join(f"{name} {100 * value:.2f} %" for name, value in entry.figures.items())
    return f"epoch {entry.epoch:.2f}, step {entry.step:,} of {total:,}: {figures}"
