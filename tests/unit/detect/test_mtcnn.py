"""MTCNN with its real networks; the numbers to reach are those of facenet-pytorch 2.6.0 itself.

They were taken on the drawn faces of `pictures` with torch 2.13.0 (2026-11-22), once with the
package as it is and once with its pictures made smaller as ours are, by cv2's INTER_AREA; its boxes
count px from 1, so that 1 is taken off the upper left corner.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from conftest import absent
from facewarden.config.settings import Settings
from facewarden.data import Image
from facewarden.detect.detector import Detector
from facewarden.detect.mtcnn import Mtcnn
from facewarden.detect.refine import CloseUpDetector
from facewarden.errors import DataError, ModelMissing, ModelRefused
from facewarden.models import fetch
from facewarden.models.builtin import MTCNN, known
from facewarden.models.open_session import open_stages
from facewarden.models.phantom import draw_phantom
from facewarden.models.registry import Registry
from facewarden.wiring.eyes import make_detector, make_eyes

pytestmark = pytest.mark.models

AS_IT_IS = (
    ((49.70, 53.40, 133.04, 166.86), (73.97, 99.98, 109.71, 100.20, 92.12, 119.57), 0.997),
    ((202.38, 60.50, 258.90, 138.10), (218.79, 92.94, 242.66, 93.27, 230.85, 106.63), 1.000),
    ((317.97, 96.47, 353.51, 145.23), (327.97, 115.74, 344.06, 115.81, 335.81, 124.70), 0.982),
)
RESIZED_ALIKE = (
    ((49.54, 52.10, 132.43, 167.33), (73.43, 99.77, 109.10, 100.06, 91.79, 120.04), 0.998),
    ((204.00, 61.76, 258.88, 137.52), (219.41, 92.93, 243.17, 93.12, 231.25, 106.29), 0.997),
)


@pytest.fixture(scope="module")
def cache(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that has MTCNN: the user's, or a new one beside the default models."""
    if not fetch.missing(Registry(models_dir), known([MTCNN])):
        return models_dir
    folder: Path = tmp_path_factory.mktemp("models")
    try:
        fetch.fetch_from_index(Registry(folder), known([MTCNN]))
    except ModelMissing as failure:
        absent(str(failure))
    for path in models_dir.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="module")
def mtcnn(cache: Path) -> Mtcnn:
    stages = open_stages(Registry(cache), MTCNN, engine="onnxruntime")
    return Mtcnn([(session, card) for card, session in stages])


@pytest.fixture(scope="module")
def picture() -> Image:
    return draw_phantom(240, 400, ((90, 110, 60), (230, 100, 40), (335, 120, 26)))


@pytest.mark.parametrize(
    ("golden", "tolerance_px"), [(AS_IT_IS, 2.0), (RESIZED_ALIKE, 0.02)], ids=["as is", "alike"]
)
def test_finds_what_the_package_finds(
    mtcnn: Mtcnn,
    picture: Image,
    golden: tuple[tuple[tuple[float, ...], tuple[float, ...], float], ...],
    tolerance_px: float,
) -> None:
    faces = mtcnn.detect(picture, size_px=640, min_confidence=0.7)
    assert len(faces) == 3
    left_to_right = faces.take(np.argsort(faces.boxes[:, 0]))
    for row, (box, eyes_and_nose, confidence) in enumerate(golden):
        np.testing.assert_allclose(left_to_right.boxes[row], box, atol=tolerance_px)
        landmarks = left_to_right.landmarks[row, :3].ravel()
        np.testing.assert_allclose(landmarks, eyes_and_nose, atol=tolerance_px)
        assert left_to_right.confidence[row] == pytest.approx(confidence, abs=0.02)


def test_best_first_and_down_to_the_confidence_asked_for(mtcnn: Mtcnn, picture: Image) -> None:
    sure = mtcnn.detect(picture, size_px=640, min_confidence=0.997)
    doubtful = mtcnn.detect(picture, size_px=640, min_confidence=0.1)
    assert len(sure) < 3 <= len(doubtful)
    assert (np.diff(doubtful.confidence) <= 0).all()


def test_coordinates_are_those_of_the_picture_given(mtcnn: Mtcnn, picture: Image) -> None:
    whole = mtcnn.detect(picture, size_px=400, min_confidence=0.7)
    halved = mtcnn.detect(picture, size_px=200, min_confidence=0.7)
    assert len(halved) >= 2
    for box in halved.boxes:
        assert np.abs(whole.boxes - box).max(axis=1).min() < 10


@pytest.mark.parametrize("sides", [(1, 1), (11, 300), (300, 19), (20, 20), (240, 400)])
def test_nothing_to_find(mtcnn: Mtcnn, sides: tuple[int, int]) -> None:
    grey = np.full((*sides, 3), 125, np.uint8)
    assert len(mtcnn.detect(grey, size_px=640, min_confidence=0.3)) == 0


@pytest.mark.parametrize("size_px", [1, 8, 13])
def test_a_picture_made_tiny(mtcnn: Mtcnn, picture: Image, size_px: int) -> None:
    assert len(mtcnn.detect(picture, size_px=size_px, min_confidence=0.3)) == 0


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 5, 3), np.uint8), np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32)],
)
def test_refuses(mtcnn: Mtcnn, image: Image) -> None:
    with pytest.raises(DataError):
        mtcnn.detect(image, size_px=640, min_confidence=0.3)


def test_noise_and_faces_over_the_edge(mtcnn: Mtcnn, picture: Image) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    for image in (noise, np.ascontiguousarray(picture[80:, 70:])):
        faces = mtcnn.detect(image, size_px=640, min_confidence=0.0)
        assert np.isfinite(faces.boxes).all()


def test_several_threads_at_once(mtcnn: Mtcnn, picture: Image) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(mtcnn.detect, picture, size_px=640, min_confidence=0.7) for _ in range(8)
        ]
    first, *others = (run.result() for run in runs)
    for other in others:
        np.testing.assert_array_equal(other.boxes, first.boxes)


def test_every_engine_finds_the_same(cache: Path, mtcnn: Mtcnn, picture: Image) -> None:
    other = make_detector(open_stages(Registry(cache), MTCNN))
    found = other.detect(picture, size_px=640, min_confidence=0.7)
    expected = mtcnn.detect(picture, size_px=640, min_confidence=0.7)
    order, wanted = np.argsort(found.boxes[:, 0]), np.argsort(expected.boxes[:, 0])
    np.testing.assert_allclose(found.boxes[order], expected.boxes[wanted], atol=2)
    np.testing.assert_allclose(found.landmarks[order], expected.landmarks[wanted], atol=2)


def test_the_settings_choose_it(cache: Path, picture: Image) -> None:
    settings = Settings.model_validate({"models": {"detector": MTCNN, "cache_dir": cache}})
    eyes = make_eyes(settings)
    assert [model_id for model_id, _ in eyes.engines[:3]] == ["mtcnn", "mtcnn-rnet", "mtcnn-onet"]
    assert isinstance(eyes.detector, Mtcnn)
    close: Detector = CloseUpDetector(eyes.detector)
    assert close.model_id == MTCNN
    assert len(close.detect(picture, size_px=640, min_confidence=0.7)) == 3


def test_a_part_of_another_model_is_refused(cache: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for model_id in ("mtcnn", "mtcnn-rnet", "mtcnn-onet"):
        registry.put(*Registry(cache).load(model_id))
    card, _ = registry.load("mtcnn-onet")
    _, other = registry.load("mtcnn-rnet")
    swapped = card.model_copy(update={"sha256": Registry(cache).load("mtcnn-rnet")[0].sha256})
    registry.put(swapped, other, replace=True)
    with pytest.raises(ModelRefused):
        open_stages(registry, MTCNN, engine="onnxruntime")


def test_a_part_is_no_detector(cache: Path) -> None:
    stages = open_stages(Registry(cache), "mtcnn-rnet", engine="onnxruntime")
    with pytest.raises(ModelRefused, match="mtcnn-rnet is no detector"):
        make_detector(stages)


def test_on_photographs_it_agrees_with_the_default_detector(
    mtcnn: Mtcnn, detector: Detector, shared: Path
) -> None:
    from facewarden.capture.image import read_image
    from facewarden.geometry.boxes import iou

    seen = 0
    for path in sorted((shared / "data" / "lfw-dev" / "images").rglob("*.jpg"))[::700]:
        image, _ = read_image(path)
        ours = mtcnn.detect(image, size_px=640, min_confidence=0.9)
        theirs = detector.detect(image, size_px=640, min_confidence=0.9)
        overlap = iou(theirs.boxes, ours.boxes)
        for row, best in enumerate(overlap.argmax(axis=1)):
            if overlap[row, best] >= 0.5:
                seen += 1
                apart = np.linalg.norm(theirs.landmarks[row] - ours.landmarks[best], axis=1)
                assert apart.max() < 0.12 * theirs.height_px[row]
    assert seen >= 8
