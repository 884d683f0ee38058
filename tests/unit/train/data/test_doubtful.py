"""What templates say against labels, on vectors whose answers are known."""

import numpy as np
import pytest

from facewarden.train.data.duplicates import copies, groups, near_pairs
from facewarden.train.data.label_noise import alike_classes, unlike_their_class


def toward(*axes: tuple[int, float]) -> list[float]:
    vector = np.zeros(6)
    for axis, weight in axes:
        vector[axis] = weight
    return list(vector / np.linalg.norm(vector))


PEOPLE = np.array(
    [
        toward((0, 1), (3, 0.1)), toward((0, 1), (4, 0.1)), toward((0, 1), (5, 0.1)),  # 0
        toward((1, 1), (3, 0.1)), toward((1, 1), (4, 0.1)), toward((0, 1), (1, 0.1)),  # 1, one of 0
        toward((2, 1), (3, 0.3)), toward((2, 1), (4, 0.3)),  # 2
        toward((2, 1), (5, 0.3)),  # 3, who is 2
    ],
    np.float32,
)  # fmt: skip
LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3], np.int64)


def test_a_picture_unlike_its_class() -> None:
    (found,) = unlike_their_class(PEOPLE, LABELS, 0.4)
    assert (found.row, found.other) == (5, 0)
    others = PEOPLE[[3, 4]]
    assert found.own == pytest.approx(float((others @ PEOPLE[5]).mean()), abs=1e-6)
    assert found.other_similarity == pytest.approx(float((PEOPLE[:3] @ PEOPLE[5]).mean()), abs=1e-6)


def test_of_a_class_of_two_both_are_doubtful() -> None:
    found = unlike_their_class(PEOPLE[[0, 3, 6]], np.array([0, 0, 1]), 0.4)
    assert sorted(one.row for one in found) == [0, 1]


def test_two_classes_that_are_one() -> None:
    (pair,) = alike_classes(PEOPLE, LABELS, 0.7)
    assert (pair.left, pair.right) == (2, 3)
    mean = PEOPLE[6] + PEOPLE[7]
    assert pair.similarity == pytest.approx(
        float(mean @ PEOPLE[8] / np.linalg.norm(mean)), abs=1e-6
    )


def test_near_pairs_are_of_one_person() -> None:
    vectors = np.array([toward((0, 1)), toward((0, 1)), toward((1, 1)), toward((0, 1))], np.float32)
    found = near_pairs(vectors, np.array([0, 0, 0, 1]), 0.9)
    assert [pair[:2] for pair in found] == [(0, 1)]
    assert found[0][2] == pytest.approx(1)


def test_copies() -> None:
    found = copies(["x", "y", "x", "", "", "y", "x"], ["a", "a", "a", "a", "a", "b", "a"])
    assert found.of_one == ((2, 0), (6, 0))
    assert found.of_two == ((1, 5),)


def test_groups_are_connected() -> None:
    assert groups(6, [(4, 1), (3, 4), (5, 2)]).tolist() == [0, 1, 2, 1, 1, 2]
