"""A signal asks a training to stop; it stops at the end of a step."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether somebody asked to stop.

    Attributes:
        by: number of the signal; 0 as long as nobody asked.
    """

    def __init__(self) -> None:
        self.by = 0

    def __bool__(self) -> bool:
        return bool(self.by)

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """Note a signal; a second interrupt from the keyboard does not wait for the step.

        Raises:
            KeyboardInterrupt: at the second interrupt.
        """
        if self.by and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.by = number


@contextmanager
def listening() -> Iterator[Interruption]:
    """Take SIGINT and SIGTERM as a wish to stop while the block runs."""
    asked = Interruption()
    before = {
        number: signal.signal(number, asked.ask) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
