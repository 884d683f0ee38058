import numpy as np
import pytest

from facewarden.geometry.crop import crops

PICTURE = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)


def of(*box: float, side_px: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    (tile,) = crops(PICTURE, np.array([box], np.float32), side_px)
    return np.asarray(tile)


def test_pixels_as_they_are() -> None:
    np.testing.assert_array_equal(of(5, 7, 15, 17, side_px=10), PICTURE[7:17, 5:15])


def test_rounded_down() -> None:
    np.testing.assert_array_equal(of(5.9, 7.9, 15.9, 17.9, side_px=10), PICTURE[7:17, 5:15])


def test_made_smaller_each_pixel_is_a_mean() -> None:
    expected = PICTURE[:20, :20].reshape(10, 2, 10, 2, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(of(0, 0, 20, 20, side_px=10) - expected).max() <= 1


def test_what_lies_in_the_picture_fills_the_tile() -> None:
    np.testing.assert_array_equal(of(-10, -10, 10, 10, side_px=10), PICTURE[:10, :10])


@pytest.mark.parametrize(
    "box", [(70, 5, 90, 25), (-30, 0, -1, 20), (5, 5, 5, 20), (9, 9, 3, 3), (5, -1e30, 9, 0.5)]
)
def test_outside_is_black(box: tuple[float, float, float, float]) -> None:
    assert not of(*box, side_px=12).any()


def test_none() -> None:
    assert crops(PICTURE, np.zeros((0, 4), np.float32), 24).shape == (0, 24, 24, 3)
