"""The person who has most of the nearest templates."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.train.classify.head import Predict


@dataclass(frozen=True, slots=True)
class KNearest:
    """Lets the k most similar templates vote, each with its similarity (scikit-learn).

    Attributes:
        k: how many; at most as many as there are.
    """

    k: int = 1

    def fit(self, vectors: Float32, labels: Int64) -> Predict:
        """Fit to people; see `Head`."""
        from sklearn.neighbors import KNeighborsClassifier

        def weight(distances: Float32) -> Float32:
            # Cosine distance back to similarity; those beyond a right angle have no vote.
            return np.maximum(1 - distances, 1e-6)

        model = KNeighborsClassifier(
            min(self.k, len(vectors)), metric="cosine", algorithm="brute", weights=weight
        )
        model.fit(vectors, labels)
        return lambda probes: np.asarray(model.predict(probes), np.int64)
