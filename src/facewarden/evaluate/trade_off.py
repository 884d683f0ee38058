"""The trade between the two errors: what should match against what should not, at any threshold."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import DataError

Floats = NDArray[np.float64]
NO_MATCH = -2.0
"""Below every cosine: a search that did not return its mate, which no threshold can mend."""


class TradeOff:
    """Scores that should match and scores that should not, sorted once; weights come later.

    In verification these are genuine and impostor comparisons, and the rates are TMR and FMR. In
    open-set identification they are mated and non-mated searches, and the rates TPIR (1 - FNIR) and
    FPIR (ISO/IEC 19795-1:2021, 3.6 and 3.7). A score matches when it is at or above the threshold.

    Args:
        wanted: (w,) scores that should match.
        unwanted: (u,) scores that should not.

    Raises:
        DataError: scores that are not finite, as those of a template with NaN.
    """

    def __init__(self, wanted: NDArray[np.floating], unwanted: NDArray[np.floating]) -> None:
        for name, scores in (("wanted", wanted), ("unwanted", unwanted)):
            wrong = int((~np.isfinite(scores)).sum())
            if wrong:
                raise DataError(
                    f"{name} scores are not finite",
                    expected="similarities",
                    found=f"{wrong} NaN or infinite of {len(scores)}",
                    remedy="find the template that is not finite: its model or card is broken",
                )
        self._wanted_order = np.argsort(wanted, kind="stable")
        self._unwanted_order = np.argsort(-unwanted, kind="stable")
        self.wanted: Floats = wanted[self._wanted_order].astype(np.float64)
        """Ascending."""
        self.unwanted: Floats = unwanted[self._unwanted_order].astype(np.float64)
        """Descending."""
        self._wanted_upto = np.searchsorted(self.wanted, self.unwanted, side="right")

    @cached_property
    def _wanted_below(self) -> NDArray[np.int64]:
        return np.searchsorted(self.wanted, self.unwanted, side="left").astype(np.int64)

    def can_show(self, rate: float) -> bool:
        """Tell whether so small a false match rate is at least one of the unwanted scores."""
        return len(self.unwanted) * rate >= 1 - 1e-9

    def threshold_at(self, rate: float, unwanted_weight: Floats | None = None) -> float:
        """Return the lowest threshold at which no more than `rate` of the unwanted match.

        Scores that are equal match or fail together.
        """
        place = self._place(rate, self._summed(unwanted_weight, self._unwanted_order))
        return float(np.nextafter(self.unwanted[place], np.inf)) if place is not None else NO_MATCH

    def accepted_at(
        self,
        rates: tuple[float, ...],
        wanted_weight: Floats | None = None,
        unwanted_weight: Floats | None = None,
    ) -> Floats:
        """Return for each rate the share of the wanted that match at its threshold.

        NaN where the rate is smaller than the data can show, or nothing should match.
        """
        wanted = self._summed(wanted_weight, self._wanted_order)
        unwanted = self._summed(unwanted_weight, self._unwanted_order)
        shares = np.full(len(rates), np.nan)
        for row, rate in enumerate(rates):
            if not self.can_show(rate) or not wanted[-1] or not unwanted[-1]:
                continue
            place = self._place(rate, unwanted)
            missed = wanted[self._wanted_upto[place]] if place is not None else 0.0
            shares[row] = 1 - missed / wanted[-1]
        return shares

    def area(
        self, wanted_weight: Floats | None = None, unwanted_weight: Floats | None = None
    ) -> float:
        """Return the area under the ROC: how often a wanted score is above an unwanted one."""
        wanted = self._summed(wanted_weight, self._wanted_order)
        unwanted = np.diff(self._summed(unwanted_weight, self._unwanted_order))
        total = wanted[-1] * unwanted.sum()
        if not total:
            return float("nan")
        below = (wanted[self._wanted_upto] + wanted[self._wanted_below]) / 2
        return float(((wanted[-1] - below) * unwanted).sum() / total)

    def equal_error(
        self, wanted_weight: Floats | None = None, unwanted_weight: Floats | None = None
    ) -> float:
        """Return the rate at which both errors are equal, between thresholds by a straight line."""
        wanted = self._summed(wanted_weight, self._wanted_order)
        unwanted = self._summed(unwanted_weight, self._unwanted_order)
        if not wanted[-1] or not unwanted[-1]:
            return float("nan")
        # Two points for each unwanted score: the threshold just above it, and on it.
        false = np.repeat(unwanted, 2)[1:] / unwanted[-1]
        both = np.stack([wanted[self._wanted_upto], wanted[self._wanted_below]], axis=1)
        missed = np.append(both.ravel(), 0.0) / wanted[-1]
        place = int(np.argmax(false >= missed))
        if not place:
            return float((false[0] + missed[0]) / 2)
        before = missed[place - 1] - false[place - 1]
        after = false[place] - missed[place]
        share = before / (before + after)
        return float(false[place - 1] + share * (false[place] - false[place - 1]))

    def curve(self) -> tuple[Floats, Floats]:
        """Return the share of unwanted and of wanted that match, from no match to all, unweighted.

        One point for each different unwanted score, and the end (1, 1).
        """
        last_of_equal = np.append(np.diff(self.unwanted) != 0, True)
        false = (np.flatnonzero(last_of_equal) + 1) / max(1, len(self.unwanted))
        missed = self._wanted_below[last_of_equal] / max(1, len(self.wanted))
        return np.append(false, 1.0), np.append(1 - missed, 1.0)

    @staticmethod
    def _summed(weight: Floats | None, order: NDArray[np.intp]) -> Floats:
        """Return the (n + 1,) sums of the weights of the first 0, 1, ... n sorted scores."""
        sorted_weight = np.ones(len(order)) if weight is None else weight[order]
        return np.concatenate([[0.0], np.cumsum(sorted_weight)])

    @staticmethod
    def _place(rate: float, unwanted: Floats) -> int | None:
        """Return the first unwanted score that must not match; None where all may."""
        # A hair more, so that 0.001 of 1,000 is one and not 0.9999999999.
        allowed = rate * unwanted[-1] * (1 + 1e-12)
        place = int(np.searchsorted(unwanted[1:], allowed, side="right"))
        return place if place < len(unwanted) - 1 else None
