import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.data import Image
from facewarden.detect.yunet import YuNet, decode
from facewarden.errors import DataError
from facewarden.models.phantom import draw_phantom
from reference import slow_yunet

FACES = ((150.0, 190.0, 90.0), (400.0, 150.0, 40.0), (540.0, 250.0, 22.0))


@pytest.fixture(scope="module")
def picture() -> Image:
    return draw_phantom(384, 640, FACES)


def heads(seed: int, width: int, height: int) -> tuple[NDArray[np.float32], ...]:
    """Random outputs of the network; scores also beyond [0, 1], as rounding may give."""
    rng = np.random.default_rng(seed)
    cells = [(width // stride) * (height // stride) for stride in (8, 16, 32)]
    return tuple(
        (
            rng.uniform(-0.1, 1.1, (1, n, length))
            if length == 1
            else rng.standard_normal((1, n, length))
        ).astype(np.float32)
        for length in (1, 1, 4, 10)
        for n in cells
    )


@pytest.mark.parametrize(("width", "height"), [(64, 32), (32, 96), (96, 96)])
def test_decode_agrees_with_its_twin(width: int, height: int) -> None:
    outputs = heads(width, width, height)
    fast = decode(outputs, width, 0.5)
    slow = slow_yunet.decode(outputs, width, height, 0.5)
    assert len(fast) == len(slow) > 0
    np.testing.assert_allclose(fast.confidence, [row[0] for row in slow], rtol=1e-5)
    np.testing.assert_allclose(fast.boxes, [row[1] for row in slow], rtol=1e-4, atol=1e-3)
    landmarks = fast.landmarks.reshape(-1, 10)
    np.testing.assert_allclose(landmarks, [row[2] for row in slow], rtol=1e-4, atol=1e-3)


def test_decode_drops_what_is_not_a_face() -> None:
    outputs = heads(1, 64, 64)
    outputs[0][:], outputs[3][:] = 1, 1  # stride 8: every cell is sure
    outputs[1][:], outputs[2][:] = 0, 0  # the coarser ones hold nothing
    outputs[6][0, 0] = np.nan
    outputs[9][0, 1] = np.inf
    outputs[9][0, 2] = 0  # all five landmarks in one place
    outputs[6][0, 3, 2:] = 1e9
    faces = decode(outputs, 64, 0.99)
    assert len(faces) == 61
    assert np.isfinite(faces.boxes).all()


def test_finds_drawn_faces_at_any_size_of_picture(detector: YuNet, picture: Image) -> None:
    wide = np.repeat(np.repeat(picture, 3, axis=0), 3, axis=1)  # 1920 x 1152
    for image, scale in ((picture, 1), (wide, 3)):
        faces = detector.detect(image, size_px=640, min_confidence=0.8)
        assert len(faces) == 3
        assert (np.diff(faces.confidence) <= 0).all()
        for x, y, half in FACES:
            centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2 / scale
            nearest = np.hypot(*(centres - [x, y]).T).argmin()
            assert np.hypot(*(centres[nearest] - [x, y])) < half / 2
            eyes = faces.landmarks[nearest, :2] / scale
            expected = [(x - 0.3 * half, y - 0.17 * half), (x + 0.3 * half, y - 0.17 * half)]
            assert np.abs(eyes - expected).max() < 0.12 * half


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (7, 5), (480, 640)])
def test_nothing_to_see(detector: YuNet, shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 128, np.uint8)
    assert len(detector.detect(image, size_px=640, min_confidence=0.6)) == 0


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
    ],
)
def test_refuses_what_is_not_a_picture(detector: YuNet, image: Image) -> None:
    with pytest.raises(DataError):
        detector.detect(image, size_px=640, min_confidence=0.6)
