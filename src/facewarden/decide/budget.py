"""From a budget of false alerts to the threshold of a watchlist, and back to what to expect."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from facewarden.data.calibration import ImpostorTail

MOST_FMR = 3e-5
"""Of one comparison under the default budget, however short the list: calibration data are
photographs of all kinds of people, a place may have many that are alike."""

ORDINARY = 0.75
"""Share of strangers whose best similarity exceeds the ordinary one: the lower quartile, which
people who are enrolled and pass unnoticed hardly move."""


@dataclass(frozen=True, slots=True)
class FalseAlertBudget:
    """How often somebody on no watchlist may raise an alert.

    A stranger's track has a chance with every subject and at every look: FPIR = 1 - (1 -
    FMR)^chances (ISO/IEC 19795-1, open-set identification).

    Attributes:
        fpir: share of strangers' tracks that may raise a false alert, in (0, 1). The default, 1 in
            1,000, is the ceiling that South Wales Police set itself, as told in R (Bridges) v
            CCSWP.
        most_fmr: never more than this for a comparison; 1 where somebody chose the budget.
    """

    fpir: float = 1e-3
    most_fmr: float = MOST_FMR

    def fmr(self, chances: float) -> float:
        """Return the false match rate that one comparison may have with so many chances."""
        return min(self.most_fmr, -math.expm1(math.log1p(-self.fpir) / max(1.0, chances)))


def per_day(false_alerts: float, tracks: float) -> FalseAlertBudget:
    """Return the budget of so many false alerts a day where so many tracks pass a day."""
    return FalseAlertBudget(min(0.5, false_alerts / max(1.0, tracks)), most_fmr=1.0)


def gallery_size(references: Iterable[int], tail: ImpostorTail) -> float:
    """Return a list's length, told as subjects of one reference.

    Args:
        references: of each subject.
    """
    return sum(tail.references_factor(count) for count in references if count)


@dataclass(frozen=True, slots=True)
class InForce:
    """A watchlist's threshold at this moment, and what to expect of it.

    Attributes:
        threshold: similarity needed for an alert.
        follows: what it follows from, in words.
        size: the list's length as subjects of one reference; see `gallery_size`.
        looks: that a track may have.
        tail: of the model in use; None where it is not calibrated, and nothing can be expected.
        shift: similarity by which strangers of this site are more alike than the calibration's.
        budget: share of strangers' tracks that may alert; None with a threshold set by hand.
        tracks_per_day: that pass, as the budget took it; None where it did not matter.
    """

    threshold: float
    follows: str
    size: float
    looks: int
    tail: ImpostorTail | None
    shift: float = 0.0
    budget: float | None = None
    tracks_per_day: float | None = None

    @property
    def fmr(self) -> float:
        """The false match rate of one comparison at this threshold; NaN if not calibrated."""
        return math.nan if self.tail is None else self.tail.rate_at(self.threshold - self.shift)

    @property
    def fpir(self) -> float:
        """The share of strangers' tracks that will raise an alert; NaN if not calibrated."""
        if self.tail is None:
            return math.nan
        return _any_of(self.fmr, self.size * self.tail.looks_factor(self.looks))

    @property
    def problem(self) -> str:
        """What must be known of this threshold; empty when all is well."""
        tail = self.tail
        if tail is None or not self.size:
            return ""
        loosest, _ = tail.body[0]
        if self.budget is None and self.fmr > min(loosest, _TESTED_FROM):
            lowest = tail.similarity_at(min(loosest, _TESTED_FROM)) + self.shift
            return (
                f"the threshold {self.threshold:.3f} is below {lowest:.3f}, the lowest that was "
                f"tested: about {self.fpir:.2g} of strangers raise a false alert"
            )
        if self.budget is not None and self.fpir > 1.01 * self.budget:
            needed = _one_of(self.budget, self.size * tail.looks_factor(self.looks))
            return (
                f"about {self.fpir:.2g} of strangers raise a false alert, more than the budget of "
                f"{self.budget:g}: with {self.size:.0f} subjects that would need a calibration "
                f"down to a false match rate of {needed:.1e}, and this one "
                f"reaches {tail.reaches_to:.1e}; facewarden calibrate makes one of more people"
            )
        return ""

    def ordinary(self, looks: int) -> float:
        """Return the similarity that three of four strangers with so many looks exceed.

        Of the calibration, not of this site; NaN where the model is not calibrated.
        """
        if self.tail is None or not self.size:
            return math.nan
        chances = self.size * self.tail.looks_factor(looks)
        return self.tail.similarity_at(_one_of(ORDINARY, chances))


_TESTED_FROM = 1e-2
"""A hand-set threshold with a higher false match rate than this was never tested: the tables of
docs/calibration.md begin there."""


def by_budget(
    budget: FalseAlertBudget,
    size: float,
    looks: int,
    tail: ImpostorTail,
    *,
    follows: str,
    shift: float = 0.0,
    tracks_per_day: float | None = None,
) -> InForce:
    """Return the threshold that keeps a budget; the strictest there is where none can.

    Longer lists, more looks, smaller budgets and a higher shift never lower it.
    """
    fmr = max(tail.reaches_to, budget.fmr(size * tail.looks_factor(looks)))
    threshold = min(1.0, max(-1.0, tail.similarity_at(fmr) + shift))
    return InForce(threshold, follows, size, looks, tail, shift, budget.fpir, tracks_per_day)


def _any_of(rate: float, chances: float) -> float:
    return -math.expm1(chances * math.log1p(-min(rate, 1 - 1e-12)))


def _one_of(rate: float, chances: float) -> float:
    return -math.expm1(math.log1p(-rate) / max(1.0, chances))
