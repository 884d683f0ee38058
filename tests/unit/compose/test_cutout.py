"""A person is cut out around the largest face, and found again in a composed scene."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from facewarden.compose.cutout import Cutout
from facewarden.compose.recipe import LARGEST_FACE_PX, SceneRecipe
from facewarden.compose.scene import Actor, compose
from facewarden.data import Image
from facewarden.detect.detector import Detector
from facewarden.errors import EnrolmentRefused


def photographs(shared: Path, count: int) -> list[Image]:
    found = sorted((shared / "data" / "lfw-dev").rglob("*_0001.jpg"))[: 40 * count : 40]
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in found]


@pytest.mark.models
@pytest.mark.shared
def test_the_largest_face_is_cut_out(detector: Detector, shared: Path) -> None:
    one, other = photographs(shared, 2)
    picture = np.full((400, 520, 3), 90, np.uint8)
    picture[100:350, 10:260] = one
    picture[150:250, 350:450] = cv2.resize(other, (100, 100))
    cutout = Cutout.of_face(picture, detector)
    x1, y1, x2, y2 = cutout.box
    assert y2 - y1 == pytest.approx(LARGEST_FACE_PX)
    first = cutout.levels[0]
    scale = first.shape[1] / picture.shape[1]
    assert 10 * scale < (x1 + x2) / 2 < 260 * scale
    face = first[int(y1) : int(y2), int(x1) : int(x2), 3]
    assert np.median(face) == 255
    assert first[:, -20:, 3].max() == 0
    assert (first[..., :3].max(axis=2) <= first[..., 3]).all()


@pytest.mark.models
def test_a_photograph_without_a_face_is_refused(detector: Detector) -> None:
    with pytest.raises(EnrolmentRefused, match="no face"):
        Cutout.of_face(np.full((200, 200, 3), 128, np.uint8), detector)


@pytest.mark.models
@pytest.mark.shared
def test_faces_of_a_scene_can_be_detected(detector: Detector, shared: Path, tmp_path: Path) -> None:
    people = [
        Actor(str(index), Cutout.of_face(photo, detector))
        for index, photo in enumerate(photographs(shared, 3))
    ]
    recipe = SceneRecipe(fps=5, duration_s=12)
    truth = compose(people, recipe, tmp_path / "scene.mp4")
    with av.open(str(tmp_path / "scene.mp4")) as container:
        pictures = [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for frame in container.decode(video=0)
        ]
    found = 0
    clear = np.flatnonzero(truth.visible > 0.95)
    for row in clear:
        faces = detector.detect(pictures[truth.frame[row]], size_px=1280, min_confidence=0.5)
        centre = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
        x1, y1, x2, y2 = truth.boxes[row]
        inside = (centre > (x1, y1)).all(axis=1) & (centre < (x2, y2)).all(axis=1)
        found += bool(inside.any())
    assert len(clear) > 80
    assert found / len(clear) > 0.9
