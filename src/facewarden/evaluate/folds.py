"""Verification in k folds: the threshold comes from the folds that it is not used on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.evaluate.trade_off import Floats, TradeOff


@dataclass(frozen=True, slots=True)
class Fold:
    """What one fold showed.

    Attributes:
        fold: its number.
        threshold: of highest accuracy on the other folds.
        accuracy: share of this fold's pairs that it judges rightly.
        pairs: how many there are.
    """

    fold: int
    threshold: float
    accuracy: float
    pairs: int


class Folds:
    """Pairs in folds, sorted once, so that the bootstrap can ask a thousand times.

    Args:
        similarity: (n,) of each pair.
        same: (n,) whether it shows one person.
        fold: (n,) the fold of each pair; at least two.
    """

    def __init__(
        self, similarity: Floats, same: NDArray[np.bool_], fold: NDArray[np.int64]
    ) -> None:
        self._similarity, self._same = similarity, same
        self.numbers = np.unique(fold).tolist()
        self._test = {k: np.flatnonzero(fold == k) for k in self.numbers}
        self._train = {
            k: np.flatnonzero(fold != k)[np.argsort(similarity[fold != k], kind="stable")]
            for k in self.numbers
        }

    def accuracies(self, weight: Floats | None = None) -> list[Fold]:
        """Return for each fold its accuracy at the best threshold of the others.

        This is the protocol of LFW's View 2 (Huang et al. 2007, section 4).
        """
        weight = np.ones(len(self._same)) if weight is None else weight
        found = []
        for number in self.numbers:
            threshold = self._best_threshold(self._train[number], weight)
            test = self._test[number]
            right = (self._similarity[test] >= threshold) == self._same[test]
            total = weight[test].sum()
            accuracy = float((right * weight[test]).sum() / total) if total else float("nan")
            found.append(Fold(int(number), threshold, accuracy, len(test)))
        return found

    def mean_accuracy(self, weight: Floats | None = None) -> float:
        """Return the mean over the folds."""
        return float(np.nanmean([fold.accuracy for fold in self.accuracies(weight)]))

    def validation_rate(self, far: float) -> tuple[float, float, float]:
        """Return VAL at FAR: mean and standard deviation over folds, and the mean FAR reached.

        The threshold comes from the impostor pairs of the other folds; VAL is the share of this
        fold's genuine pairs at or above it (Schroff, Kalenichenko and Philbin 2015, section 4).
        NaN where a fold's other folds have too few impostor pairs to show the rate.
        """
        val, reached = [], []
        for number in self.numbers:
            train, test = self._train[number], self._test[number]
            impostors = self._similarity[train[~self._same[train]]]
            trade_off = TradeOff(np.zeros(0), impostors)
            genuine = self._similarity[test[self._same[test]]]
            strangers = self._similarity[test[~self._same[test]]]
            if not trade_off.can_show(far) or not len(genuine) or not len(strangers):
                return float("nan"), float("nan"), float("nan")
            threshold = trade_off.threshold_at(far)
            val.append((genuine >= threshold).mean())
            reached.append((strangers >= threshold).mean())
        return float(np.mean(val)), float(np.std(val)), float(np.mean(reached))

    def _best_threshold(self, train: NDArray[np.intp], weight: Floats) -> float:
        """Return the threshold of highest accuracy, midway between the neighbouring scores."""
        same, weight = self._same[train], weight[train]
        # Right if the threshold is below place i: impostors before it, genuine ones from it on.
        impostors = np.concatenate([[0.0], np.cumsum(weight * ~same)])
        genuine = np.concatenate([[0.0], np.cumsum(weight * same)])
        place = int(np.argmax(impostors + genuine[-1] - genuine))
        padded = np.concatenate([[-1.0], self._similarity[train], [1.0]])
        return float((padded[place] + padded[place + 1]) / 2)
