"""Angles of heads that were turned on purpose."""

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.assess.pose import angles_deg
from facewarden.geometry.similarity import ARCFACE_112

FRONTAL = np.array(ARCFACE_112, np.float64)


def turned(yaw_deg: float = 0, pitch_deg: float = 0, roll_deg: float = 0) -> NDArray[np.float32]:
    """Turn the template as a solid whose nose stands out by 0.6 distances of the eyes."""
    depth = np.array([0, 0, 0.6 * 35.2, 0, 0])
    solid = np.column_stack([FRONTAL - FRONTAL[:2].mean(axis=0), depth])
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    about_z = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    moved = solid @ (np.array(about_z) @ np.array(about_y) @ np.array(about_x)).T
    result: NDArray[np.float32] = moved[:, :2].astype(np.float32)
    return result


@pytest.mark.parametrize(
    "angles",
    [(0, 0, 0), (20, 0, 0), (-45, 0, 0), (60, 0, 0), (0, 15, 0), (0, -30, 0), (0, 0, 40),
     (30, 0, -25), (-25, 15, 10)],
)  # fmt: skip
def test_angles(angles: tuple[float, float, float]) -> None:
    found = angles_deg(turned(*angles)[None])[0]
    np.testing.assert_allclose(found, angles, atol=10 if all(angles) else 2.5)


def test_size_and_place_do_not_matter() -> None:
    one = turned(25, 10, 5)
    both = np.stack([one, one * 3 + 100]).astype(np.float32)
    found = angles_deg(both)
    np.testing.assert_allclose(found[0], found[1], atol=1e-3)


def test_nobody() -> None:
    assert angles_deg(np.zeros((0, 5, 2), np.float32)).shape == (0, 3)
