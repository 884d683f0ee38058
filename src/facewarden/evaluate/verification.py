"""Verification: do two photographs show one person? LFW's protocol, and rates at chosen rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from facewarden.data.arrays import require_shape
from facewarden.errors import DataError
from facewarden.evaluate.folds import Fold, Folds
from facewarden.evaluate.intervals import Estimate, bootstrap_all, or_rule_of_three
from facewarden.evaluate.trade_off import Floats, TradeOff

FMRS = (0.1, 0.01, 0.001, 0.0001)
"""False match rates at which the true match rate is told."""

FARS = (0.01, 0.001)
"""False accept rates of the validation rate, as in the metric-learning literature."""


@dataclass(frozen=True, slots=True)
class PairScores:
    """n compared pairs.

    Attributes:
        similarity: (n,) float64, cosine.
        same: (n,) whether the pair shows one person.
        fold: (n,) int64; pairs of one fold never choose the threshold that judges them.
        left, right: (n,) int64 in [0, subjects), who is on each side.
        subjects: how many people there are.

    Raises:
        DataError: columns of different length, or similarities that are not finite.
    """

    similarity: Floats
    same: NDArray[np.bool_]
    fold: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    subjects: int

    def __post_init__(self) -> None:
        shape = (len(self.similarity),)
        require_shape("PairScores.similarity", self.similarity, shape, np.float64)
        require_shape("PairScores.same", self.same, shape, np.bool_)
        for name in ("fold", "left", "right"):
            require_shape(f"PairScores.{name}", getattr(self, name), shape, np.int64)
        wrong = int((~np.isfinite(self.similarity)).sum())
        if wrong:
            raise DataError(
                "similarities are not finite", expected="cosines", found=f"{wrong} NaN or infinite"
            )


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Both errors at one threshold, with their intervals by subject."""

    name: str
    threshold: float
    fmr: Estimate
    fnmr: Estimate


class Verification:
    """The figures of compared pairs; each is computed when it is asked for.

    In a bootstrap a genuine pair counts as often as its one subject was drawn, an impostor pair as
    often as both of its subjects together were: the product (Bolle, Ratha and Pankanti 2004).
    """

    def __init__(self, scores: PairScores) -> None:
        self.scores = scores
        same = scores.same
        self._genuine, self._impostor = np.flatnonzero(same), np.flatnonzero(~same)
        self.trade_off = TradeOff(scores.similarity[same], scores.similarity[~same])
        self._folds = (
            Folds(scores.similarity, same, scores.fold) if len(np.unique(scores.fold)) > 1 else None
        )

    @property
    def genuine(self) -> int:
        """How many pairs show one person."""
        return len(self._genuine)

    @property
    def impostors(self) -> int:
        """How many pairs show two."""
        return len(self._impostor)

    @cached_property
    def people(self) -> int:
        """How many people the genuine pairs show."""
        return len(np.unique(self.scores.left[self._genuine]))

    @cached_property
    def _pairs_of_people(self) -> int:
        """How many pairs of different people the impostor pairs show."""
        left, right = self.scores.left[self._impostor], self.scores.right[self._impostor]
        return len(
            np.unique(np.minimum(left, right) * self.scores.subjects + np.maximum(left, right))
        )

    def _weights(self, drawn: Floats) -> tuple[Floats, Floats]:
        """Return the weights of the genuine and of the impostor pairs."""
        left, right = self.scores.left, self.scores.right
        genuine = drawn[left[self._genuine]]
        return genuine, drawn[left[self._impostor]] * drawn[right[self._impostor]]

    @cached_property
    def folds(self) -> list[Fold]:
        """Accuracy of each fold at the threshold of the others; empty where there is one fold."""
        return self._folds.accuracies() if self._folds else []

    @property
    def standard_error(self) -> float:
        """Of the mean accuracy over the folds; NaN with fewer than two."""
        accuracies = [fold.accuracy for fold in self.folds]
        if len(accuracies) < 2:
            return float("nan")
        return float(np.std(accuracies, ddof=1) / np.sqrt(len(accuracies)))

    @cached_property
    def _figures(self) -> list[Estimate]:
        def all_of(drawn: Floats) -> Floats:
            genuine, impostor = self._weights(drawn)
            accuracy = float("nan")
            if self._folds:
                pairs = np.ones(len(self.scores.same))
                pairs[self._genuine], pairs[self._impostor] = genuine, impostor
                accuracy = self._folds.mean_accuracy(pairs)
            return np.concatenate(
                [
                    [
                        accuracy,
                        self.trade_off.area(genuine, impostor),
                        self.trade_off.equal_error(genuine, impostor),
                    ],
                    self.trade_off.accepted_at(FMRS, genuine, impostor),
                ]
            )

        return bootstrap_all(all_of, self.scores.subjects)

    @property
    def accuracy(self) -> Estimate:
        """Mean over the folds."""
        return self._of_both(self._figures[0])

    @property
    def auc(self) -> Estimate:
        """Area under the ROC."""
        return self._of_both(self._figures[1])

    @property
    def eer(self) -> Estimate:
        """Equal error rate."""
        return self._of_both(self._figures[2])

    def _of_both(self, estimate: Estimate) -> Estimate:
        """Return a figure of both kinds of pairs; the rarer kind says how little it can show."""
        return or_rule_of_three(estimate, min(self.people, self._pairs_of_people))

    @property
    def tmr(self) -> Mapping[float, Estimate]:
        """True match rate at each of `FMRS`; no figure where too few impostor pairs show it."""
        return {
            rate: or_rule_of_three(estimate, self.people)
            if self.trade_off.can_show(rate)
            else Estimate(float("nan"), note=f"{self.impostors:,} impostor pairs cannot show it")
            for rate, estimate in zip(FMRS, self._figures[3:], strict=True)
        }

    def validation_rate(self, far: float) -> tuple[float, float, float]:
        """Return VAL at a FAR as `Folds.validation_rate` does; NaN where there is one fold."""
        if self._folds is None:
            return float("nan"), float("nan"), float("nan")
        return self._folds.validation_rate(far)

    def at(self, name: str, threshold: float) -> AtThreshold:
        """Return both errors at one threshold.

        Where none or nothing else was seen, by the rule of three over pairs of people for false
        matches, over people for false non-matches: photographs of the same resemble each other.
        """
        matched = self.scores.similarity >= threshold

        def errors(drawn: Floats) -> Floats:
            genuine, impostor = self._weights(drawn)
            return np.array(
                [_mean(matched[self._impostor], impostor), _mean(~matched[self._genuine], genuine)]
            )

        fmr, fnmr = bootstrap_all(errors, self.scores.subjects)
        return AtThreshold(
            name,
            threshold,
            or_rule_of_three(fmr, self._pairs_of_people),
            or_rule_of_three(fnmr, self.people),
        )

    def worst(self, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the pairs of the most alike strangers and of the least alike genuine ones."""
        impostor = self._impostor[np.argsort(-self.scores.similarity[self._impostor])]
        genuine = self._genuine[np.argsort(self.scores.similarity[self._genuine])]
        return impostor[:count], genuine[:count]


def _mean(values: NDArray[np.bool_], weight: Floats) -> float:
    total = float(weight.sum())
    return float((values * weight).sum() / total) if total else float("nan")
