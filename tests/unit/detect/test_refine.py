"""Landmarks found again close up, against a detector whose error is known, and the real one."""

import numpy as np
import pytest

from facewarden.data import Faces, Image
from facewarden.detect.detector import Detector
from facewarden.detect.refine import OF_LOOKS_PX, CloseUpDetector, LandmarkRefiner
from facewarden.detect.yunet import YuNet
from facewarden.models.phantom import draw_phantom

DRAWN = ((150.0, 190.0, 90.0), (400.0, 150.0, 40.0), (20.0, 330.0, 45.0))  # the last at the edge


class Leaning(Detector):
    """Finds one white square as a face whose landmarks lie to the right of where they are."""

    model_id = "leaning"

    def __init__(self, error: float) -> None:
        self._error = error  # in heights of the face
        self.sizes: list[int] = []

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        self.sizes.append(max(image.shape[:2]))
        rows, columns = np.nonzero(image[..., 0] > 127)
        box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
        height = box[0, 3] - box[0, 1]
        inside = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
        points = (box[:, :2] + inside * height).astype(np.float32)[None]
        points[..., 0] += self._error * height
        return Faces.of(box, np.array([0.9], np.float32), points)


@pytest.fixture(scope="module")
def picture() -> Image:
    return draw_phantom(384, 640, DRAWN)


def found(detector: YuNet, picture: Image) -> Faces:
    faces = detector.detect(picture, size_px=640, min_confidence=0.3)
    assert len(faces) == 3
    return faces


def test_landmarks_stay_where_they_are_on_drawn_faces(detector: YuNet, picture: Image) -> None:
    faces = found(detector, picture)
    refined = LandmarkRefiner(detector, OF_LOOKS_PX).refine(picture, faces)
    np.testing.assert_array_equal(refined.boxes, faces.boxes)
    moved = np.linalg.norm(refined.landmarks - faces.landmarks, axis=2).max(axis=1)
    assert (moved < 0.1 * faces.height_px).all()
    assert (moved > 0).any()


def test_a_bad_first_estimate_is_pulled_back(detector: YuNet, picture: Image) -> None:
    faces = found(detector, picture)
    wrong = Faces(faces.boxes, faces.confidence, faces.landmarks + np.float32(12), faces.track_id)
    refined = LandmarkRefiner(detector, OF_LOOKS_PX).refine(picture, wrong)
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
    np.testing.assert_array_equal(
        LandmarkRefiner(detector, OF_LOOKS_PX).refine(empty, faces).landmarks, points
    )


def test_nobody_is_nobody(detector: YuNet, picture: Image) -> None:
    assert len(LandmarkRefiner(detector, OF_LOOKS_PX).refine(picture, Faces.empty())) == 0


def test_a_detector_with_close_ups_finds_the_same_faces(detector: YuNet, picture: Image) -> None:
    close = CloseUpDetector(detector)
    seen = close.detect(picture, size_px=640, min_confidence=0.3)
    np.testing.assert_array_equal(seen.boxes, found(detector, picture).boxes)
    assert close.model_id == detector.model_id


@pytest.mark.parametrize("close_ups", [(160,), (288, 384, 512)], ids=str)
def test_an_error_to_one_side_is_one_to_the_other_in_the_mirror(close_ups: tuple[int]) -> None:
    image = np.zeros((400, 500, 3), np.uint8)
    image[150:250, 200:300] = 255
    leaning = Leaning(0.05)
    inside = [[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]]
    truth = np.array(inside, np.float32) + np.array([200, 150], np.float32)
    faces = leaning.detect(image, size_px=500, min_confidence=0.5)
    refined = LandmarkRefiner(leaning, close_ups).refine(image, faces)
    error = refined.landmarks[0] - truth
    # The first estimate has no mirror image: what is left is its share of the mean.
    assert error[:, 0] == pytest.approx(5 / (1 + 2 * len(close_ups)), abs=0.5)
    assert error[:, 1] == pytest.approx(0, abs=0.5)
    assert leaning.sizes == [500, *(size for size in close_ups for _ in range(2))]


def test_photographs_look_close_up_at_one_size(detector: YuNet) -> None:
    image = draw_phantom(240, 320, ((90, 120, 40), (230, 110, 50)))
    close: Detector = CloseUpDetector(detector)
    plain = detector.detect(image, size_px=640, min_confidence=0.6)
    seen = close.detect(image, size_px=640, min_confidence=0.6)
    np.testing.assert_array_equal(plain.boxes, seen.boxes)
    assert 0 < np.abs(plain.landmarks - seen.landmarks).max() < 0.1 * plain.height_px.max()


def test_no_face_is_no_face(detector: YuNet) -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    assert len(CloseUpDetector(detector).detect(image, size_px=640, min_confidence=0.6)) == 0
