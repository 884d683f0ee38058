"""Labels that templates speak against: a picture unlike its class, two classes that are alike."""

from dataclasses import dataclass

import numpy as np

from facewarden.data import Float32, Int64

BLOCK = 2048
"""Rows compared at once, which bounds memory whatever the number of people."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """A picture that may not be of the person whose name it has.

    Attributes:
        own: mean similarity to the person's other pictures.
        other: the class whose mean picture is most like it, -1 where there is no other.
        other_similarity: to the pictures of that class, in the mean.
    """

    row: int
    own: float
    other: int
    other_similarity: float


@dataclass(frozen=True, slots=True)
class Alike:
    """Two classes that may be one person under two names, by their mean templates."""

    left: int
    right: int
    similarity: float


def unlike_their_class(vectors: Float32, labels: Int64, below: float) -> list[Unlike]:
    """Return pictures less alike to their class than `below`, the least alike first.

    A picture alone in its class has nothing to be compared with. In a class of two, both are
    returned: one of them is wrong, and nobody knows which.

    Args:
        vectors: (n, d) unit rows.
        labels: (n,) int64, 0 to classes - 1.
        below: similarity that strangers reach now and then.
    """
    sums, counts = _sums(vectors, labels)
    own = (np.einsum("nd,nd->n", vectors, sums[labels]) - 1) / np.maximum(counts[labels] - 1, 1)
    doubted = np.flatnonzero((counts[labels] > 1) & (own < below))
    found = []
    means = sums / np.maximum(counts, 1)[:, None]
    for row in doubted.tolist():
        toward = means @ vectors[row]
        toward[labels[row]] = -np.inf
        other = int(toward.argmax()) if len(toward) > 1 else -1
        similarity = float(toward[other]) if other >= 0 else float("nan")
        found.append(Unlike(row, float(own[row]), other, similarity))
    return sorted(found, key=lambda one: (one.own, one.row))


def alike_classes(vectors: Float32, labels: Int64, least: float) -> list[Alike]:
    """Return pairs of classes whose mean templates are alike, most alike first.

    Args:
        vectors, labels: as for `unlike_their_class`.
        least: similarity of the means, at length 1, from which a pair counts.
    """
    sums, _ = _sums(vectors, labels)
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    found = []
    for start in range(0, len(means), BLOCK):
        similarity = means[start : start + BLOCK] @ means.T
        for left, right in np.argwhere(similarity >= least).tolist():
            if start + left < right:
                found.append(Alike(start + left, right, float(similarity[left, right])))
    return sorted(found, key=lambda pair: (-pair.similarity, pair.left, pair.right))


def _sums(vectors: Float32, labels: Int64) -> tuple[Float32, Int64]:
    classes = int(labels.max()) + 1 if len(labels) else 0
    sums = np.zeros((classes, vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    return sums, np.bincount(labels, minlength=classes).astype(np.int64)
