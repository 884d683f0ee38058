import numpy as np
import pytest

from facewarden.geometry.letterbox import letterbox


@pytest.mark.parametrize(
    ("name", "height", "width", "size_px", "expected", "scale"),
    [
        ("landscape is scaled down", 1080, 1920, 640, (384, 640), (1 / 3, 1 / 3)),
        ("portrait is scaled down", 1920, 1080, 640, (640, 384), (1 / 3, 1 / 3)),
        ("a small one is only padded", 250, 250, 640, (256, 256), (1, 1)),
        ("one that fits stays", 384, 640, 640, (384, 640), (1, 1)),
        ("a pixel", 1, 1, 640, (32, 32), (1, 1)),
        ("a line keeps one pixel", 1, 6400, 640, (32, 640), (0.1, 1)),
    ],
)
def test_size(
    name: str,
    height: int,
    width: int,
    size_px: int,
    expected: tuple[int, int],
    scale: tuple[float, float],
) -> None:
    image = np.full((height, width, 3), 200, np.uint8)
    boxed = letterbox(image, size_px=size_px, multiple=32)
    assert boxed.image.shape == (*expected, 3)
    assert (boxed.scale_x, boxed.scale_y) == pytest.approx(scale)


def test_the_picture_is_in_the_corner_and_the_rest_is_black() -> None:
    boxed = letterbox(np.full((100, 50, 3), 200, np.uint8), size_px=640, multiple=32)
    assert (boxed.image[:100, :50] == 200).all()
    assert not boxed.image[100:].any()
    assert not boxed.image[:, 50:].any()
