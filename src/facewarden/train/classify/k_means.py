"""K-means as a classifier: clusters found without names, named afterwards."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.train.classify.head import SEED, Predict

STARTS = 10
"""Of K-means from different centres; the tightest clustering counts."""


@dataclass(frozen=True, slots=True)
class KMeansVote:
    """Clusters the templates without their names (scikit-learn), names each cluster by a vote.

    A cluster has the name that most of its templates have, of equally many the first by name; a
    probe gets the name of the cluster whose centre is nearest. Whoever wins no cluster is never
    named: with one cluster a person that costs accuracy, and it is what clustering can do, not
    what a classifier can.

    Attributes:
        clusters: for each person, in the mean.
    """

    clusters: int = 1

    def fit(self, vectors: Float32, labels: Int64) -> Predict:
        """Fit to people; see `Head`."""
        from sklearn.cluster import KMeans

        people, place = np.unique(labels, return_inverse=True)
        count = min(self.clusters * len(people), len(np.unique(vectors, axis=0)))
        model = KMeans(count, n_init=STARTS, random_state=SEED).fit(vectors)
        votes = np.zeros((count, len(people)), np.int64)
        np.add.at(votes, (model.labels_, place), 1)
        name = people[votes.argmax(axis=1)]
        return lambda probes: np.asarray(name[model.predict(probes)], np.int64)
