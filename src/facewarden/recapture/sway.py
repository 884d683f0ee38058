"""Smooth motion that never stands quite still: of a hand, a head, a mount."""

import numpy as np
from numpy.typing import NDArray

_SLOW_HZ = (0.15, 0.9)
_TREMOR_HZ = (6.0, 11.0)
"""Physiological tremor of a held hand is 8 to 12 Hz (Elble and Koller, Tremor, 1990); a sheet in
it is a little slower."""
_WAVES = 3


class Sway:
    """Several quantities that sway independently about 0, each within about its spread."""

    def __init__(
        self, spreads: NDArray[np.float64], tremor: float, random: np.random.Generator
    ) -> None:
        """`tremor`: share of each spread that is a tremor."""
        count = len(spreads)
        slow = random.uniform(*_SLOW_HZ, (_WAVES, count))
        fast = random.uniform(*_TREMOR_HZ, (1, count))
        self._hz = np.concatenate([slow, fast])
        self._phase = random.uniform(0, 2 * np.pi, (_WAVES + 1, count))
        # A slower wave goes farther, as a hand does.
        reach = 1 / slow
        share = np.concatenate(
            [reach / reach.sum(axis=0) * (1 - tremor), np.full_like(fast, tremor)]
        )
        self._spread = share * spreads

    def at(self, time_s: float) -> NDArray[np.float64]:
        """Return the (k,) deviations at a moment."""
        waves = np.sin(2 * np.pi * self._hz * time_s + self._phase)
        return np.asarray((self._spread * waves).sum(axis=0))
