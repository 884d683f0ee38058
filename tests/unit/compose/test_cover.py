"""What is drawn before a face is where its landmarks say."""

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.compose.cover import Cover, covered
from facewarden.data import Float32, Image

LANDMARKS = np.array([[80, 80], [120, 80], [100, 100], [85, 120], [115, 120]], np.float32)
EYES, NOSE, MOUTH = (80, 100), (100, 100), (120, 100)  # row, column


def face() -> Image:
    return np.full((200, 200, 3), (120, 150, 200), np.uint8)


def changed(cover: Cover, share: float, landmarks: Float32 = LANDMARKS) -> NDArray[np.bool_]:
    difference = np.abs(covered(face(), landmarks, cover, share).astype(int) - face())
    return np.asarray(difference.max(axis=2) > 5, np.bool_)


@pytest.mark.parametrize("cover", list(Cover))
def test_no_share_changes_nothing(cover: Cover) -> None:
    assert not changed(cover, 0).any()


def test_a_mask_covers_mouth_and_nose_and_leaves_the_eyes() -> None:
    drawn = changed(Cover.MASK, 1)
    assert drawn[MOUTH]
    assert drawn[105, 100]
    assert not drawn[EYES[0], 80]


def test_a_small_mask_leaves_the_mouth() -> None:
    drawn = changed(Cover.MASK, 0.25)
    assert drawn.any()
    assert not drawn[MOUTH]


def test_sunglasses_cover_the_eyes_and_leave_the_mouth() -> None:
    drawn = changed(Cover.SUNGLASSES, 1)
    assert drawn[80, 80]
    assert drawn[80, 120]
    assert not drawn[MOUTH]


@pytest.mark.parametrize("cover", [Cover.MASK, Cover.SUNGLASSES])
def test_more_share_covers_more(cover: Cover) -> None:
    areas = [changed(cover, share).sum() for share in (0.25, 0.5, 0.75, 1)]
    assert areas == sorted(areas)
    assert areas[0] < areas[-1]


def test_a_hand_comes_nearer_to_the_middle() -> None:
    def nearest(share: float) -> int:
        return int(np.abs(np.flatnonzero(changed(Cover.HAND, share).any(axis=0)) - 100).min())

    assert nearest(0.25) > nearest(0.5) >= nearest(1)


def test_it_turns_with_the_head() -> None:
    turned = np.column_stack([200 - LANDMARKS[:, 1], LANDMARKS[:, 0]]).astype(np.float32)
    upright = changed(Cover.MASK, 1).sum()
    assert changed(Cover.MASK, 1, turned).sum() == pytest.approx(upright, rel=0.1)
