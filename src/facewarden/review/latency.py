"""How long something took, over many alerts."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of each alert, sorted; empty where nothing was measured."""

    seconds: tuple[float, ...] = ()

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """Sort the measurements."""
        return cls(tuple(sorted(seconds)))

    @property
    def count(self) -> int:
        """How many were measured."""
        return len(self.seconds)

    def percentile(self, percent: float) -> float:
        """Return the measurement that `percent` of all did not exceed, by nearest rank, s.

        NaN where nothing was measured. Every value returned was measured: nothing is
        interpolated between alerts.
        """
        if not self.seconds:
            return math.nan
        rank = math.ceil(percent / 100 * len(self.seconds))
        return self.seconds[max(rank, 1) - 1]

    @property
    def p50_s(self) -> float:
        """Half of the alerts took no longer."""
        return self.percentile(50)

    @property
    def p95_s(self) -> float:
        """95 % of the alerts took no longer."""
        return self.percentile(95)

    @property
    def p99_s(self) -> float:
        """99 % of the alerts took no longer."""
        return self.percentile(99)


def steps(decided: Latency, delivered: Mapping[str, Latency]) -> Iterator[tuple[str, Latency]]:
    """Yield the named steps between a face and its alert at each receiver.

    Args:
        decided: from the first usable look to the decision.
        delivered: by sink, from the decision to the sink's acceptance.
    """
    yield "seen to decided", decided
    for sink, latency in delivered.items():
        yield f"decided to {sink}", latency
