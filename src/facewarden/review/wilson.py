"""How sure a share is that was counted."""

import math
from dataclasses import dataclass
from typing import Final

Z: Final = 1.959963984540054
"""The normal distribution's 97.5 % point: intervals at 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval at 95 %; NaN where nothing was counted."""

    events: int
    trials: int
    value: float
    low: float
    high: float


def share(events: int, trials: int) -> Share:
    """Return events / trials with the score interval of Wilson (1927).

    It holds for independent trials, and also where no event was seen.

    Raises:
        ValueError: more events than trials, or negative ones.
    """
    if not 0 <= events <= trials:
        raise ValueError(f"{events} events in {trials} trials")
    if not trials:
        return Share(0, 0, math.nan, math.nan, math.nan)
    p, z2 = events / trials, Z * Z
    middle = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z * math.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return Share(
        events,
        trials,
        p,
        max(0.0, middle - half) if events else 0.0,
        min(1.0, middle + half) if events < trials else 1.0,
    )
