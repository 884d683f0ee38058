"""What holds for every set of landmarks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facewarden.data import Float32
from facewarden.geometry.similarity import ARCFACE_112, similarity_transform
from reference import similarity as slow

TEMPLATE = np.array(ARCFACE_112, np.float32)
angles = st.floats(-np.pi, np.pi)
scales = st.floats(0.05, 20)
shifts = st.floats(-4000, 4000)
seeds = st.integers(0, 2**32 - 1)


def moved(points: Float32, angle: float, scale: float, x: float, y: float) -> Float32:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points @ turn.T + [x, y]).astype(np.float32)


@given(angles, scales, shifts, shifts)
def test_any_similar_face_lands_on_the_template(
    angle: float, scale: float, x: float, y: float
) -> None:
    points = moved(TEMPLATE, angle, scale, x, y)
    (transform,) = similarity_transform(points[None], TEMPLATE)
    landed = points.astype(np.float64) @ transform[:, :2].T + transform[:, 2]
    # float32 coordinates of 4000 px are exact to 2.4e-4, and a small face is enlarged 20 times.
    assert np.abs(landed - TEMPLATE).max() < 0.02


@given(seeds, st.integers(0, 6))
def test_agrees_with_umeyama_by_singular_values(seed: int, n: int) -> None:
    points = np.random.default_rng(seed).uniform(0, 500, (n, 5, 2)).astype(np.float32)
    fast = similarity_transform(points, TEMPLATE)
    assert fast.shape == (n, 2, 3)
    for one, transform in zip(points, fast, strict=True):
        expected = slow.similarity_transform(one.astype(np.float64), TEMPLATE.astype(np.float64))
        np.testing.assert_allclose(transform, expected, atol=2e-4, rtol=1e-5)


@given(seeds)
def test_never_mirrors(seed: int) -> None:
    points = np.random.default_rng(seed).uniform(0, 500, (1, 5, 2)).astype(np.float32)
    (transform,) = similarity_transform(points, TEMPLATE)
    assert np.linalg.det(transform[:, :2].astype(np.float64)) >= 0
