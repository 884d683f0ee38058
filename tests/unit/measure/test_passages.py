"""Tracks go to the people who made them, whatever the watch took them for."""

import numpy as np
import pytest

from facewarden.evaluate.watch import Passage, Watched
from facewarden.measure.passages import joined
from facewarden.measure.truth import ClipTruth
from facewarden.measure.watching import Naming, SeenFaces, TrackStory, WatchedClip

Box = tuple[float, ...]
LEFT: Box = (0.0, 0.0, 50.0, 60.0)
RIGHT: Box = (200.0, 0.0, 250.0, 60.0)
FAR: Box = (600.0, 600.0, 650.0, 660.0)
NOWHERE: Box = (float("nan"),) * 4
Row = tuple[str, int, float, float, Box]


def truth(*rows: Row, visible: float = 1.0) -> ClipTruth:
    people = tuple(sorted({row[0] for row in rows}))
    return ClipTruth(
        people,
        np.array([people.index(row[0]) for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.float64),
        np.array([row[4] for row in rows], np.float32).reshape(-1, 4),
        np.full(len(rows), visible, np.float32),
    )


def seen(tracks: dict[int, TrackStory], *frames: tuple[float, dict[int, Box]]) -> WatchedClip:
    return WatchedClip(
        tuple(
            SeenFaces(at, tuple(faces), np.array(list(faces.values()), np.float32).reshape(-1, 4))
            for at, faces in frames
        ),
        tracks,
        1.0,
        2.0,
    )


def of(watched: Watched, person: str) -> Passage:
    (passage,) = (one for one in watched.passages if one.person == person)
    return passage


def alerted(name: str, at_s: float, box: Box = (), looked_s: float = 0.5) -> TrackStory:
    return TrackStory(looked_s, {name: Naming(name, at_s, box, True)}, 80)


BOTH = truth(("Ann", 0, 0, 3, LEFT), ("Bo", 1, 0, 3, RIGHT))


def test_the_right_alert_at_its_time() -> None:
    watched = joined("c", seen({7: alerted("Ann", 1.5)}, (0.4, {7: LEFT})), BOTH, {"Ann"})
    ann = of(watched, "Ann")
    assert ann.recognised
    assert (ann.visible_s, ann.looked_s, ann.alerted_s, ann.tracks) == (0, 0.5, 1.5, 1)
    assert ann.wrong == ()
    assert not of(watched, "Bo").tracks


def test_an_alert_for_somebody_else_counts_where_it_happened() -> None:
    """Ann is in view too, but it was Bo who was taken for her."""
    watched = joined("c", seen({7: alerted("Ann", 1)}, (0.4, {7: RIGHT})), BOTH, {"Ann"})
    assert of(watched, "Bo").wrong == ("Ann",)
    assert not of(watched, "Ann").recognised


def test_most_frames_decide_whose_track_it_is() -> None:
    frames = [(0.2, {7: RIGHT}), (0.4, {7: LEFT}), (0.6, {7: LEFT})]
    watched = joined("c", seen({7: alerted("Ann", 1)}, *frames), BOTH, {"Ann"})
    assert of(watched, "Ann").recognised
    assert of(watched, "Bo").wrong == ()


def test_the_face_that_raised_an_alert_says_whose_it_is() -> None:
    """Bo's track went over to Ann where they met, and she was recognised on it."""
    frames = [(0.2, {7: RIGHT}), (0.4, {7: RIGHT}), (0.6, {7: LEFT})]
    watched = joined("c", seen({7: alerted("Ann", 0.6, LEFT)}, *frames), BOTH, {"Ann"})
    assert of(watched, "Ann").recognised
    assert of(watched, "Bo").wrong == ()
    assert of(watched, "Bo").tracks == 1


def test_a_track_of_nobody_is_stray_and_its_alerts_are_counted() -> None:
    watched = joined("c", seen({7: alerted("Ann", 1)}, (0.4, {7: FAR})), BOTH, {"Ann"})
    assert (watched.stray_tracks, watched.stray_alerts) == (1, 1)
    assert not of(watched, "Ann").recognised


def test_in_a_quiet_period_a_person_is_recognised_without_a_time() -> None:
    story = TrackStory(0.5, {"Ann": Naming("Ann", 1, (), False)}, 80)
    ann = of(joined("c", seen({7: story}, (0.4, {7: LEFT})), BOTH, {"Ann"}), "Ann")
    assert ann.recognised
    assert np.isnan(ann.alerted_s)


def test_who_is_never_half_visible_is_no_opportunity() -> None:
    hidden = truth(("Ann", 0, 0, 3, LEFT), visible=0.4)
    assert not joined("c", seen({}), hidden, {"Ann"}).passages


@pytest.mark.parametrize(("at_s", "right"), [(1.0, True), (3.9, True), (4.5, False)])
def test_without_boxes_the_time_decides(at_s: float, *, right: bool) -> None:
    by_hand = truth(("Ann", 0, 0, 3, NOWHERE), ("Bo", 1, 0, 3, NOWHERE))
    frame = (0.4, {7: LEFT, 8: RIGHT})
    watched = joined("c", seen({7: alerted("Ann", at_s)}, frame), by_hand, {"Ann"})
    assert of(watched, "Ann").recognised is right
    assert watched.stray_alerts == (not right)


def test_without_boxes_the_only_one_in_view_made_the_track() -> None:
    alone = truth(("Bo", 0, 0, 3, NOWHERE))
    watched = joined("c", seen({7: alerted("Ann", 1)}, (0.4, {7: LEFT})), alone, {"Ann"})
    assert of(watched, "Bo").wrong == ("Ann",)
