"""How long to wait before the next attempt to connect."""

from collections.abc import Callable


class Backoff:
    """Exponential back-off with jitter: first_s, twice that, and so on up to longest_s.

    Each wait is drawn from the upper half of its step, so that cameras behind one switch do not
    all come back in the same instant.

    Args:
        chance: uniform in [0, 1).
    """

    def __init__(self, first_s: float, longest_s: float, chance: Callable[[], float]) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._chance = chance
        self._step_s = first_s

    def next_s(self) -> float:
        """Return the next wait."""
        step_s = self._step_s
        self._step_s = min(self._longest_s, 2 * step_s)
        return step_s * (0.5 + 0.5 * self._chance())

    def reset(self) -> None:
        """Begin anew: the camera was there."""
        self._step_s = self._first_s
