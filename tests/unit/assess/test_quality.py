"""Rating looks: named cases, and what the embedder says about the ratings."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.assess.quality import CONTRAST, OVEREXPOSED, SHARPNESS, SIZE, TURN, Quality
from facewarden.data import Faces, Image
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.geometry.similarity import ARCFACE_112

FRONTAL = np.array(ARCFACE_112, np.float32)


def crop(seed: int = 0) -> NDArray[np.uint8]:
    """Make a picture with detail at every scale, as natural pictures have."""
    random = np.random.default_rng(seed)
    picture = np.zeros((112, 112), np.float32)
    for side in (4, 8, 16, 32, 64):
        noise = random.normal(0, 16, (side, side)).astype(np.float32)
        picture += cv2.resize(noise, (112, 112), interpolation=cv2.INTER_CUBIC)
    grey = np.clip(picture + 120, 0, 255).astype(np.uint8)
    return np.repeat(grey[None, :, :, None], 3, axis=3)


def face(height_px: float = 120.0, landmarks: NDArray[np.float32] = FRONTAL) -> Faces:
    box = np.array([[0, 0, 0.8 * height_px, height_px]], np.float32)
    return Faces.of(box, np.ones(1, np.float32), landmarks[None])


@pytest.mark.parametrize("curve", [CONTRAST, OVEREXPOSED, SHARPNESS, SIZE, TURN])
def test_curves_are_monotone_and_in_range(
    curve: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    at, share = np.array(curve)
    assert (np.diff(at) > 0).all()
    assert (np.diff(share) >= 0).all() or (np.diff(share) <= 0).all()
    assert share.min() >= 0
    assert share.max() <= 1


def test_nobody() -> None:
    found = Quality().assess(np.zeros((0, 112, 112, 3), np.uint8), Faces.empty())
    assert len(found) == 0


def test_a_good_look() -> None:
    found = Quality().assess(crop(), face())
    assert found.quality[0] > 0.9
    assert np.isnan(found.live[0])


TURNED = FRONTAL + np.array([[0, 0], [0, 0], [25, 0], [0, 0], [0, 0]], np.float32)


@pytest.mark.parametrize(
    ("picture", "row", "weakest"),
    [
        pytest.param(crop(), face(14), "size", id="small"),
        pytest.param(cv2.blur(crop()[0], (15, 15))[None], face(), "sharpness", id="blurred"),
        pytest.param(crop(), face(landmarks=TURNED), "pose", id="turned"),
        pytest.param(crop() // 32, face(), "brightness", id="dark"),
        pytest.param(np.full((1, 112, 112, 3), 255, np.uint8), face(), "sharpness", id="white"),
        pytest.param(np.zeros((1, 112, 112, 3), np.uint8), face(), "sharpness", id="black"),
    ],
)
def test_what_holds_a_look_down(picture: NDArray[np.uint8], row: Faces, weakest: str) -> None:
    found = Quality().assess(picture.astype(np.uint8), row)
    assert found.weakest(0) == weakest
    assert found.quality[0] == min(
        found.size[0], found.sharpness[0], found.pose[0], found.brightness[0]
    )
    assert found.quality[0] < 0.85


def test_overexposure_counts_against_brightness() -> None:
    white = np.clip(crop().astype(np.float32) * 2.5, 0, 255).astype(np.uint8)
    assert Quality().assess(white, face()).brightness[0] < 0.9


def test_landmarks_that_coincide_do_no_harm() -> None:
    found = Quality().assess(crop(), face(landmarks=np.zeros((5, 2), np.float32)))
    assert 0 <= found.pose[0] <= 1


def test_rows_do_not_touch_each_other() -> None:
    crops = np.concatenate([crop(1), cv2.blur(crop(2)[0], (9, 9))[None].astype(np.uint8), crop(3)])
    rows = [face(20), face(60), face(200)]
    boxes = np.concatenate([row.boxes for row in rows])
    together = Quality().assess(
        crops, Faces.of(boxes, np.ones(3, np.float32), np.repeat(FRONTAL[None], 3, axis=0))
    )
    for n, row in enumerate(rows):
        assert Quality().assess(crops[n : n + 1], row).quality[0] == together.quality[n]


@pytest.mark.shared
@pytest.mark.models
def test_quality_ranks_what_is_left_of_similarity(
    shared: Path, detector: YuNet, embedder: OnnxEmbedder
) -> None:
    """Degrade pictures of 24 people step by step: both must fall together."""
    folders = [f for f in sorted((shared / "data" / "lfw-dev" / "images").iterdir()) if f.is_dir()]
    quality, similarity = [], []
    for folder in folders[:: len(folders) // 24][:24]:
        image: Image = np.asarray(cv2.imread(str(min(folder.iterdir()))), np.uint8)
        faces = detector.detect(image, size_px=640, min_confidence=0.6)
        if not len(faces):
            continue
        one = faces.take(np.array([0]))
        steps: list[tuple[Image, Faces]] = [(image, one)]
        steps += [(cv2.GaussianBlur(image, (0, 0), s).astype(np.uint8), one) for s in (2, 4, 8)]
        steps += [((image * share).astype(np.uint8), one) for share in (0.3, 0.08, 0.03)]
        crops = np.concatenate([align(picture, row.landmarks) for picture, row in steps])
        rows = Faces.of(
            np.repeat(one.boxes, len(steps), 0),
            np.repeat(one.confidence, len(steps)),
            np.repeat(one.landmarks, len(steps), 0),
        )
        vectors = embedder.embed(crops).vectors
        quality.append(Quality().assess(crops, rows).quality)
        similarity.append(vectors @ vectors[0])
    # 0.93 on 2026-11-22: blur and darkness of a picture against itself, 24 people, 7 steps.
    by_quality, by_similarity = (
        np.concatenate(x).argsort().argsort().astype(np.float64) for x in (quality, similarity)
    )
    assert len(quality) >= 20
    assert np.corrcoef(by_quality, by_similarity)[0, 1] > 0.8
