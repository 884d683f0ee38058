"""How alike strangers are: the measured body of impostor similarities, and a fitted tail."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from facewarden.errors import DataError

Point = tuple[float, float]

EXTRAPOLATED = 100
"""How far beyond the trusted rate the exponential law is used: a factor, two decades. Further,
thresholds would come from nothing but its formula."""

_EXPONENTIAL = 1e-6
"""A shape nearer 0 than this is the exponential tail, whose formula is another."""


@dataclass(frozen=True, slots=True)
class ImpostorTail:
    """The share of impostor comparisons that reach a similarity.

    Down to a rate of `body[-1]` the share is read between measured points. Beyond, excesses over
    the last point's similarity follow a generalised Pareto distribution, the limit law of excesses
    over a high threshold (Pickands 1975; Coles 2001, theorem 4.1): S(x) = (1 + shape x /
    scale)^(-1 / shape).

    Beyond the rate to which the fit is trusted it goes on as an exponential law of the scale that
    the tail began with. The fitted law of similarities, which end at 1, falls faster: what is not
    known counts as more false alerts, not as fewer.

    Attributes:
        body: (rate, similarity), rates falling, similarities rising; at least two.
        scale: of the Pareto tail, in similarity; above 0.
        shape: of the Pareto tail; 0 is the exponential tail.
        trusted_to: the least rate that the data can show; `evaluate.tail` says how it is found.
        looks: (looks in a track, factor): a track is decided anew at every look, and its highest
            similarity counts. So it has the chances of so many single photographs; fewer than one
            where looks are so poor that they are like nobody.
        references: (references of a subject, factor): a subject with several references is like
            so many subjects with one.

    Raises:
        DataError: points out of order, or a scale that is not above 0.
    """

    body: tuple[Point, ...]
    scale: float
    shape: float
    trusted_to: float
    looks: tuple[tuple[int, float], ...] = ((1, 1.0),)
    references: tuple[tuple[int, float], ...] = ((1, 1.0),)

    def __post_init__(self) -> None:
        ordered = all(
            left[0] > right[0] > 0 and left[1] <= right[1] for left, right in pairwise(self.body)
        )
        if len(self.body) < 2 or not ordered or self.body[0][0] > 1:
            raise DataError("a calibration's points must fall in rate and rise in similarity")
        good = self.scale > 0 and math.isfinite(self.shape)
        if not good or not 0 < self.trusted_to <= self.body[-1][0]:
            raise DataError("a calibration's tail needs a scale above 0 and a rate it is good for")
        for name, table in (("looks", self.looks), ("references", self.references)):
            if (
                not table
                or table[0][0] != 1
                or not table[0][1] > 0
                or any(left[0] >= right[0] or left[1] > right[1] for left, right in pairwise(table))
            ):
                raise DataError(f"a calibration's factors of {name} must be of 1 on, and not fall")
        if self.references[0][1] != 1:
            raise DataError("one reference is one chance")

    @property
    def reaches_to(self) -> float:
        """The least rate at which this may be used at all, with the slower decay of above."""
        return self.trusted_to / EXTRAPOLATED

    def similarity_at(self, rate: float) -> float:
        """Return the similarity that a share `rate` of impostor comparisons reaches, at most 1.

        Raises:
            DataError: a rate that is not in (0, 1].
        """
        if not 0 < rate <= 1:
            raise DataError("a false match rate is in (0, 1]", found=f"{rate:g}")
        start, threshold = self.body[-1]
        if rate < self.trusted_to:
            beyond = self._careful_scale() * math.log(self.trusted_to / rate)
            return min(1.0, self.similarity_at(self.trusted_to) + beyond)
        if rate < start:
            ratio = rate / start
            excess = (
                -self.scale * math.log(ratio)
                if abs(self.shape) < _EXPONENTIAL
                else self.scale / self.shape * (math.pow(ratio, -self.shape) - 1)
            )
            return min(1.0, threshold + excess)
        for (high, low_side), (low, high_side) in pairwise(self.body):
            if low <= rate <= high:
                share = math.log(rate / high) / math.log(low / high)
                return low_side + share * (high_side - low_side)
        return self.body[0][1]

    def rate_at(self, similarity: float) -> float:
        """Return the share of impostor comparisons that reach a similarity, in [0, 1]."""
        start, threshold = self.body[-1]
        last = self.similarity_at(self.trusted_to)
        if similarity > last:
            return self.trusted_to * math.exp((last - similarity) / self._careful_scale())
        if similarity > threshold:
            excess = similarity - threshold
            if abs(self.shape) < _EXPONENTIAL:
                return start * math.exp(-excess / self.scale)
            inside = 1 + self.shape * excess / self.scale
            return start * math.pow(inside, -1 / self.shape) if inside > 0 else 0.0
        for (high, low_side), (low, high_side) in pairwise(self.body):
            if low_side <= similarity <= high_side and high_side > low_side:
                share = (similarity - low_side) / (high_side - low_side)
                return high * math.pow(low / high, share)
        return 1.0 if similarity < self.body[0][1] else self.body[0][0]

    def _careful_scale(self) -> float:
        """Return the scale of the exponential law beyond what is trusted."""
        start, threshold = self.body[-1]
        if self.shape <= 0 or self.trusted_to >= start:
            return self.scale
        return self.scale + self.shape * (self.similarity_at(self.trusted_to) - threshold)

    def looks_factor(self, looks: int) -> float:
        """Return how many single photographs a track of so many looks is worth; above 0."""
        return _between(self.looks, looks)

    def references_factor(self, references: int) -> float:
        """Return how many subjects of one reference one with so many is worth; at least 1."""
        return _between(self.references, references)


def _between(table: Sequence[tuple[int, float]], count: int) -> float:
    """Read a table of factors; beyond its end it grows on as between its last two entries.

    Straight in the logarithm of the count: the highest of n similarities grows no faster.
    """
    if count <= table[0][0] or len(table) == 1:
        return table[0][1]
    left, right = next(
        (pair for pair in pairwise(table) if count <= pair[1][0]), (table[-2], table[-1])
    )
    share = math.log(count / left[0]) / math.log(right[0] / left[0])
    return left[1] + share * (right[1] - left[1])
