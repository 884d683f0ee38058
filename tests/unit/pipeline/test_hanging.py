"""A camera that hangs sideways found nobody, without a word."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from facewarden.capture.image import read_image
from facewarden.data import Faces, Image
from facewarden.detect.any_way_up import AnyWayUp
from facewarden.detect.yunet import YuNet
from facewarden.pipeline.hanging import LATEST, NEEDED, Hanging

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def faces(confidence: float, roll_quarters: int = 0) -> Faces:
    """One face that leans clockwise by quarters."""
    points = np.array([[-1, -1], [1, -1], [0, 0], [-0.7, 1], [0.7, 1]], np.float32)
    turn = np.array([[0, 1], [-1, 0]], np.float32)
    for _ in range(roll_quarters):
        points = points @ turn
    box = np.array([[60, 60, 140, 140]], np.float32)
    return Faces.of(box, np.array([confidence], np.float32), (points * 20 + 100)[None])


@pytest.mark.parametrize(("quarters", "needed"), [(1, 270), (2, 180), (3, 90)])
def test_three_faces_that_lie_the_same_way_are_enough(quarters: int, needed: int) -> None:
    hanging = Hanging()
    told = [
        hanging.look(faces(0.5), NOW + i * SECOND, lambda: faces(0.93, quarters)) for i in range(9)
    ]
    assert told == [False] * (NEEDED - 1) + [True] + [False] * (9 - NEEDED)
    assert f"rotate_deg: {needed} " in hanging.problem


def test_one_sure_face_that_stands_ends_the_matter() -> None:
    hanging, tries = Hanging(), []

    def lying() -> Faces:
        tries.append(1)
        return faces(0.93, 1)

    assert not hanging.look(faces(0.92), NOW, lying)
    for i in range(1, 20):
        assert not hanging.look(faces(0.5), NOW + i * SECOND, lying)
    assert tries == []
    assert hanging.problem == ""


def test_doubtful_faces_that_stand_are_asked_about_ever_less_often() -> None:
    hanging, tries = Hanging(), []

    def upright() -> Faces:
        tries.append(1)
        return faces(0.6)

    for i in range(3600):
        assert not hanging.look(faces(0.5), NOW + i * SECOND, upright)
    assert 55 <= len(tries) <= 70  # once a minute in the end
    assert not hanging.look(faces(0.5), NOW - 30 * LATEST, upright)  # a clock that is set back
    assert len(tries) <= 71
    assert hanging.problem == ""


def test_nobody_in_view_costs_nothing() -> None:
    def fails() -> Faces:
        raise AssertionError

    assert not Hanging().look(Faces.empty(), NOW, fails)


@pytest.mark.models
def test_photographs_that_lie(detector: YuNet, shared: Path) -> None:
    folder = shared / "data" / "lfw-dev" / "images"
    any_way_up, hanging, told = AnyWayUp(detector), Hanging(), False

    def found(by: YuNet | AnyWayUp, picture: Image) -> Faces:
        return by.detect(picture, size_px=640, min_confidence=0.3)

    for number, path in enumerate(sorted(folder.glob("*/*_0001.jpg"))[::140]):
        lying = np.ascontiguousarray(np.rot90(read_image(path)[0]))
        at = NOW + number * SECOND
        turned = partial(found, any_way_up, lying)
        told = told or hanging.look(found(detector, lying), at, turned)
    assert told
    assert "rotate_deg: 90 " in hanging.problem
