"""The person whose mean template is nearest."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.train.classify.head import Predict


@dataclass(frozen=True, slots=True)
class NearestPrototype:
    """Compares with one template for each person: the mean of theirs, at length 1."""

    def fit(self, vectors: Float32, labels: Int64) -> Predict:
        """Fit to people; see `Head`."""
        people = np.unique(labels)
        means = np.stack([vectors[labels == one].mean(axis=0) for one in people])
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)

        def predict(probes: Float32) -> Int64:
            return np.asarray(people[(probes @ means.T).argmax(axis=1)], np.int64)

        return predict
