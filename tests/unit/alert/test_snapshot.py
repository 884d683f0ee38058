import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.alert.snapshot import BLOCKS, snapshot
from facewarden.align.align import align
from facewarden.data import Image
from facewarden.detect.detector import Detector
from facewarden.embed.embedder import Embedder
from facewarden.errors import DataError

NOBODY_ELSE = np.zeros((0, 4), np.float32)


def noise(height_px: int = 240, width_px: int = 320) -> Image:
    # Grey, because JPEG halves the resolution of colour.
    grey = np.random.default_rng(3).integers(0, 255, (height_px, width_px, 1), np.uint8)
    return np.repeat(grey, 3, axis=2)


def boxes(*rows: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 4)


def decoded(jpeg: bytes) -> NDArray[np.float64]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.float64)


def detail(area: NDArray[np.float64]) -> float:
    """Variance of the Laplacian: the energy of fine detail."""
    return float(np.mean([cv2.Laplacian(area[..., c], cv2.CV_64F).var() for c in range(3)]))


def segments(jpeg: bytes) -> list[int]:
    """Markers of a JPEG up to its first scan (ITU-T T.81 B.1)."""
    found, at = [], 2
    while at < len(jpeg):
        marker = jpeg[at + 1]
        found.append(marker)
        if marker == 0xDA:
            break
        at += 2 + int(struct.unpack(">H", jpeg[at + 2 : at + 4])[0])
    return found


def test_a_bystander_is_gone_and_the_candidate_is_sharp() -> None:
    image = noise()
    shot = snapshot(image, boxes((20, 20, 80, 90))[0], boxes((180, 80, 240, 150)), quality=95)
    picture = decoded(shot.jpeg)
    assert detail(picture[80:150, 180:240]) < detail(image[80:150, 180:240].astype(float)) / 1000
    kept = picture[22:88, 22:78]
    original = image[22:88, 22:78].astype(float)
    assert np.corrcoef(kept.ravel(), original.ravel())[0, 1] > 0.8
    assert shot.box == (20, 20, 80, 90)
    assert (shot.width_px, shot.height_px) == (320, 240)


def test_what_is_left_of_a_bystander_is_a_few_mean_colours() -> None:
    """Two pictures with the same block means give the same result: nothing else gets through."""
    side, box = 160, boxes((40, 40, 120, 120))
    # The margin is 0.4 of 80 px: the area is 144 px wide, its blocks 36 px.
    start, block = 8, 36
    one = np.full((side, side + 100, 3), 90, np.uint8)
    two = one.copy()
    for y in range(BLOCKS):
        for x in range(BLOCKS):
            rows = slice(start + y * block, start + (y + 1) * block)
            columns = slice(start + x * block, start + (x + 1) * block)
            two[rows, columns] = 40
            two[rows.start : rows.start + block // 2, columns] = 140
    candidate = boxes((190, 40, 240, 120))[0]
    assert snapshot(one, candidate, box).jpeg == snapshot(two, candidate, box).jpeg


def test_where_boxes_overlap_the_candidate_wins_and_only_inside_its_own_box() -> None:
    image = noise()
    candidate, bystander = (100, 60, 160, 140), (130, 70, 200, 150)
    picture = decoded(snapshot(image, boxes(candidate)[0], boxes(bystander), quality=95).jpeg)
    overlap = picture[75:135, 132:158]
    assert np.corrcoef(overlap.ravel(), image[75:135, 132:158].ravel())[0, 1] > 0.8
    assert detail(picture[80:140, 170:198]) < 50


def test_the_input_stays_as_it_is() -> None:
    image = noise()
    before = image.copy()
    image.flags.writeable = False
    snapshot(image, boxes((20, 20, 80, 90))[0], boxes((60, 20, 120, 90)))
    assert (image == before).all()


def test_large_pictures_are_scaled_down_and_boxes_with_them() -> None:
    shot = snapshot(noise(600, 1200), boxes((100, 200, 300, 400))[0], NOBODY_ELSE, max_side_px=300)
    assert (shot.width_px, shot.height_px, shot.box) == (300, 150, (25, 50, 75, 100))
    assert decoded(shot.jpeg).shape == (150, 300, 3)


def test_small_pictures_are_not_scaled_up() -> None:
    shot = snapshot(noise(), boxes((20, 20, 80, 90))[0], NOBODY_ELSE, max_side_px=4000)
    assert (shot.width_px, shot.height_px) == (320, 240)


def test_the_jpeg_has_no_metadata() -> None:
    """Only the JFIF header (E0), tables, frame and scan: no Exif, no comment, no colour profile."""
    shot = snapshot(noise(), boxes((20, 20, 80, 90))[0], NOBODY_ELSE)
    assert set(segments(shot.jpeg)) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


@pytest.mark.parametrize(
    "bystander",
    [
        (-50.0, -50.0, 30.0, 40.0),
        (300.0, 200.0, 500.0, 400.0),
        (-500.0, -500.0, -400.0, -400.0),
        (50.0, 50.0, 50.0, 50.0),
        (50.2, 50.2, 50.4, 50.4),
        (-1e9, -1e9, 1e9, 1e9),
    ],
    ids=["corner", "far corner", "outside", "empty", "below a pixel", "everything"],
)
def test_bystanders_at_the_edge(bystander: tuple[float, float, float, float]) -> None:
    shot = snapshot(noise(), boxes((100, 100, 180, 190))[0], boxes(bystander))
    assert decoded(shot.jpeg).shape == (240, 320, 3)


def test_a_candidate_that_reaches_over_the_edge_is_clipped() -> None:
    assert snapshot(noise(), boxes((-10, -10, 50, 60))[0], NOBODY_ELSE).box == (0, 0, 50, 60)


@pytest.mark.parametrize(
    ("candidate", "bystanders"),
    [
        (boxes((400, 10, 500, 60))[0], NOBODY_ELSE),
        (boxes((10, 10, float("nan"), 60))[0], NOBODY_ELSE),
        (boxes((10, 10, 50, 60))[0], boxes((1, 2, float("inf"), 4))),
    ],
    ids=["outside", "candidate not finite", "bystander not finite"],
)
def test_boxes_that_make_no_sense_are_refused(candidate: Any, bystanders: Any) -> None:
    with pytest.raises(DataError):
        snapshot(noise(), candidate, bystanders)


@pytest.mark.models
@pytest.mark.shared
def test_a_blurred_face_is_not_found_and_not_matched(
    shared: Path, detector: Detector, embedder: Embedder
) -> None:
    folders = sorted((shared / "data" / "lfw-dev").rglob("*_0001.jpg"))[:40:2]
    found_again, similarities, kept = 0, [], []
    for file in folders:
        portrait = np.asarray(cv2.imread(str(file)), np.uint8)
        faces = detector.detect(portrait, size_px=256, min_confidence=0.3)
        if len(faces) == 0:
            continue
        row = int(np.argmax(faces.height_px))
        width_px = portrait.shape[1]
        pair = np.ascontiguousarray(np.hstack([portrait, portrait]))
        candidate = faces.boxes[row] + np.array([width_px, 0, width_px, 0], np.float32)
        shot = snapshot(pair, candidate, faces.boxes)
        picture = np.asarray(decoded(shot.jpeg), np.uint8)
        left = np.ascontiguousarray(picture[:, :width_px])
        right = np.ascontiguousarray(picture[:, width_px:])
        found_again += len(detector.detect(left, size_px=256, min_confidence=0.5))
        # As an attacker who knows where the face was: aligned by the landmarks of the original.
        marks = faces.landmarks[row : row + 1]
        crops = [align(p, marks) for p in (portrait, left, right)]
        reference, blurred, sharp = (embedder.embed(crop).vectors[0] for crop in crops)
        similarities.append(float(reference @ blurred))
        kept.append(float(reference @ sharp))
    assert len(similarities) >= 10
    assert found_again == 0
    assert max(similarities) < embedder.default_threshold < min(kept)
