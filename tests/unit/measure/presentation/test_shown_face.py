"""The face of a clip: followed where it is one, named where it is not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.data import Image
from facewarden.detect.yunet import YuNet
from facewarden.errors import SourceFailed
from facewarden.geometry.square_crop import square_crop
from facewarden.measure.presentation.shown_face import FaceFollower
from phantom_clips import HEIGHT, WIDTH, held, living, nobody, person, two_people, write_video


@pytest.fixture(scope="module")
def follower(detector: YuNet) -> FaceFollower:
    return FaceFollower(detector, seconds=1.0)


def test_a_video_is_followed_at_its_rate(follower: FaceFollower, tmp_path: Path) -> None:
    shown = follower.follow(write_video(tmp_path / "a.mp4", living(1, 40)))
    assert (shown.looked_at, len(shown), shown.crowded) == (13, 13, 0)
    assert np.allclose(np.diff(shown.at_s), 0.08, atol=1e-3)
    heights = shown.boxes[:, 3] - shown.boxes[:, 1]
    assert ((heights > 50) & (heights < 110)).all()


@pytest.mark.parametrize(("frames", "seen"), [(1, 1), (10, 5), (60, 13)])
def test_the_first_frames_only(
    follower: FaceFollower, tmp_path: Path, frames: int, seen: int
) -> None:
    video = write_video(tmp_path / "a.mp4", living(1, 40))
    assert follower.follow(video, most_frames=frames).looked_at == seen


def test_pictures_of_different_sizes_are_one_clip(follower: FaceFollower, tmp_path: Path) -> None:
    for number, scale in enumerate((1.0, 1.5, 0.9, 2.0)):
        size = round(WIDTH * scale), round(HEIGHT * scale)
        cv2.imwrite(str(tmp_path / f"{number}.png"), cv2.resize(person(2), size))
    shown = follower.follow(tmp_path)
    assert len(shown) == 4
    assert len({picture.shape for picture in shown.pictures}) > 1
    assert [round(at, 3) for at in shown.at_s.tolist()] == [0, 0.2, 0.4, 0.6]
    assert shown.square(3, 2.0, 64).shape == (64, 64, 3)


def test_what_is_kept_of_a_picture_gives_the_crop_of_the_whole(
    detector: YuNet, tmp_path: Path
) -> None:
    """Also where the crop reaches over the picture's edge and is mirrored there."""
    wide: Image = np.random.default_rng(0).integers(90, 160, (700, 900, 3), np.uint8)
    wide[20 : 20 + HEIGHT, 5 : 5 + WIDTH] = person(3)
    cv2.imwrite(str(tmp_path / "0.png"), wide)
    shown = FaceFollower(detector).follow(tmp_path)
    assert shown.pictures[0].size < wide.size
    box = shown.boxes[0] + np.tile(shown.places[0], 2)
    for factor in (1.1, 2.0, 4.0):
        assert np.array_equal(shown.square(0, factor, 96), square_crop(wide, box, factor, 96))


def test_a_second_face_is_counted_and_the_larger_followed(
    follower: FaceFollower, tmp_path: Path
) -> None:
    shown = follower.follow(write_video(tmp_path / "two.mp4", two_people(20)))
    assert shown.crowded == len(shown) > 0
    assert (shown.boxes[:, 0] + shown.places[:, 0] < 150).all()


def test_a_face_that_leaves_the_picture_is_followed_while_it_is_there(
    follower: FaceFollower, tmp_path: Path
) -> None:
    pictures = [*held(1, 10), *nobody(20)]
    shown = follower.follow(write_video(tmp_path / "away.mp4", iter(pictures)))
    assert 0 < len(shown) < shown.looked_at == 13


def test_a_clip_without_a_face_is_no_error(follower: FaceFollower, tmp_path: Path) -> None:
    shown = follower.follow(write_video(tmp_path / "wall.mp4", nobody(20)))
    assert (len(shown), shown.looked_at) == (0, 10)
    assert shown.boxes.shape == (0, 4)


def test_what_is_no_video_is_refused(follower: FaceFollower, tmp_path: Path) -> None:
    (tmp_path / "torn.mp4").write_bytes(b"no video at all")
    with pytest.raises(SourceFailed):
        follower.follow(tmp_path / "torn.mp4")
    with pytest.raises(SourceFailed):
        follower.follow(tmp_path / "torn.mp4", most_frames=60)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceFailed, match="no pictures"):
        follower.follow(tmp_path / "empty")
