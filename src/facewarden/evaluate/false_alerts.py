"""From the measured FPIR to what a watchlist of another length makes of a day's traffic."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from facewarden.evaluate.identification import OperatingPoint
from facewarden.evaluate.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Expected:
    """What to expect at one threshold.

    Attributes:
        fpir: share of strangers who raise a false alert on a list of the length asked for.
        per_day: false alerts a day.
    """

    point: OperatingPoint
    fpir: Estimate
    per_day: Estimate


def expected(
    point: OperatingPoint, *, measured: int, enrolled: int, tracks_per_day: float
) -> Expected:
    """Carry a FPIR over to a list of another length.

    A stranger who raises no alert on a list of n people raises none on one of N with the
    probability (1 - FPIR)^(N / n), if those enrolled are alike in kind: FPIR_N =
    1 - (1 - FPIR_n)^(N / n) (Grother and Phillips 2004, binomial model).

    Args:
        point: measured with `measured` people enrolled.
        enrolled: length of the list in question.
        tracks_per_day: strangers that pass in a day, each once.
    """

    def carried(rate: float) -> float:
        return 1.0 if rate >= 1 else -math.expm1(enrolled / measured * math.log1p(-rate))

    fpir = _through(point.fpir, carried)
    return Expected(point, fpir, _through(fpir, lambda rate: rate * tracks_per_day))


def _through(estimate: Estimate, function: Callable[[float], float]) -> Estimate:
    """Carry a figure and both ends of its interval through a function that only rises."""
    value, low, high = (
        function(one) if math.isfinite(one) else one
        for one in (estimate.value, estimate.low, estimate.high)
    )
    return replace(estimate, value=value, low=low, high=high)
