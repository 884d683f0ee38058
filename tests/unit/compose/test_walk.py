"""People cross the picture from outside to outside."""

from itertools import pairwise

import numpy as np
import pytest

from facewarden.compose.recipe import SceneRecipe
from facewarden.compose.walk import walks

RECIPE = SceneRecipe()


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_everybody_crosses_within_the_clip(count: int) -> None:
    for walk in walks(count, RECIPE, np.random.default_rng(3)):
        assert 0 <= walk.starts_s <= RECIPE.duration_s - RECIPE.crossing_s
        assert walk.at(walk.starts_s - 0.01) is None
        assert walk.at(walk.starts_s + walk.lasts_s + 0.01) is None
        for moment in (walk.starts_s, walk.starts_s + walk.lasts_s):
            pose = walk.at(moment)
            assert pose is not None
            assert not -pose.face_px / 2 < pose.x < RECIPE.width_px + pose.face_px / 2


def test_neighbours_in_time_go_against_each_other() -> None:
    planned = walks(5, RECIPE, np.random.default_rng(3))
    leftwards = [walk.from_x > walk.to_x for walk in planned]
    assert all(one != next_ for one, next_ in pairwise(leftwards))


def test_everybody_is_large_for_several_seconds() -> None:
    for walk in walks(4, RECIPE, np.random.default_rng(3)):
        poses = [walk.at(frame / 25) for frame in range(RECIPE.frames)]
        large = [
            pose
            for pose in poses
            if pose is not None and pose.face_px >= 100 and 0 < pose.x < RECIPE.width_px
        ]
        assert len(large) / 25 >= 3
