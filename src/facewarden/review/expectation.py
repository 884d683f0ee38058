"""False alerts that were to be expected, beside those that humans found."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from facewarden.data.report import Expectation, WatchlistOutcome

WITHIN = 0.95


class Agreement(StrEnum):
    """How what was observed compares with what was expected."""

    AS_EXPECTED = "as expected"
    MORE = "more than expected"
    FEWER = "fewer than expected"
    UNREVIEWED = "depends on the unreviewed"
    NOTHING = "nothing to expect yet"


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One watchlist, all cameras together.

    Attributes:
        tracks: that were looked at well enough to alert.
        expected: false alerts, had every track been a stranger's; as thresholds moved, each track
            by the one in force when it ended.
        low, high: counts between which 95 % of such times end, by chance alone (Poisson).
        rejected, open: alerts that humans found false, and those nobody has judged.
    """

    watchlist: str
    tracks: int
    expected: float
    low: int
    high: int
    rejected: int
    open: int

    @property
    def agreement(self) -> Agreement:
        """Compare; unreviewed alerts may be false or not, and both must lead to the same word."""
        if not self.tracks:
            return Agreement.NOTHING
        least, most = self._word(self.rejected), self._word(self.rejected + self.open)
        return least if least is most else Agreement.UNREVIEWED

    def _word(self, false: int) -> Agreement:
        if false > self.high:
            return Agreement.MORE
        return Agreement.FEWER if false < self.low else Agreement.AS_EXPECTED


def chance_interval(mean: float) -> tuple[int, int]:
    """Return the counts between which a Poisson count of this mean ends, `WITHIN` of the time.

    Whole numbers by definition: each is the least count whose cumulative probability is enough.
    """
    if mean <= 0:
        return 0, 0
    return _quantile((1 - WITHIN) / 2, mean), _quantile((1 + WITHIN) / 2, mean)


def _quantile(probability: float, mean: float) -> int:
    from scipy.special import pdtr, pdtrik

    count: int = math.ceil(pdtrik(probability, mean))
    # The inverse is found numerically: where it lies on a whole number, it may miss it by a hair.
    below = max(count - 1, 0)
    return below if pdtr(below, mean) >= probability else count


def budget_lines(
    expected: Iterable[Expectation], outcomes: Iterable[WatchlistOutcome]
) -> tuple[BudgetLine, ...]:
    """Add up cameras, by watchlist; lists for which nothing was to be expected are left out."""
    tracks: dict[str, int] = defaultdict(int)
    sums: dict[str, float] = defaultdict(float)
    for one in expected:
        tracks[one.watchlist] += one.tracks
        sums[one.watchlist] += one.expected
    judged = list(outcomes)
    lines = []
    for name in sorted(tracks):
        low, high = chance_interval(sums[name])
        lines.append(
            BudgetLine(
                name,
                tracks[name],
                sums[name],
                low,
                high,
                sum(one.rejected for one in judged if one.watchlist == name),
                sum(one.open for one in judged if one.watchlist == name),
            )
        )
    return tuple(lines)
