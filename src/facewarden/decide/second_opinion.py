"""When a second model is asked, and what both models say together."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from facewarden.data.calibration import ImpostorTail
from facewarden.errors import DataError

_NORMAL = NormalDist()
_STEPS = 64
_LEAST_RATE = 1e-12
_LEAST_SCORE, _MOST_SCORE = -3.0, 7.0
"""Normal scores of 0.999 and of 1e-12: beyond, no calibration says anything."""


@dataclass(frozen=True, slots=True)
class SecondOpinionRule:
    """Fuses the similarities of two models, so that the false match rate stays that of the first.

    Each similarity becomes the normal score of its false match rate, z = -Phi^-1(FMR), by its own
    model's calibration: of impostors both are standard normal. A subject whose first similarity is
    in the band around the threshold matches where z1 + weight z2 >= line; above the band the first
    model alone matches, below it alone does not. Those whom the second model lifts over the
    threshold are false alerts too, so the line is where

        FMR(above the band) + FMR(in the band and over the line) = FMR(threshold).

    What two models say of one pair of strangers is not independent: given z1, z2 is taken as
    normal with mean dependence x z1 and deviation spread.

    Attributes:
        first, second: calibrations of the two models, in the precisions they run in.
        factor: the band, from so many times the threshold's false match rate down to as small a
            share of it. With SFace and dlib's ResNet 7 is about 0.04 of similarity each way. It
            misses as few as asking always, and asks about 9 % of strangers; 0.10 of similarity
            below asks about 60 %, for nothing (2026-11-22, lfw-dev,
            `scripts/bench second_opinion`).
        weight: of the second score. Of the same two, 0.4 to 0.6 missed least, of photographs and of
            composed clips alike.
        dependence, spread: see above; measured where it matters, in the first model's tail. Of the
            same two: 0.55 and 0.97 from composed clips to photographs, 0.47 and 1.02 between
            photographs (over all strangers only 0.3): the video's, which believe less, are used.

    Raises:
        DataError: a weight or spread that is not above 0, or a band that is empty.
    """

    first: ImpostorTail
    second: ImpostorTail
    factor: float = 7.0
    weight: float = 0.5
    dependence: float = 0.55
    spread: float = 0.97

    def __post_init__(self) -> None:
        if min(self.weight, self.spread) <= 0 or self.factor <= 1:
            raise DataError(
                "a second opinion needs a weight and spread above 0 and a factor above 1"
            )

    def band(self, threshold: float) -> tuple[float, float]:
        """Return the band around a threshold, in similarity of the first model."""
        rate = max(_LEAST_RATE, self.first.rate_at(threshold))
        wider = rate * self.factor
        low = self.first.similarity_at(wider) if wider < 1 else -1.0
        return min(threshold, low), max(threshold, self.first.similarity_at(rate / self.factor))

    def asks(self, similarity: float, threshold: float) -> bool:
        """Return whether a similarity of the first model is near enough to a threshold."""
        low, high = self.band(threshold)
        return low <= similarity < high

    def sure(self, similarity: float, threshold: float) -> bool:
        """Return whether the first model alone is enough."""
        return similarity >= self.band(threshold)[1]

    def together(self, first: float, second: float, threshold: float) -> float:
        """Return what both models say, as a similarity of the first.

        At or above `threshold` exactly where the two match together; in [-1, 1]. A first similarity
        outside the band is returned as it is.
        """
        if not self.asks(first, threshold):
            return first
        z1, z2 = normal_score(self.first, first), normal_score(self.second, second)
        over = z1 + self.weight * z2 - self.line(threshold)
        deviation = math.hypot(1 + self.weight * self.dependence, self.weight * self.spread)
        score = normal_score(self.first, threshold) + over / deviation
        rate = min(0.999, max(_LEAST_RATE, _beyond(score)))
        fused = min(1.0, max(-1.0, self.first.similarity_at(rate)))
        # Calibrations are read both ways, to and from rates: rounding must not turn a decision.
        return max(fused, threshold) if over >= 0 else min(fused, math.nextafter(threshold, -1))

    def line(self, threshold: float) -> float:
        """Return the z1 + weight z2 that a match in the band needs."""
        wanted = _beyond(normal_score(self.first, threshold))
        bottom, top = (normal_score(self.first, edge) for edge in self.band(threshold))
        low, high = bottom + self.weight * _LEAST_SCORE, top + self.weight * 2 * _MOST_SCORE
        for _ in range(50):
            middle = (low + high) / 2
            if _beyond(top) + self._lifted(bottom, top, middle) > wanted:
                low = middle
            else:
                high = middle
        return high

    def _lifted(self, bottom: float, top: float, line: float) -> float:
        """Return the share of impostors in the band and over a line, by the midpoint rule."""
        step = (top - bottom) / _STEPS
        share = 0.0
        for place in range(_STEPS):
            z1 = bottom + (place + 0.5) * step
            needed = (line - z1) / self.weight
            share += _NORMAL.pdf(z1) * _beyond((needed - self.dependence * z1) / self.spread)
        return share * step


def normal_score(tail: ImpostorTail, similarity: float) -> float:
    """Return the normal score of a similarity's false match rate, in [-3, 7]."""
    rate = min(1 - 1e-9, max(_LEAST_RATE, tail.rate_at(similarity)))
    return min(_MOST_SCORE, max(_LEAST_SCORE, -_NORMAL.inv_cdf(rate)))


def _beyond(score: float) -> float:
    """Return the share of a standard normal above a score, exact far out."""
    return 0.5 * math.erfc(score / math.sqrt(2))
