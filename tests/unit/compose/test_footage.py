"""Footage is what its recipe says, and the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest

from facewarden.compose.footage import FootageRecipe, footage
from facewarden.data import Image

BOX = (70.0, 60.0, 130.0, 140.0)
RECIPE = FootageRecipe(frames=3)
GENTLE = replace(
    RECIPE, defocus=(0, 0), motion=(0, 0), light=(1, 1), tone=(1, 1), quality=(18, 18),
    roll_deg=0, turn=0, shade=0,
)  # fmt: skip


@pytest.fixture
def photo() -> Image:
    picture = np.full((200, 200, 3), 60, np.uint8)
    picture[60:140, 70:130] = (90, 140, 200)
    return picture


def test_it_has_the_frames_asked_for(photo: Image) -> None:
    frames = footage(photo, BOX, RECIPE, 1)
    assert len(frames) == 3
    assert {frame.shape for frame in frames} == {(240, 240, 3)}


def test_the_same_seed_gives_the_same_frames(photo: Image) -> None:
    for one, other in zip(
        footage(photo, BOX, RECIPE, 5), footage(photo, BOX, RECIPE, 5), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_another_seed_gives_others(photo: Image) -> None:
    assert not np.array_equal(footage(photo, BOX, RECIPE, 1)[0], footage(photo, BOX, RECIPE, 2)[0])


@pytest.mark.parametrize("height_px", [50, 80, 110])
def test_the_face_has_the_height_asked_for(photo: Image, height_px: int) -> None:
    frame = footage(photo, BOX, replace(GENTLE, face_px=(height_px, height_px)), 3)[1]
    middle = np.flatnonzero((frame[..., 2] > 130).sum(axis=1) > height_px * 0.3)
    assert np.ptp(middle) == pytest.approx(height_px, abs=0.2 * height_px + 3)


def test_frames_of_one_clip_differ(photo: Image) -> None:
    first, *_, last = footage(photo, BOX, GENTLE, 4)
    assert np.abs(first.astype(int) - last).mean() > 1


BLURRED = {
    "defocus": replace(GENTLE, defocus=(0.06, 0.06)),
    "motion": replace(GENTLE, motion=(0.3, 0.3)),
}


@pytest.mark.parametrize("name", BLURRED)
def test_blur_takes_edges_away(photo: Image, name: str) -> None:
    def steepest(recipe: FootageRecipe) -> float:
        frame = footage(photo, BOX, recipe, 3)[1].astype(np.float64)
        gradient = np.gradient(frame[..., 2])
        return float(np.hypot(*gradient).max())

    assert steepest(BLURRED[name]) < 0.8 * steepest(GENTLE)
