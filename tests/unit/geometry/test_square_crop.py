"""A face with its surroundings, cut out as a square."""

import cv2
import numpy as np
import pytest

from facewarden.geometry.square_crop import square_crop


def _ramp(height_px: int, width_px: int) -> np.ndarray:
    rows, columns = np.mgrid[:height_px, :width_px]
    return np.dstack([rows, columns, (rows + columns) % 256]).astype(np.uint8)


def test_inside_and_unscaled_it_is_a_slice() -> None:
    image = _ramp(100, 120)
    box = np.array([40, 30, 60, 50], np.float32)
    assert np.array_equal(square_crop(image, box, 2.0, 40), image[20:60, 30:70])


def test_the_longer_side_counts_and_the_centre_stays() -> None:
    image = _ramp(200, 200)
    crop = square_crop(image, np.array([90, 70, 110, 130], np.float32), 1.0, 60)
    assert np.array_equal(crop, image[70:130, 70:130])


@pytest.mark.parametrize(
    "box",
    [(-5, -5, 15, 15), (85, 60, 105, 80), (0, 0, 100, 80), (-300, -300, 400, 380)],
    ids=["corner", "right edge", "whole", "far beyond"],
)
def test_outside_is_mirrored_as_opencv_does(box: tuple[int, int, int, int]) -> None:
    image = _ramp(80, 100)
    side = max(box[2] - box[0], box[3] - box[1]) * 1.5
    left = round((box[0] + box[2] - round(side)) / 2)
    top = round((box[1] + box[3] - round(side)) / 2)
    rows = [cv2.borderInterpolate(top + i, 80, cv2.BORDER_REFLECT_101) for i in range(round(side))]
    columns = [
        cv2.borderInterpolate(left + i, 100, cv2.BORDER_REFLECT_101) for i in range(round(side))
    ]
    expected = image[np.array(rows)[:, None], np.array(columns)]
    got = square_crop(image, np.array(box, np.float32), 1.5, round(side))
    assert np.array_equal(got, expected)


def test_a_picture_of_one_pixel_and_a_flat_box() -> None:
    image = np.full((1, 1, 3), 7, np.uint8)
    assert (square_crop(image, np.zeros(4, np.float32), 1.5, 8) == 7).all()


def test_the_result_is_a_copy() -> None:
    image = _ramp(50, 50)
    crop = square_crop(image, np.array([10, 10, 20, 20], np.float32), 1.0, 10)
    crop[:] = 0
    assert image[12, 12].any()
