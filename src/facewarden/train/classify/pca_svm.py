"""Support vector machines on principal components."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.train.classify.head import SEED, Predict


@dataclass(frozen=True, slots=True)
class PcaSvm:
    """Projects to the main directions, then one machine for each pair of people (scikit-learn).

    Attributes:
        variance: share of the variance that the directions kept must hold, in (0, 1).
        c: cost of a template on the wrong side; the less, the wider the margin.
        kernel: "linear" or "rbf".
    """

    variance: float = 0.98
    c: float = 10.0
    kernel: str = "linear"

    def fit(self, vectors: Float32, labels: Int64) -> Predict:
        """Fit to people; see `Head`."""
        from sklearn.decomposition import PCA
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import SVC

        directions = PCA(self.variance, svd_solver="full", random_state=SEED)
        model = make_pipeline(directions, SVC(C=self.c, kernel=self.kernel))
        model.fit(vectors, labels)
        return lambda probes: np.asarray(model.predict(probes), np.int64)
