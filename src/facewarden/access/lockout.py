"""How long somebody waits who has given a wrong password again and again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""Failures older than this count no more."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Some failures are free, then each doubles the wait.

    Attributes:
        free: failures without a wait.
        first_s: the wait after the next one.
        most_s: no wait is longer, so that a stranger cannot shut a person out for good.
    """

    free: int
    first_s: float = 2.0
    most_s: float = 900.0

    def wait(self, failures: int) -> timedelta:
        """Return how long after the last of so many failures nothing is accepted."""
        over = failures - self.free
        if over <= 0:
            return timedelta(0)
        doublings = min(over - 1, 32)
        return timedelta(seconds=min(self.first_s * 2.0**doublings, self.most_s))


LOGIN_PATIENCE: Final = Patience(free=5)
"""At most 5 + 9 + 4 an hour: below the 100 in a row of NIST SP 800-63B-4, 3.2.2 for 20 hours."""
ADDRESS_PATIENCE: Final = Patience(free=20)
"""An office behind one address mistypes more often than one person."""
