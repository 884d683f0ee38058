from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.data import GalleryEntry, Image, Templates
from facewarden.detect.refine import OF_LOOKS_PX, LandmarkRefiner
from facewarden.detect.yunet import YuNet
from facewarden.embed.fuse import Fusion
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.match.exact_gallery import ExactGallery
from facewarden.models.phantom import draw_phantom
from facewarden.pipeline.close_look import CloseLook, Glimpse
from facewarden.pipeline.metrics import Metrics

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def picture() -> Image:
    return draw_phantom(384, 640, ((150.0, 190.0, 90.0),))


def glimpse(detector: YuNet, picture: Image, threshold: float) -> Glimpse:
    face = detector.detect(picture, size_px=640, min_confidence=0.3)
    assert len(face) == 1
    crop = align(picture, face.landmarks)[0]
    return Glimpse(picture, face, crop, 0.9, Fusion(), threshold)


def gallery_of(vector: NDArray[np.float32], model_id: str) -> ExactGallery:
    return ExactGallery([GalleryEntry(1, 1, vector)], model_id)


def both(
    detector: YuNet, embedder: OnnxEmbedder, picture: Image, threshold: float
) -> tuple[Templates, Metrics, Glimpse]:
    look, metrics = glimpse(detector, picture, threshold), Metrics()
    enrolled = embedder.embed(look.crop[None]).vectors[0]
    close = CloseLook(embedder, metrics, refiner=LandmarkRefiner(detector, OF_LOOKS_PX))
    made = close.templates([look], gallery_of(enrolled, embedder.model_id), NOW)
    return made, metrics, look


def test_far_from_the_threshold_a_glance_is_enough(
    detector: YuNet, embedder: OnnxEmbedder, picture: Image
) -> None:
    made, metrics, look = both(detector, embedder, picture, threshold=1.5)
    standing = LandmarkRefiner(detector, OF_LOOKS_PX).uprighted(picture, look.face)
    crops = align(picture, standing.landmarks)
    np.testing.assert_array_equal(made.vectors, embedder.glance(crops).vectors)
    assert "close look" not in metrics.snapshot()


def test_near_the_threshold_the_face_is_looked_at_closely(
    detector: YuNet, embedder: OnnxEmbedder, picture: Image
) -> None:
    made, metrics, look = both(detector, embedder, picture, threshold=0.9)
    fine = LandmarkRefiner(detector, OF_LOOKS_PX).refine(picture, look.face)
    expected = embedder.embed(align(picture, fine.landmarks)).vectors
    np.testing.assert_allclose(made.vectors, expected, atol=1e-6)
    assert metrics.snapshot()["close look"][0] == 1


def test_what_the_track_has_seen_counts(
    detector: YuNet, embedder: OnnxEmbedder, picture: Image
) -> None:
    look = glimpse(detector, picture, 0.9)
    somebody = embedder.embed(look.crop[None])
    opposite = Templates((-somebody.vectors).astype(np.float32), somebody.model_id)
    for _ in range(5):
        look.fusion.add(opposite, 0.9)  # five looks say that it is nobody on the list
    metrics = Metrics()
    gallery = gallery_of(somebody.vectors[0], embedder.model_id)
    CloseLook(embedder, metrics).templates([look], gallery, NOW)
    assert "close look" not in metrics.snapshot()
    assert look.fusion.looks == 5  # only looked at, not added


def test_no_look_no_template(embedder: OnnxEmbedder) -> None:
    made = CloseLook(embedder, Metrics()).templates([], ExactGallery([], embedder.model_id), NOW)
    assert made.vectors.shape == (0, embedder.dimension)
