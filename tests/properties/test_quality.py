"""What holds for the quality of every look."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from facewarden.assess.quality import Quality, sharpness
from facewarden.data import Faces
from facewarden.geometry.similarity import ARCFACE_112


def looks(heights_px: list[float]) -> Faces:
    n = len(heights_px)
    boxes = np.zeros((n, 4), np.float32)
    boxes[:, 2] = boxes[:, 3] = heights_px
    landmarks = np.repeat(np.array(ARCFACE_112, np.float32)[None], n, axis=0)
    return Faces.of(boxes, np.ones(n, np.float32), landmarks)


def picture(seed: int, grain: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).uniform(20, 235, (grain, grain)).astype(np.float32)
    return cv2.resize(noise, (112, 112), interpolation=cv2.INTER_LINEAR)[None].astype(np.float32)


seeds, grains = st.integers(0, 10_000), st.integers(4, 112)


@given(seeds, grains, st.floats(1.0, 4.0), st.floats(1.2, 3.0))
def test_more_blur_is_never_sharper(seed: int, grain: int, sigma: float, more: float) -> None:
    sharp = picture(seed, grain)
    little, much = (cv2.GaussianBlur(sharp[0], (0, 0), s)[None] for s in (sigma, sigma * more))
    found = [float(sharpness(grey.astype(np.float32))[0]) for grey in (sharp, little, much)]
    # The border of the face may let a little detail in or out: two in a hundred at most.
    assert found[1] <= found[0] * 1.02
    assert found[2] <= found[1] * 1.02


@given(seeds, grains, st.floats(0.3, 1.0), st.floats(-15, 15))
def test_contrast_and_brightness_do_not_change_sharpness(
    seed: int, grain: int, gain: float, shift: float
) -> None:
    grey = picture(seed, grain)
    np.testing.assert_allclose(sharpness(grey * gain + shift), sharpness(grey), rtol=1e-2)


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=6), seeds)
def test_larger_is_never_worse(heights: list[float], seed: int) -> None:
    heights.sort()
    crops = np.repeat(picture(seed, 56).astype(np.uint8)[..., None], 3, axis=3)
    found = Quality().assess(np.repeat(crops, len(heights), axis=0), looks(heights))
    assert (np.diff(found.size) >= 0).all()
    assert (np.diff(found.quality) >= 0).all()


@given(seeds)
def test_any_crop_is_rated_between_0_and_1(seed: int) -> None:
    random = np.random.default_rng(seed)
    crops = random.integers(0, 256, (3, 112, 112, 3)).astype(np.uint8)
    crops[1] = random.integers(0, 256)
    found = Quality().assess(crops, looks([30.0, 60.0, 90.0]))
    assert ((found.quality >= 0) & (found.quality <= 1)).all()
