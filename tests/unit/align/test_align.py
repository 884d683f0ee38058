import cv2
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


@pytest.mark.parametrize("shrink", [2, 3, 5])
def test_a_large_face_is_averaged_not_sampled(shrink: int) -> None:
    """Grain that no eye would see in a large portrait must not fill the small crop."""
    small = draw_phantom(200, 200, ((100, 100, 60),))
    relative = np.array([(-0.3, -0.17), (0.3, -0.17), (0, 0.15), (-0.2, 0.5), (0.2, 0.5)])
    landmarks = (relative * 60 + 100).astype(np.float32)
    scale = shrink * 112 / 100
    large = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(shrink)
    grain = 30 * rng.standard_normal(large.shape)
    grainy = np.clip(large + grain, 0, 255).astype(np.uint8)
    (clean,) = align(small, landmarks[None])
    (crop,) = align(grainy, ((landmarks + 0.5) * scale - 0.5).astype(np.float32)[None])
    noise = np.abs(crop.astype(float) - clean).mean()
    assert noise < 30 / shrink


@pytest.mark.parametrize("x", [-3000.0, -900.0, 900.0, 3000.0])
def test_a_large_face_over_the_edge(x: float) -> None:
    picture = np.full((1000, 1000, 3), 255, np.uint8)
    (crop,) = align(picture, (TEMPLATE * 8 + [x, 0]).astype(np.float32)[None])
    inside = np.clip(np.array([-x, 1000 - x]) / 8, 0, 112).round().astype(int)
    assert (crop[2:110, inside[0] + 2 : max(0, inside[1] - 2)] == 255).all()
    assert not crop[:, : max(0, inside[0] - 2)].any()
    assert not crop[:, inside[1] + 2 :].any()
