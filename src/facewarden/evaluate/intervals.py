"""How sure a measured rate is: intervals for proportions, and the bootstrap by subject."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
REPLICATES = 1000
SEED = 20261122
"""Of the bootstrap, so that a second run gives the same interval."""
ROUNDING = 1e-9
"""Nearer than this to 0 or 1 is that: sums of many parts are not exact."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured figure with its interval.

    Attributes:
        value: the figure; NaN where the data cannot give one.
        low, high: its interval at 95 %; NaN where there is none.
        count: how many independent things it rests on (subjects, tracks), 0 where not said.
        note: what a reader must know of it, such as "rule of three"; may be empty.
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")
    count: int = 0
    note: str = ""

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


def proportion(events: int, trials: int) -> Estimate:
    """Return a rate of independent trials with the exact interval of Clopper and Pearson (1934).

    No event in n trials says only that the rate is below about 3 / n (the rule of three, ISO/IEC
    19795-1, B.1); no trial says nothing.
    """
    if not 0 <= events <= trials:
        raise ValueError(f"{events} events in {trials} trials")
    if not trials:
        return Estimate(float("nan"), note="no trial")
    # Imported here, since commands that ask for no interval import this file; and not
    # scipy.stats, which takes a second.
    from scipy.special import betaincinv

    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(events, trials - events + 1, tail)) if events else 0.0
    high = float(betaincinv(events + 1, trials - events, 1 - tail)) if events < trials else 1.0
    if not events:
        high = min(1.0, 3 / trials)
    return Estimate(
        events / trials, low, high, trials, "rule of three: none seen" if not events else ""
    )


def or_rule_of_three(estimate: Estimate, subjects: int) -> Estimate:
    """Return a bootstrapped share, or where it is 0 or 1 in every draw, what its subjects can show.

    Drawing from data without an error never gives one; that is no proof that there are none.

    Args:
        subjects: how many independent things the share is of: people, pairs of people, images.
    """
    known = not np.isnan(estimate.value) and bool(subjects)
    whole = known and abs(estimate.value - round(estimate.value)) < ROUNDING
    if not whole or estimate.high - estimate.low > ROUNDING:
        return estimate
    none = proportion(0, subjects)
    if not round(estimate.value):
        return none
    return Estimate(1.0, 1 - none.high, 1.0, subjects, "rule of three: no other seen")


def bootstrap(
    statistic: Callable[[NDArray[np.float64]], float],
    subjects: int,
    *,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Estimate:
    """Return a statistic with its percentile interval, whole subjects drawn with replacement.

    Comparisons of one subject resemble each other, so that drawing comparisons would promise far
    too much (ISO/IEC 19795-1, B.2.3; Bolle, Ratha and Pankanti 2004).

    Args:
        statistic: takes the (subjects,) weights, how often each subject counts; NaN is left out.
        subjects: how many there are.
    """
    (estimate,) = bootstrap_all(
        lambda weights: np.array([statistic(weights)]),
        subjects,
        replicates=replicates,
        seed=seed,
    )
    return estimate


def bootstrap_all(
    statistics: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    subjects: int,
    *,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> list[Estimate]:
    """Return several statistics of the same data with their intervals, as `bootstrap` does for one.

    Args:
        statistics: takes the (subjects,) weights, gives (k,) figures; NaN where there is none.
        subjects: how many there are.
    """
    values = np.asarray(statistics(np.ones(subjects)), np.float64)
    if subjects < 2:
        note = "one subject: no interval"
        return [Estimate(float(value), count=subjects, note=note) for value in values]
    random = np.random.default_rng(seed)
    drawn = np.array([statistics(_weights(random, subjects)) for _ in range(replicates)])
    return [
        _percentiles(float(value), column, subjects)
        for value, column in zip(values, drawn.T, strict=True)
    ]


def _percentiles(value: float, drawn: NDArray[np.float64], subjects: int) -> Estimate:
    known = drawn[np.isfinite(drawn)]
    if len(known) < len(drawn) // 2:
        return Estimate(value, count=subjects, note="too few data for an interval")
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, float(low), float(high), subjects)


def _weights(random: np.random.Generator, subjects: int) -> NDArray[np.float64]:
    """Return how often each subject was drawn, of as many draws as there are subjects."""
    drawn = random.integers(subjects, size=subjects)
    return np.bincount(drawn, minlength=subjects).astype(np.float64)
