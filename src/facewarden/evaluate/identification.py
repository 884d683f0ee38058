"""Open-set identification: who is found, who is missed, and who is reported for somebody else."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from facewarden.data.arrays import require_shape
from facewarden.errors import DataError
from facewarden.evaluate.intervals import Estimate, bootstrap_all, or_rule_of_three
from facewarden.evaluate.trade_off import NO_MATCH, Floats, TradeOff

FPIRS = (0.1, 0.03, 0.01, 0.003)
"""False positive identification rates at which the misses are told."""

RANKS = 20
"""Of the cumulative match characteristic."""


@dataclass(frozen=True, slots=True)
class Searches:
    """n probes, each searched among the same enrolled people.

    Attributes:
        person: (n,) int64 in [0, people), whom a probe shows: whom the bootstrap draws.
        mated: (n,) whether that person is enrolled.
        rank: (n,) int64, the place of that person among the candidates, from 1; 0 where not among
            the first `RANKS`, or where there is no template on one side.
        best: (n,) float64 similarity of the first candidate; `NO_MATCH` where there is none.
        people: how many people there are.
        enrolled: how many of them were searched.

    Raises:
        DataError: columns of different length, or similarities that are not finite.
    """

    person: NDArray[np.int64]
    mated: NDArray[np.bool_]
    rank: NDArray[np.int64]
    best: Floats
    people: int
    enrolled: int

    def __post_init__(self) -> None:
        shape = (len(self.person),)
        require_shape("Searches.person", self.person, shape, np.int64)
        require_shape("Searches.mated", self.mated, shape, np.bool_)
        require_shape("Searches.rank", self.rank, shape, np.int64)
        require_shape("Searches.best", self.best, shape, np.float64)
        wrong = int((~np.isfinite(self.best)).sum())
        if wrong:
            raise DataError(
                "similarities are not finite", expected="cosines", found=f"{wrong} NaN or infinite"
            )

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Both errors at one threshold.

    Attributes:
        fpir: share of non-mated searches whose first candidate is at or above the threshold.
        fnir: share of mated searches whose first candidate is somebody else, or below it.
    """

    name: str
    threshold: float
    fpir: Estimate
    fnir: Estimate


class Identification:
    """The figures of searches; intervals by the subject of the probe.

    A search finds its mate when the mate is the first candidate, as the product alerts: FNIR with
    a rank of 1 (ISO/IEC 19795-1:2021, 3.7). The people enrolled are taken as given; another list
    of the same length would give other false alerts than the interval tells.
    """

    def __init__(self, searches: Searches) -> None:
        self.searches = searches
        mated = searches.mated
        self._mated, self._strangers = np.flatnonzero(mated), np.flatnonzero(~mated)
        found = np.where(searches.rank == 1, searches.best, NO_MATCH)
        self.trade_off = TradeOff(found[mated], searches.best[~mated])
        self._found = found

    @property
    def mated(self) -> int:
        """How many searches have a mate."""
        return len(self._mated)

    @property
    def strangers(self) -> int:
        """How many searches have none."""
        return len(self._strangers)

    @property
    def people_mated(self) -> int:
        """How many people the mated probes show."""
        return len(np.unique(self.searches.person[self._mated]))

    @property
    def people_strange(self) -> int:
        """How many people the non-mated probes show."""
        return len(np.unique(self.searches.person[self._strangers]))

    def cmc(self) -> Floats:
        """Return the (RANKS,) shares of mated searches whose mate is at rank 1, up to 2, ..."""
        rank = self.searches.rank[self._mated]
        hits = np.bincount(rank, minlength=RANKS + 1)[1 : RANKS + 1]
        return np.asarray(np.cumsum(hits) / max(1, len(rank)), np.float64)

    def identified(self, ranks: tuple[int, ...]) -> list[Estimate]:
        """Return the identification rate up to each rank (closed set)."""
        rank = self.searches.rank[self._mated]
        hit = [(rank > 0) & (rank <= last) for last in ranks]

        def shares(drawn: Floats) -> Floats:
            weight = drawn[self.searches.person[self._mated]]
            total = weight.sum()
            return np.array([(one * weight).sum() / total if total else np.nan for one in hit])

        return [or_rule_of_three(one, self.people_mated) for one in self._bootstrap(shares)]

    @cached_property
    def fnir(self) -> dict[float, Estimate]:
        """FNIR at each of `FPIRS`; no figure where too few non-mated searches show it."""

        def misses(drawn: Floats) -> Floats:
            mated, strange = self._weights(drawn)
            return 1 - self.trade_off.accepted_at(FPIRS, mated, strange)

        return {
            rate: or_rule_of_three(estimate, self.people_mated)
            if self.trade_off.can_show(rate)
            else self._cannot_show()
            for rate, estimate in zip(FPIRS, self._bootstrap(misses), strict=True)
        }

    def _cannot_show(self) -> Estimate:
        return Estimate(float("nan"), note=f"{self.strangers:,} non-mated searches cannot show it")

    def threshold(self, fpir: float) -> float:
        """Return the threshold of a FPIR; NaN where the data cannot show it."""
        return self.trade_off.threshold_at(fpir) if self.trade_off.can_show(fpir) else float("nan")

    def at(self, name: str, threshold: float) -> OperatingPoint:
        """Return both errors at a threshold; where all searches agree, by the rule of three.

        For that, the people count and not their searches, which resemble each other.
        """
        alarm = self.searches.best[self._strangers] >= threshold
        miss = self._found[self._mated] < threshold

        def errors(drawn: Floats) -> Floats:
            mated, strange = self._weights(drawn)
            return np.array([_mean(alarm, strange), _mean(miss, mated)])

        fpir, fnir = self._bootstrap(errors)
        return OperatingPoint(
            name,
            threshold,
            or_rule_of_three(fpir, self.people_strange),
            or_rule_of_three(fnir, self.people_mated),
        )

    def _weights(self, drawn: Floats) -> tuple[Floats, Floats]:
        weight = drawn[self.searches.person]
        return weight[self._mated], weight[self._strangers]

    def _bootstrap(self, statistics: Callable[[Floats], Floats]) -> list[Estimate]:
        return bootstrap_all(statistics, self.searches.people)


def _mean(values: NDArray[np.bool_], weight: Floats) -> float:
    total = float(weight.sum())
    return float((values * weight).sum() / total) if total else float("nan")
