"""Faces that lean, lie on a side or hang upside down, with the real models."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.data import Faces, Float32, Image
from facewarden.detect.any_way_up import AnyWayUp
from facewarden.detect.refine import OF_LOOKS_PX, OF_PHOTOGRAPHS_PX, LandmarkRefiner
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.geometry.scaling import scaled
from facewarden.geometry.similarity import roll_deg


@pytest.fixture(scope="module")
def photographs(shared: Path) -> list[Image]:
    folder = shared / "data" / "lfw-dev" / "images"
    return [read_image(path)[0] for path in sorted(folder.glob("*/*_0001.jpg"))[::280]]


def largest(detector: YuNet | AnyWayUp, picture: Image) -> Faces:
    faces = detector.detect(picture, size_px=640, min_confidence=0.5)
    return faces.take(faces.height_px.argsort()[-1:])


def leaning(photograph: Image, box: Float32, lean_deg: float) -> Image:
    height, width = photograph.shape[:2]
    centre = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
    turn = cv2.getRotationMatrix2D(centre, -lean_deg, 1)
    made = cv2.warpAffine(photograph, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(made, np.uint8)


@pytest.mark.parametrize("lean_deg", [-35, -20, 20, 35])
def test_a_head_that_leans_stays_like_itself(
    detector: YuNet, embedder: OnnxEmbedder, photographs: list[Image], lean_deg: float
) -> None:
    refiner = LandmarkRefiner(detector, OF_LOOKS_PX)
    flat = LandmarkRefiner(detector, OF_LOOKS_PX, turns=0)
    alike, before, glances = [], [], []
    for photograph in photographs:
        face = largest(detector, photograph)
        upright = align(photograph, refiner.refine(photograph, face).landmarks)
        picture = leaning(photograph, face.boxes[0], lean_deg)
        found = largest(detector, picture)
        crops = [
            align(picture, faces.landmarks)
            for faces in (
                refiner.refine(picture, found),
                flat.refine(picture, found),
                refiner.uprighted(picture, found),
            )
        ]
        made = embedder.glance(np.concatenate([upright, *crops])).vectors
        now, then, glance = made[1:] @ made[0]
        alike.append(now)
        before.append(then)
        glances.append(glance)
    assert len(alike) >= 10
    assert np.median(alike) > 0.93
    assert np.median(glances) > 0.9
    assert np.median(alike) > np.median(before) + 0.05


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photograph_may_lie_any_way_up(
    detector: YuNet, embedder: OnnxEmbedder, photographs: list[Image], quarters: int
) -> None:
    any_way, refiner = AnyWayUp(detector), LandmarkRefiner(detector, OF_PHOTOGRAPHS_PX)
    right = 0
    for photograph in photographs:
        face = largest(detector, photograph)
        upright = align(photograph, refiner.refine(photograph, face).landmarks)
        picture = np.ascontiguousarray(np.rot90(photograph, -quarters))
        found = largest(any_way, picture)
        turned = align(picture, refiner.refine(picture, found).landmarks)
        made = embedder.glance(np.concatenate([upright, turned])).vectors
        right += bool(made[0] @ made[1] > 0.9)
    assert right >= len(photographs) - 1


def test_upright_photographs_are_looked_at_as_they_are(
    detector: YuNet, photographs: list[Image]
) -> None:
    any_way = AnyWayUp(detector)
    for photograph in photographs:
        plain = detector.detect(photograph, size_px=640, min_confidence=0.5)
        found = any_way.detect(photograph, size_px=640, min_confidence=0.5)
        np.testing.assert_array_equal(found.landmarks, plain.landmarks)


def test_boxes_and_landmarks_of_a_turned_picture_belong_together(
    detector: YuNet, photographs: list[Image]
) -> None:
    photograph = photographs[0]
    height, width = photograph.shape[:2]
    wide = np.zeros((height, width + 90, 3), np.uint8)
    wide[:, :width] = photograph
    upright = largest(detector, wide)
    for quarters in (1, 2, 3):
        lying = np.ascontiguousarray(np.rot90(wide, -quarters))
        face = largest(AnyWayUp(detector), lying)
        assert abs(roll_deg(face.landmarks)[0]) > 80
        x1, y1, x2, y2 = face.boxes[0]
        assert (face.landmarks[0] > (x1, y1)).all()
        assert (face.landmarks[0] < (x2, y2)).all()
        sides = upright.boxes[0, 2:] - upright.boxes[0, :2]
        assert sorted((x2 - x1, y2 - y1)) == pytest.approx(sorted(sides), abs=2)


def test_a_large_picture_that_lies_is_turned_small(
    detector: YuNet, photographs: list[Image]
) -> None:
    large = scaled(photographs[0], 8)
    lying = np.ascontiguousarray(np.rot90(large, -1))
    face = AnyWayUp(detector).detect(lying, size_px=640, min_confidence=0.5).take(np.array([0]))
    upright = detector.detect(large, size_px=640, min_confidence=0.5).take(np.array([0]))
    x, y = upright.landmarks[0].T
    expected = np.stack([len(large) - y, x], axis=1)  # turned clockwise by a quarter
    np.testing.assert_allclose(face.landmarks[0], expected, atol=0.03 * upright.height_px[0])


def test_an_empty_picture_has_nobody_any_way_up(detector: YuNet) -> None:
    empty = np.full((200, 300, 3), 90, np.uint8)
    assert len(AnyWayUp(detector).detect(empty, size_px=640, min_confidence=0.5)) == 0
