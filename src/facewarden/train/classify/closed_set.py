"""How well a closed set was named: accuracy, precision, recall, F1, with intervals by subject."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64
from facewarden.evaluate.intervals import Estimate, bootstrap_all, or_rule_of_three

FIGURES = (
    "accuracy",
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "precision_weighted",
    "recall_weighted",
    "f1_weighted",
)


@dataclass(frozen=True)
class ClosedSet:
    """Probes of people who are all known to the head.

    Attributes:
        truth, named: (n,) int64 labels from 0 to `classes` - 1; n at least 1.
        classes: how many people the head knows.
    """

    truth: Int64
    named: Int64
    classes: int

    @cached_property
    def confusion(self) -> Int64:
        """(classes, classes): row, of whom; column, named as whom."""
        counts = np.zeros((self.classes, self.classes), np.int64)
        np.add.at(counts, (self.truth, self.named), 1)
        return counts

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """The `FIGURES`, each with its interval; whole people are drawn."""
        tested = np.flatnonzero(self.confusion.sum(axis=1))

        def of(weights: NDArray[np.float64]) -> NDArray[np.float64]:
            spread = np.zeros(self.classes)
            spread[tested] = weights
            return overall(self.confusion, spread)

        found = bootstrap_all(of, len(tested))
        return {
            name: or_rule_of_three(estimate, len(tested))
            for name, estimate in zip(FIGURES, found, strict=True)
        }

    @cached_property
    def by_class(self) -> NDArray[np.float64]:
        """(classes, 3): precision, recall and F1 of each person; NaN for whom nobody is a probe."""
        found = np.stack(_each(self.confusion.astype(np.float64)), axis=1)
        found[self.confusion.sum(axis=1) == 0] = np.nan
        return found


def overall(confusion: Int64, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the `FIGURES` where the probes of each person count `weights` times.

    Macro is the mean over people who are probed, weighted the mean over probes (as scikit-learn's
    averages of the same names); precision of somebody who is never named is 0.

    In the precision and F1 of one person, their own probes count once and only those of others by
    weight. Whoever is drawn is drawn 1.6 times in the mean, others once: with their own counted so
    too, wrong names would seem rarer than they are, and the figure would lie below its interval.
    """
    own, probes = np.diag(confusion).astype(np.float64), confusion.sum(axis=1)
    total = float(probes @ weights)
    if not total:
        return np.full(len(FIGURES), np.nan)
    counts = confusion * weights[:, None]
    np.fill_diagonal(counts, own)
    each = np.stack(_shares(own, counts.sum(axis=0), probes.astype(np.float64)))
    people = np.where(probes > 0, weights, 0.0)
    macro = each @ people / people.sum()
    weighted = each @ (probes * weights) / total
    return np.concatenate([[own @ weights / total], macro, weighted])


def _each(counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return _shares(np.diag(counts), counts.sum(axis=0), counts.sum(axis=1))


def _shares(
    right: NDArray[np.float64], named: NDArray[np.float64], probes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Return precision, recall and F1 of each class; 0 where nothing is divided by nothing."""

    def share(of: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.divide(of, by, out=np.zeros(len(of)), where=by > 0)

    return share(right, named), share(right, probes), share(2 * right, named + probes)
