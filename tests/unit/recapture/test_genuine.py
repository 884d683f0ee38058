from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facewarden.compose.h264 import write
from facewarden.data import Image
from facewarden.detect.yunet import YuNet
from facewarden.errors import InputError
from facewarden.recapture.film import film
from facewarden.recapture.genuine import Genuine, everybody, one_person, video_frames

pytestmark = [pytest.mark.shared, pytest.mark.models]


def person_d0(shared: Path) -> Path:
    return shared / "data" / "videos" / "person_d0.mp4"


def crowd(shared: Path) -> Path:
    return shared / "data" / "videos" / "street_crowd_1080p.mp4"


@pytest.fixture(scope="module")
def somebody(shared: Path, detector: YuNet) -> Genuine:
    return one_person(person_d0(shared), detector, least_s=2.0)


def test_the_person_of_a_clip_is_found_in_all_of_it(somebody: Genuine) -> None:
    assert somebody.subject == "person_d0"
    assert not somebody.crowd
    assert somebody.face_px == pytest.approx(318, abs=12)
    first, last = somebody.span_s
    assert first == 0
    assert last == pytest.approx(3.1, abs=0.15)


def test_black_bars_are_not_part_of_a_picture(somebody: Genuine) -> None:
    """The clip has some black rows at its lower edge; they would go on below the body."""
    left, top, right, bottom = somebody.frame
    assert (left, top, right) == (0, 0, 512)
    assert 470 < bottom < 511


def test_a_film_shows_the_face_where_it_says(somebody: Genuine, detector: YuNet) -> None:
    for mirrored in (False, True):
        shown = film(
            somebody,
            start_s=0.5,
            duration_s=0.4,
            fps=10,
            face_px=120.0,
            extent=(1.5, 1.2, 1.0, 1.4),
            mirrored=mirrored,
            around=None,
        )
        assert len(shown.frames) == 4
        frame = shown.frames[1]
        faces = detector.detect(frame, size_px=640, min_confidence=0.6)
        assert len(faces) == 1
        box = faces.boxes[0]
        assert faces.height_px[0] == pytest.approx(shown.face_px, rel=0.08)
        assert (box[:2] + box[2:]) / 2 == pytest.approx(shown.centre, abs=8)
        assert faces.landmarks[0] == pytest.approx(shown.landmarks[1], abs=5)
        # What was asked for is there; a mirrored picture has it on the other side.
        left, right = (1.0, 1.5) if mirrored else (1.5, 1.0)
        assert shown.centre[0] >= min(left, right) * shown.face_px
        assert frame.shape[1] - shown.centre[0] >= min(left, right) * shown.face_px


def test_somebody_before_a_plain_wall_may_stand_elsewhere(somebody: Genuine) -> None:
    pink = np.full((320, 320, 3), (200, 60, 220), np.uint8)
    asked = {
        "start_s": 0.0,
        "duration_s": 0.2,
        "fps": 10,
        "face_px": 100.0,
        "extent": (1.0, 1.0, 1.0, 1.0),
        "mirrored": False,
    }
    here = film(somebody, around=None, **asked).frames[0]  # type: ignore[arg-type]
    there = film(somebody, around=pink, **asked).frames[0]  # type: ignore[arg-type]
    x = y = 101
    face = slice(y - 30, y + 40), slice(x - 25, x + 25)
    assert np.abs(here[face].astype(int) - there[face]).max() < 4
    assert (there[:15, :30] == pink[0, 0]).all()


def test_people_of_a_crowd_are_told_apart(shared: Path, detector: YuNet) -> None:
    people = everybody(crowd(shared), detector, least_s=2.0)
    assert len({person.subject for person in people}) == len(people) >= 2
    assert all(person.crowd and person.face_px >= 60 for person in people)
    one, other = people[0].at(1.0)[0], people[1].at(1.0)[0]
    assert abs(one[0] - other[0]) > 30


def test_two_people_where_one_is_expected_are_said_by_name(shared: Path, detector: YuNet) -> None:
    with pytest.raises(InputError, match=r"street_crowd_1080p.mp4: two people are in view"):
        one_person(crowd(shared), detector, least_s=2.0)


def test_a_clip_that_is_too_short_says_how_long_it_is(shared: Path, detector: YuNet) -> None:
    with pytest.raises(InputError, match=r"too short: expected a face for 10 s, found 3\.\d s"):
        one_person(person_d0(shared), detector, least_s=10.0)


def _blank(folder: Path) -> Path:
    """A clip with nobody in it."""
    file = folder / "blank.mp4"
    frames: list[Image] = [np.full((96, 96, 3), 90 + n, np.uint8) for n in range(5)]
    write(frames, file, size=(96, 96), fps=10, quality=20)
    return file


def _words(folder: Path) -> Path:
    file = folder / "words.mp4"
    file.write_text("this is no video")
    return file


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (_blank, "no face was found"),
        (_words, "cannot be read as a video"),
        (lambda folder: folder / "none.mp4", "cannot be read as a video"),
    ],
    ids=["nobody", "not a video", "not there"],
)
def test_a_clip_that_cannot_be_used_is_said_in_one_line(
    made: Callable[[Path], Path], says: str, tmp_path: Path, detector: YuNet
) -> None:
    file = made(tmp_path)
    with pytest.raises(InputError, match=says) as refused:
        one_person(file, detector, least_s=0.2)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_frames_are_read_from_shortly_before_a_moment_on(shared: Path) -> None:
    times = [at for at, _, _ in video_frames(person_d0(shared), 1.0)]
    assert times[0] <= 1.0
    assert times == sorted(times)
    assert times[-1] == pytest.approx(3.08, abs=0.05)
