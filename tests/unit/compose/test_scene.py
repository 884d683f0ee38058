"""A composed scene is what its recipe and its truth say."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from facewarden.compose.cutout import Cutout
from facewarden.compose.recipe import SceneRecipe
from facewarden.compose.scene import Actor, compose
from facewarden.compose.truth import Truth
from facewarden.data import Image
from facewarden.errors import DataError

SMALL = SceneRecipe(
    duration_s=2.5,
    width_px=320,
    height_px=180,
    crossing_s=1.5,
    near_face_px=60,
    far_face_px=20,
    shutter_s=0.02,
)
COLOURS = ((20, 200, 20), (200, 20, 20), (20, 20, 200))


def painted(colour: tuple[int, int, int]) -> Actor:
    """Somebody whose face and clothes are one colour, before grey."""
    photo = np.full((260, 200, 3), 128, np.uint8)
    photo[30:200, 45:155] = colour
    photo[150:, 15:185] = colour
    return Actor(str(colour), Cutout.around(photo, (65.0, 50.0, 135.0, 150.0)))


@pytest.fixture(scope="module")
def people() -> list[Actor]:
    return [painted(colour) for colour in COLOURS]


@pytest.fixture(scope="module")
def composed(people: list[Actor], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    path = tmp_path_factory.mktemp("scene") / "scene.mp4"
    return path, compose(people, SMALL, path)


def pictures(path: Path) -> list[Image]:
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for frame in container.decode(video=0)
        ]


def test_the_clip_is_h264_of_the_recipes_size_and_length(composed: tuple[Path, Truth]) -> None:
    with av.open(str(composed[0])) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height) == (320, 180)
        assert stream.average_rate == 25
    assert len(pictures(composed[0])) == SMALL.frames == 62


def test_nothing_but_the_clip_is_left(composed: tuple[Path, Truth]) -> None:
    assert [path.name for path in composed[0].parent.iterdir()] == ["scene.mp4"]


def test_the_same_recipe_gives_the_same_bytes(
    composed: tuple[Path, Truth], people: list[Actor], tmp_path: Path
) -> None:
    path, truth = composed
    again = compose(people, SMALL, tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == path.read_bytes()
    np.testing.assert_array_equal(again.boxes, truth.boxes)


def test_another_seed_gives_another_scene(
    composed: tuple[Path, Truth], people: list[Actor], tmp_path: Path
) -> None:
    other = compose(people, replace(SMALL, seed=2), tmp_path / "other.mp4")
    assert not np.array_equal(other.boxes, composed[1].boxes)


def test_the_person_is_where_the_truth_says(composed: tuple[Path, Truth]) -> None:
    path, truth = composed
    frames = pictures(path)
    clear = np.flatnonzero(truth.visible > 0.99)
    assert set(truth.person[clear]) == {0, 1, 2}
    for row in clear:
        x1, y1, x2, y2 = truth.boxes[row]
        pixel = frames[truth.frame[row]][int((y1 + y2) / 2), int((x1 + x2) / 2)].astype(int)
        assert pixel.argmax() == np.argmax(COLOURS[truth.person[row]])


def test_faces_grow_shrink_leave_and_cover_each_other(composed: tuple[Path, Truth]) -> None:
    truth = composed[1]
    height = truth.boxes[:, 3] - truth.boxes[:, 1]
    assert height.min() >= SMALL.far_face_px
    assert height.max() <= SMALL.near_face_px * 1.05  # the box around a slightly turned one
    changes = {
        bool(height[truth.person == person][-1] > height[truth.person == person][0])
        for person in range(3)
    }
    assert changes == {True, False}
    assert ((truth.visible > 0) & (truth.visible <= 1)).all()
    width = truth.boxes[:, 2]
    inside = (truth.boxes[:, 0] > 1) & (width < SMALL.width_px - 1)
    assert (truth.visible[inside] < 0.9).any(), "nobody passed in front of anybody"


def test_the_truth_can_be_written_and_read(composed: tuple[Path, Truth], tmp_path: Path) -> None:
    truth = composed[1]
    truth.write(tmp_path / "truth.json")
    again = Truth.read(tmp_path / "truth.json")
    assert (again.recipe, again.people) == (truth.recipe, truth.people)
    np.testing.assert_array_equal(again.frame, truth.frame)
    np.testing.assert_allclose(again.boxes, truth.boxes, atol=0.051)
    np.testing.assert_allclose(again.visible, truth.visible, atol=0.00051)


def test_a_scene_without_actors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least one actor"):
        compose([], SMALL, tmp_path / "none.mp4")


REFUSED: dict[str, dict[str, float]] = {
    "shorter than one crossing": {"duration_s": 1.0},
    "an odd width": {"width_px": 321},
    "a far end nearer than the near one": {"far_face_px": 100},
    "faces larger than the cut-outs": {"near_face_px": 300},
    "exposure longer than a frame": {"shutter_s": 0.1},
    "no light at all": {"swing": 1.0},
}


@pytest.mark.parametrize("case", REFUSED)
def test_recipes_that_give_no_scene(case: str) -> None:
    (name,) = REFUSED[case]
    with pytest.raises(DataError, match=name):
        replace(SMALL, **REFUSED[case])  # type: ignore[arg-type]
