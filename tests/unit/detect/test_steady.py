"""The landmarks of several sizes, averaged, against a detector whose error is known."""

import numpy as np
import pytest

from facewarden.data import Faces, Image
from facewarden.detect.detector import Detector
from facewarden.detect.steady import ENLARGED, LONGEST_PX, REDUCED, SteadyDetector
from facewarden.models.phantom import draw_phantom


class Erring:
    """Finds one face at a fixed place of the picture, off by some pixels of what it is shown."""

    model_id = "erring"

    def __init__(self, side_px: float, height_px: float, errors_px: dict[int, float]) -> None:
        self._side = side_px
        self._height = height_px
        self._errors = errors_px
        self.seen: list[int] = []

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        longer = max(image.shape[:2])
        seen = min(longer, size_px)
        self.seen.append(seen)
        scale = longer / self._side
        box = np.array([[100, 100, 100 + self._height, 100 + self._height]], np.float32) * scale
        points = np.full((1, 5, 2), 100 + self._height / 2, np.float32) * scale
        points += self._errors.get(seen, 0.0) * longer / seen
        return Faces.of(box, np.array([0.9], np.float32), points)


def test_satisfies_the_protocol() -> None:
    detector: Detector = SteadyDetector(Erring(400, 100, {}))
    assert detector.model_id == "erring"


@pytest.mark.parametrize(
    ("side", "height", "sizes"),
    [
        pytest.param(400, 100, [400, *(int(400 * f) for f in ENLARGED)], id="small: enlarged"),
        pytest.param(600, 300, [600, *(int(600 * f) for f in REDUCED)], id="large: reduced"),
        pytest.param(1200, 60, [1200], id="small in a large picture: not beyond the limit"),
    ],
)
def test_looks_at_sizes_that_suit_the_face(side: int, height: int, sizes: list[int]) -> None:
    inner = Erring(side, height, {})
    image = np.zeros((side, side, 3), np.uint8)
    SteadyDetector(inner).detect(image, size_px=side, min_confidence=0.6)
    assert inner.seen == sizes
    assert max(inner.seen) <= max(LONGEST_PX, side)


def test_landmarks_are_the_mean_in_px_of_the_picture() -> None:
    inner = Erring(400, 100, {400: 3.0, 600: -3.0, 800: 6.0})
    image = np.zeros((400, 400, 3), np.uint8)
    found = SteadyDetector(inner).detect(image, size_px=400, min_confidence=0.6)
    expected = 150 + (3.0 / 1 - 3.0 / 1.5 + 6.0 / 2) / 3
    np.testing.assert_allclose(found.landmarks, expected, atol=1e-3)


def test_real_detector_finds_the_same_faces(detector: Detector) -> None:
    image = draw_phantom(240, 320, ((90, 120, 40), (230, 110, 50)))
    plain = detector.detect(image, size_px=640, min_confidence=0.6)
    steady = SteadyDetector(detector).detect(image, size_px=640, min_confidence=0.6)
    np.testing.assert_array_equal(plain.boxes, steady.boxes)
    shift = np.abs(plain.landmarks - steady.landmarks).max()
    assert 0 < shift < 0.1 * plain.height_px.max()


def test_no_face_is_no_face(detector: Detector) -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    assert len(SteadyDetector(detector).detect(image, size_px=640, min_confidence=0.6)) == 0
