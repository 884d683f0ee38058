"""A softmax layer on the templates: multinomial logistic regression."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.train.classify.head import Predict

ITERATIONS = 5000


@dataclass(frozen=True, slots=True)
class Softmax:
    """Fits one weight vector for each person by cross entropy, with L2 (scikit-learn).

    Attributes:
        c: inverse strength of the L2 term.
    """

    c: float = 10.0

    def fit(self, vectors: Float32, labels: Int64) -> Predict:
        """Fit to people; see `Head`."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=self.c, max_iter=ITERATIONS).fit(vectors, labels)
        return lambda probes: np.asarray(model.predict(probes), np.int64)
