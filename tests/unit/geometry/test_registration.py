"""Looks laid over each other: a picture that is carried about stands still, a face does not."""

import cv2
import numpy as np
import pytest

from facewarden.geometry.registration import registered

SIDE = 224


def _drawing(mouth_px: int = 12) -> np.ndarray:
    random = np.random.default_rng(3)
    rough = random.integers(60, 200, (28, 28, 3)).astype(np.uint8)
    picture = cv2.resize(rough, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    for x in (88, 136):
        cv2.ellipse(picture, (x, 92), (12, 7), 0, 0, 360, (30, 30, 30), -1)
    cv2.ellipse(picture, (112, 146), (22, mouth_px), 0, 0, 360, (40, 40, 120), -1)
    return picture


def _carried(picture: np.ndarray, degrees: float, scale: float, x: float, y: float) -> np.ndarray:
    motion = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, scale)
    motion[:, 2] += np.array([x, y])
    return cv2.warpAffine(picture, motion, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    inner = slice(60, 164)
    return float(np.abs(one[inner, inner].astype(float) - other[inner, inner]).mean())


@pytest.mark.parametrize(
    "motion",
    [(0, 1, 5, -3), (4, 1, 0, 0), (0, 1.06, 0, 0), (-3, 0.95, 4, 4)],
    ids=["shifted", "turned", "nearer", "all"],
)
def test_a_picture_that_is_carried_about_stands_still(
    motion: tuple[float, float, float, float],
) -> None:
    still = _drawing()
    moved = _carried(still, *motion)
    laid = registered(np.stack([moved, still, moved]))
    assert np.array_equal(laid[1], still)
    assert _apart(laid[0], still) < 0.25 * _apart(moved, still)
    assert np.array_equal(laid[0], laid[2])


def test_a_mouth_that_opens_still_does() -> None:
    still = _drawing()
    speaking = _carried(_drawing(mouth_px=24), 2, 1.02, 3, 2)
    carried = _carried(still, 2, 1.02, 3, 2)
    laid = registered(np.stack([speaking, still, carried]))
    assert _apart(laid[0], still) > 3 * _apart(laid[2], still)


def test_light_that_changes_does_not_matter() -> None:
    still = _drawing()
    darker = (_carried(still, 2, 1, 4, 0) * 0.6).astype(np.uint8)
    laid = registered(np.stack([darker, still]).astype(np.uint8)[::-1])
    brought = np.clip(laid[0].astype(float), 0, 255)
    assert brought.shape == (SIDE, SIDE, 3)
    turned = registered(np.stack([darker, still, darker]))
    assert _apart(turned[0] / 0.6, still) < 0.35 * _apart(darker / 0.6, still)


def test_what_has_nothing_in_common_stays_as_it_is() -> None:
    even = np.full((3, SIDE, SIDE, 3), 90, np.uint8)
    assert np.array_equal(registered(even), even)
