"""A Euclidean distance between unit vectors says the same as their cosine."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.data.distance import distance_from_similarity, similarity_from_distance
from facewarden.errors import DataError


@given(st.integers(0, 2**32 - 1), st.integers(2, 512))
def test_of_vectors(seed: int, size: int) -> None:
    one, other = np.random.default_rng(seed).standard_normal((2, size))
    one, other = one / np.linalg.norm(one), other / np.linalg.norm(other)
    distance = float(np.linalg.norm(one - other))
    assert similarity_from_distance(distance) == pytest.approx(float(one @ other), abs=1e-12)


@given(st.floats(0, 2), st.floats(0, 2))
def test_nearer_is_more_alike(one: float, other: float) -> None:
    if one < other:
        assert similarity_from_distance(one) >= similarity_from_distance(other)
    there_and_back = distance_from_similarity(similarity_from_distance(one))
    assert there_and_back == pytest.approx(one, abs=1e-7)


@pytest.mark.parametrize("distance", [-0.1, 2.001, math.inf, -math.inf, math.nan])
def test_refuses(distance: float) -> None:
    with pytest.raises(DataError, match="from 0 to 2"):
        similarity_from_distance(distance)
