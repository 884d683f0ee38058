"""Our reading of YuNet against OpenCV's own, on the same file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.detect.yunet import YuNet
from facewarden.models.builtin import DEFAULT_DETECTOR
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry


@pytest.mark.models
@pytest.mark.shared
def test_same_faces_as_opencv(models_dir: Path, shared: Path) -> None:
    registry = Registry(models_dir)
    card, session = open_session(registry, DEFAULT_DETECTOR, engine="onnxruntime")
    ours = YuNet(session, card)
    _, path = registry.get(DEFAULT_DETECTOR)
    images = sorted((shared / "data/faces-detect-dev/images").iterdir())[:6]
    compared = 0
    for file in images:
        image = np.asarray(cv2.imread(str(file)), np.uint8)[:384, :640]
        height, width = (side // 32 * 32 for side in image.shape[:2])
        image = np.ascontiguousarray(image[:height, :width])
        theirs = cv2.FaceDetectorYN.create(str(path), "", (width, height), 0.6, 0.3, 5000)
        _, rows = theirs.detect(image)
        faces = ours.detect(image, size_px=640, min_confidence=0.6)
        expected = np.zeros((0, 15), np.float32) if rows is None else np.asarray(rows, np.float32)
        assert len(faces) == len(expected)
        boxes = np.concatenate([expected[:, :2], expected[:, :2] + expected[:, 2:4]], axis=1)
        np.testing.assert_allclose(faces.boxes, boxes, atol=0.01)
        np.testing.assert_allclose(faces.landmarks.reshape(-1, 10), expected[:, 4:14], atol=0.01)
        np.testing.assert_allclose(faces.confidence, expected[:, 14], atol=1e-4)
        compared += len(faces)
    assert compared > 10
