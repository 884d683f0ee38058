"""Heads on points whose groups are known, and that they ask nothing of a test."""

import numpy as np
import pytest

from facewarden.data import Float32, Int64
from facewarden.errors import ConfigError
from facewarden.train.classify.catalogue import HEADS, heads, words
from facewarden.train.classify.k_means import KMeansVote
from facewarden.train.classify.k_nearest import KNearest
from facewarden.train.classify.nearest_prototype import NearestPrototype

EACH = [pytest.param(head, id=f"{name} {words(head)}") for name in HEADS for head in heads(name)]


def people(
    count: int, pictures: int, *, spread: float, seed: int = 0, size: int = 32
) -> tuple[Float32, Int64]:
    """Unit vectors about the directions of `count` people; the people do not change."""
    centres = np.random.default_rng(7).standard_normal((count, size))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    labels = np.repeat(np.arange(count), pictures)
    noise = np.random.default_rng(seed).standard_normal((len(labels), size)) * spread
    vectors = centres[labels] + noise / np.sqrt(size)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), 10 * labels  # labels need not be 0 to n - 1


@pytest.mark.parametrize("head", EACH)
def test_people_who_hold_apart_are_named(head: object) -> None:
    vectors, labels = people(8, 12, spread=0.5)
    probes, truth = people(8, 5, spread=0.5, seed=1)
    predict = head.fit(vectors, labels)  # type: ignore[attr-defined]
    named = predict(probes)
    assert named.dtype == np.int64
    assert (named == truth).all()
    again = head.fit(vectors, labels)  # type: ignore[attr-defined]
    assert (again(probes) == named).all(), "the same fit again"
    assert predict(probes[:1]).tolist() == named[:1].tolist(), "a probe does not depend on others"


@pytest.mark.parametrize("head", EACH)
def test_one_picture_a_person_is_enough(head: object) -> None:
    vectors, labels = people(6, 1, spread=0.3)
    assert (head.fit(vectors, labels)(vectors) == labels).all()  # type: ignore[attr-defined]


def test_prototypes_by_hand() -> None:
    vectors, labels = people(5, 7, spread=1.5)
    probes, _ = people(5, 20, spread=1.5, seed=3)
    means = {one: vectors[labels == one].mean(axis=0) for one in np.unique(labels).tolist()}
    slow = [
        max(means, key=lambda one: float(probe @ means[one] / np.linalg.norm(means[one])))
        for probe in probes
    ]
    assert NearestPrototype().fit(vectors, labels)(probes).tolist() == slow


def test_neighbours_vote_with_their_similarity() -> None:
    axes = np.eye(3, dtype=np.float32)
    near, far = axes[0], (axes[0] + 3 * axes[1]) / np.sqrt(10)
    predict = KNearest(3).fit(np.stack([near, far, far]).astype(np.float32), np.array([1, 2, 2]))
    # 1 has similarity 1; both of 2 have 0.316, together less.
    assert predict(axes[:1]).tolist() == [1]


def test_k_means_does_not_see_names() -> None:
    """Two people in one heap: one wins the cluster, the other is never named."""
    vectors, labels = people(3, 10, spread=0.1)
    vectors[labels == 20] = vectors[labels == 10]
    named = KMeansVote(1).fit(vectors, labels)(vectors)
    assert not {10, 20} <= set(named.tolist())


def test_an_unknown_head_is_named() -> None:
    with pytest.raises(ConfigError, match="expected prototype, knn, svm, kmeans, softmax"):
        heads("forest")
