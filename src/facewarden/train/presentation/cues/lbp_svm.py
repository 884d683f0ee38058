"""Local binary patterns of colour and a support vector machine."""

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC

from facewarden.measure.presentation.cues import lbp
from facewarden.measure.presentation.shown_face import ShownFace


class LbpSvm:
    """A FittedScorer: histograms of `lbp.describe`, an RBF machine with classes of one weight.

    Boulkenafet, Komulainen and Hadid (ICIP 2015). Its kernel's width and its cost are those that
    scikit-learn has by itself; nothing was tuned, as befits a baseline.
    """

    name = "lbp"

    def describe(self, shown: ShownFace) -> NDArray[np.float32]:
        """Return the clip's mean histograms."""
        return lbp.describe(shown)

    def fit_and_score(
        self,
        known: NDArray[np.float32],
        attack: NDArray[np.bool_],
        asked: NDArray[np.float32],
    ) -> NDArray[np.float64]:
        """Return the signed distances of m clips to the boundary learnt from n others."""
        machine = SVC(class_weight="balanced")
        machine.fit(known, ~attack)
        if not len(asked):
            return np.zeros(0)
        return np.asarray(machine.decision_function(asked), np.float64)
