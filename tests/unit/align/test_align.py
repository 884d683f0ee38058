import numpy as np
import pytest

from facewarden.align.align import align
from facewarden.geometry.similarity import ARCFACE_112
from facewarden.models.phantom import draw_phantom

TEMPLATE = np.array(ARCFACE_112, np.float32)


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("shift", [0.0, 25.0])
def test_a_face_of_any_size_comes_out_the_same(scale: float, shift: float) -> None:
    # The drawn face's landmarks in units of half its height, to where they are in this picture.
    relative = np.array([(-0.3, -0.17), (0.3, -0.17), (0, 0.15), (-0.2, 0.5), (0.2, 0.5)])
    half, centre = 55.0 * scale, 150.0 * scale + shift
    side = int(2 * centre)
    picture = draw_phantom(side, side, ((centre, centre, half),))
    landmarks = (relative * half + centre).astype(np.float32)[None]
    standard = align(
        draw_phantom(300, 300, ((150, 150, 55),)),
        (relative * 55 + 150).astype(np.float32)[None],
    )
    crop = align(picture, landmarks)
    assert crop.shape == (1, 112, 112, 3)
    assert np.abs(crop.astype(float) - standard).mean() < 3


def test_beyond_the_edge_is_black() -> None:
    picture = np.full((112, 112, 3), 255, np.uint8)
    (crop,) = align(picture, (TEMPLATE - [60, 0]).astype(np.float32)[None])
    assert not crop[:, :58].any()
    assert (crop[:, 62:] == 255).all()


def test_no_face() -> None:
    empty = align(np.zeros((9, 9, 3), np.uint8), np.zeros((0, 5, 2), np.float32))
    assert empty.shape == (0, 112, 112, 3)
