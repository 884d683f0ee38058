"""How a training shows on the terminal: a bar on one, lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from facewarden.cli.consoles import problems
from facewarden.train.metrics_log import TRAIN, Entry
from facewarden.train.watcher import Watcher


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
        yield _Shown(bar, leads=leads, shows_bar=shows_bar)


class _Shown:
    """Moves a bar, and prints judgements; without a bar every line of figures."""

    def __init__(self, bar: Progress, *, leads: bool, shows_bar: bool) -> None:
        self._bar, self._leads, self._shows_bar = bar, leads, shows_bar
        self._task = bar.add_task("steps", total=None, figures="")
        self._total = 0

    def began(self, total: int, done: int) -> None:
        """See `Watcher`."""
        self._total = total
        self._bar.update(self._task, total=total, completed=done)

    def stepped(self, done: int) -> None:
        """See `Watcher`."""
        self._bar.update(self._task, completed=done)

    def logged(self, entry: Entry, *, best: bool = False) -> None:
        """See `Watcher`."""
        if not self._leads:
            return
        if entry.part == TRAIN and self._shows_bar:
            figures = entry.figures
            self._bar.update(
                self._task,
                figures=f"{figures['images_per_s']:.0f} images/s, loss {figures['loss']:.3f}",
            )
            return
        words = _line(entry, self._total) + (", the best so far" if best else "")
        problems().print(words, soft_wrap=True)


def _line(entry: Entry, total: int) -> str:
    figures = ", ".join(
        _figure(name, value) for name, value in entry.figures.items() if name != "seconds"
    )
    return f"epoch {entry.epoch:.2f}, step {entry.step:,} of {total:,}: {figures}"


def _figure(name: str, value: float) -> str:
    match name:
        case "loss" | "gradient_norm":
            return f"{name.replace('_', ' ')} {value:.3f}"
        case "rate":
            return f"rate {value:.2g}"
        case "images_per_s":
            return f"{value:.0f} images/s"
    return f"{name} {100 * value:.2f} %"
