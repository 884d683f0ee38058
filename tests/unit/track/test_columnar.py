"""Following faces through synthetic scenes whose truth is known."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.data import UNTRACKED, Faces
from facewarden.track.columnar import ColumnarTracker

START = datetime(2026, 11, 22, tzinfo=UTC)
HEIGHT_PX = 60.0


def faces(
    centres: Sequence[Sequence[float]],
    *,
    height_px: float | NDArray[np.float64] = HEIGHT_PX,
    confidence: float = 0.9,
) -> Faces:
    middle = np.array(centres, np.float64).reshape(-1, 2)
    tall = np.broadcast_to(height_px, len(middle))
    half = np.stack([0.4 * tall, 0.5 * tall], axis=1)
    boxes = np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)
    n = len(boxes)
    return Faces.of(boxes, np.full(n, confidence, np.float32), np.zeros((n, 5, 2), np.float32))


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_ids_start_at_one_and_belong_to_one_tracker() -> None:
    for _ in range(2):
        found = ColumnarTracker().update(faces([(100, 100), (300, 100)]), START)
        assert found.track_id.tolist() == [1, 2]


def test_empty_pictures() -> None:
    tracker = ColumnarTracker()
    assert len(tracker.update(Faces.empty(), START)) == 0
    assert len(tracker.ended()) == 0
    ids, boxes = tracker.active()
    assert ids.shape == (0,)
    assert boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("fps", "heights_per_s"),
    [(2, 0), (2, 3), (5, 0), (5, 1), (5, 3), (5, 6), (12.5, 6), (12.5, 12), (30, 6), (30, 12)],
)
def test_a_walker_keeps_one_id(fps: float, heights_per_s: float) -> None:
    random = np.random.default_rng(1)
    tracker = ColumnarTracker()
    seen = set()
    for step in range(int(3 * fps)):
        x = 100 + step / fps * heights_per_s * HEIGHT_PX
        jitter = random.normal(0, 0.02 * HEIGHT_PX, 2)
        found = tracker.update(faces([(x + jitter[0], 300 + jitter[1])]), after(step / fps))
        seen.update(found.track_id.tolist())
    assert seen == {1}


@pytest.mark.parametrize("fps", [5, 12.5, 25])
@pytest.mark.parametrize("gap_px", [0, 20, 60])
def test_people_who_cross_keep_their_ids(fps: float, gap_px: float) -> None:
    random = np.random.default_rng(2)
    tracker = ColumnarTracker()
    ids = []
    for step in range(int(4 * fps)):
        x = 60 + 150 * step / fps
        centres = np.array([(x, 300), (720 - x, 300 + gap_px)]) + random.normal(0, 1, (2, 2))
        order = random.permutation(2)
        found = tracker.update(faces(centres[order].tolist()), after(step / fps))
        apart = np.hypot(*(centres[0] - centres[1]))
        if apart > 0.2 * HEIGHT_PX:  # where they coincide, nobody could say who is who
            ids.append(found.track_id[np.argsort(order)].tolist())
    assert ids == [ids[0]] * len(ids)


@pytest.mark.parametrize("fps", [5, 25])
def test_a_second_behind_a_pillar(fps: int) -> None:
    tracker = ColumnarTracker()
    seen = set()
    for step in range(4 * fps):
        second = step / fps
        hidden = 1.5 <= second < 2.5
        visible = faces([] if hidden else [(100 + 100 * second, 300)])
        seen.update(tracker.update(visible, after(second)).track_id.tolist())
        assert tracker.active()[0].tolist() == [1]
    assert seen == {1}
    assert len(tracker.ended()) == 0


def test_leaving_and_entering() -> None:
    tracker = ColumnarTracker(patience_s=1.0)
    tracker.update(faces([(100, 100)]), START)
    tracker.update(Faces.empty(), after(0.5))
    assert tracker.active()[0].tolist() == [1]
    assert tracker.ended().tolist() == []
    tracker.update(Faces.empty(), after(1.5))
    assert tracker.active()[0].tolist() == []
    assert tracker.ended().tolist() == [1]
    assert tracker.ended().tolist() == []
    assert tracker.update(faces([(100, 100)]), after(1.6)).track_id.tolist() == [2]


def test_another_person_far_away_is_another_track() -> None:
    tracker = ColumnarTracker()
    tracker.update(faces([(100, 100)]), START)
    assert tracker.update(faces([(400, 100)]), after(0.2)).track_id.tolist() == [2]


def test_another_size_is_another_person() -> None:
    tracker = ColumnarTracker()
    tracker.update(faces([(100, 100)]), START)
    assert tracker.update(faces([(100, 100)], height_px=180), after(0.2)).track_id.tolist() == [2]


def test_somebody_who_comes_closer() -> None:
    tracker = ColumnarTracker()
    seen = set()
    for step in range(25):
        found = faces([(500, 300 + 4 * step)], height_px=30 * 1.1**step)
        seen.update(tracker.update(found, after(0.2 * step)).track_id.tolist())
    assert seen == {1}


def test_doubtful_faces_continue_a_track_and_start_none() -> None:
    tracker = ColumnarTracker(start_confidence=0.6)
    doubtful = faces([(100, 100)], confidence=0.4)
    assert tracker.update(doubtful, START).track_id.tolist() == [UNTRACKED]
    assert tracker.update(faces([(100, 100)]), after(0.2)).track_id.tolist() == [1]
    assert tracker.update(doubtful, after(0.4)).track_id.tolist() == [1]
    aside = faces([(190, 100)], confidence=0.4)
    assert tracker.update(aside, after(0.6)).track_id.tolist() == [UNTRACKED]


def test_a_confident_face_chooses_before_a_doubtful_one() -> None:
    tracker = ColumnarTracker()
    tracker.update(faces([(100, 100)]), START)
    both = faces([(102, 100), (112, 100)])
    rated = Faces.of(both.boxes, np.array([0.4, 0.9], np.float32), both.landmarks)
    assert tracker.update(rated, after(0.2)).track_id.tolist() == [UNTRACKED, 1]


@pytest.mark.parametrize(
    ("jump_s", "expected"),
    [
        pytest.param(0.0, 1, id="time stands still"),
        pytest.param(-0.1, 1, id="a step back"),
        pytest.param(-3600.0, 1, id="an hour back"),
        pytest.param(3600.0, 2, id="an hour forward"),
    ],
)
def test_a_clock_that_jumps(jump_s: float, expected: int) -> None:
    tracker = ColumnarTracker()
    for step in range(5):
        tracker.update(faces([(100 + 5 * step, 100)]), after(0.2 * step))
    for step in range(5):
        moved = faces([(125 + 5 * step, 100)])
        found = tracker.update(moved, after(0.8 + jump_s + 0.2 * step))
        assert found.track_id.tolist() == [expected]
    assert tracker.ended().tolist() == ([1] if expected == 2 else [])
    assert np.isfinite(tracker.active()[1]).all()


def test_boxes_without_size_do_no_harm() -> None:
    tracker = ColumnarTracker()
    for step in range(3):
        tracker.update(faces([(100, 100)], height_px=0), after(0.2 * step))
    assert tracker.active()[0].tolist() == [1]


def test_expected_boxes_move_while_hidden() -> None:
    tracker = ColumnarTracker()
    for step in range(10):
        tracker.update(faces([(100 + 20 * step, 100)]), after(0.1 * step))
    tracker.update(Faces.empty(), after(1.4))
    _, boxes = tracker.active()
    assert (boxes[0, 0] + boxes[0, 2]) / 2 == pytest.approx(380, abs=10)


def test_a_crowd_in_which_nobody_is_mixed_up() -> None:
    random = np.random.default_rng(3)
    centres = np.stack(np.meshgrid(np.arange(5) * 240 + 100, np.arange(4) * 200 + 100), 2)
    centres = centres.reshape(-1, 2).astype(np.float64)
    speed = random.uniform(-60, 60, (20, 2))
    tracker = ColumnarTracker()
    for step in range(10):
        now = centres + speed * 0.2 * step
        order = random.permutation(20)
        found = tracker.update(faces(now[order].tolist()), after(0.2 * step))
        if step == 0:
            names = found.track_id[np.argsort(order)]
        np.testing.assert_array_equal(found.track_id[np.argsort(order)], names)
