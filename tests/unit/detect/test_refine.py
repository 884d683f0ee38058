import numpy as np
import pytest

from facewarden.data import Faces, Image
from facewarden.detect.refine import CloseUpDetector, LandmarkRefiner
from facewarden.detect.yunet import YuNet
from facewarden.models.phantom import draw_phantom

DRAWN = ((150.0, 190.0, 90.0), (400.0, 150.0, 40.0), (20.0, 330.0, 45.0))  # the last at the edge


@pytest.fixture(scope="module")
def picture() -> Image:
    return draw_phantom(384, 640, DRAWN)


def found(detector: YuNet, picture: Image) -> Faces:
    faces = detector.detect(picture, size_px=640, min_confidence=0.3)
    assert len(faces) == 3
    return faces


def test_landmarks_stay_where_they_are_on_drawn_faces(detector: YuNet, picture: Image) -> None:
    faces = found(detector, picture)
    refined = LandmarkRefiner(detector).refine(picture, faces)
    np.testing.assert_array_equal(refined.boxes, faces.boxes)
    moved = np.linalg.norm(refined.landmarks - faces.landmarks, axis=2).max(axis=1)
    assert (moved < 0.1 * faces.height_px).all()
    assert (moved > 0).any()


def test_a_bad_first_estimate_is_pulled_back(detector: YuNet, picture: Image) -> None:
    faces = found(detector, picture)
    wrong = Faces(faces.boxes, faces.confidence, faces.landmarks + np.float32(12), faces.track_id)
    refined = LandmarkRefiner(detector).refine(picture, wrong)
    before = np.linalg.norm(wrong.landmarks - faces.landmarks, axis=2).mean()
    after = np.linalg.norm(refined.landmarks - faces.landmarks, axis=2).mean()
    assert after < before / 2  # one wrong estimate of three


def test_what_is_not_found_again_keeps_its_landmarks(detector: YuNet) -> None:
    empty = np.full((200, 200, 3), 125, np.uint8)
    points = np.arange(10, dtype=np.float32).reshape(1, 5, 2) + 60
    faces = Faces(
        np.array([[50, 50, 90, 100]], np.float32),
        np.ones(1, np.float32),
        points,
        np.zeros(1, np.int64),
    )
    np.testing.assert_array_equal(LandmarkRefiner(detector).refine(empty, faces).landmarks, points)


def test_nobody_is_nobody(detector: YuNet, picture: Image) -> None:
    assert len(LandmarkRefiner(detector).refine(picture, Faces.empty())) == 0


def test_a_detector_with_close_ups_finds_the_same_faces(detector: YuNet, picture: Image) -> None:
    close = CloseUpDetector(detector, LandmarkRefiner(detector))
    seen = close.detect(picture, size_px=640, min_confidence=0.3)
    np.testing.assert_array_equal(seen.boxes, found(detector, picture).boxes)
    assert close.model_id == detector.model_id
