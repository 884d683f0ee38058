import json

import numpy as np
import pytest

from facewarden.align.align import align
from facewarden.align.cutter import Cutter, cutter_for
from facewarden.data import Faces, Float32
from facewarden.errors import ModelRefused
from facewarden.geometry.similarity import ARCFACE_112, DLIB_150
from facewarden.models.model_input import ModelInput
from facewarden.models.phantom import draw_phantom


def side(alignment: str, height: int, width: int | None = None, margin: float = 0) -> ModelInput:
    text = {
        "name": "data", "height_px": height, "width_px": width or height, "colour": "rgb",
        "mean": 0, "scale": 1, "alignment": alignment, "margin": margin,
    }  # fmt: skip
    return ModelInput.model_validate_json(json.dumps(text))


def faces(landmarks: Float32, box: tuple[float, float, float, float] = (0, 0, 1, 1)) -> Faces:
    return Faces.of(
        np.array([box], np.float32), np.ones(1, np.float32), landmarks[None].astype(np.float32)
    )


@pytest.mark.parametrize("size", [112, 160, 224])
def test_the_template_grows_with_the_input(size: int) -> None:
    """A picture that is the template at that size already comes out as it is."""
    picture = draw_phantom(size, size, ((size / 2, size / 2, size / 2.2),))
    landmarks = np.array(ARCFACE_112, np.float32) * np.float32(size / 112)
    (crop,) = Cutter(side("arcface-112", size)).cut(picture, faces(landmarks))
    assert crop.shape == (size, size, 3)
    assert np.abs(crop.astype(int) - picture.astype(int)).max() <= 2


def test_dlibs_chip() -> None:
    picture = draw_phantom(300, 300, ((150, 150, 120),))
    landmarks = np.array(DLIB_150, np.float32) + np.float32(40)
    (crop,) = Cutter(side("dlib-150", 150)).cut(picture, faces(landmarks))
    assert np.abs(crop.astype(int) - picture[40:190, 40:190].astype(int)).max() <= 2


def test_the_common_crop_is_that_of_align() -> None:
    picture = draw_phantom(200, 200, ((100, 100, 80),))
    landmarks = np.array(ARCFACE_112, np.float32) * np.float32(1.3) + np.float32(20)
    common = side("arcface-112", 112)
    np.testing.assert_array_equal(
        Cutter(common).cut(picture, faces(landmarks)), align(picture, landmarks[None])
    )
    assert cutter_for(common) is None
    assert cutter_for(side("arcface-112", 160)) is not None


@pytest.mark.parametrize(
    ("name", "box", "margin", "seen"),
    [
        ("as it is", (40, 60, 120, 160), 0.0, (40, 60, 120, 160)),
        ("with a margin", (40, 60, 120, 160), 0.1, (32, 50, 128, 170)),
        ("cut at the edge", (-20, 60, 60, 160), 0.0, (0, 60, 60, 160)),
    ],
)
def test_a_box_is_stretched(
    name: str,
    box: tuple[float, float, float, float],
    margin: float,
    seen: tuple[int, int, int, int],
) -> None:
    """On a picture whose colour tells the place, the corners tell what was seen."""
    row, column = np.mgrid[:200, :200]
    picture = np.stack([column, row, np.zeros_like(row)], axis=-1).astype(np.uint8)
    landmarks = np.array(ARCFACE_112, np.float32)
    (crop,) = Cutter(side("box", 160, 128, margin)).cut(picture, faces(landmarks, box))
    assert crop.shape == (160, 128, 3)
    low, high = crop[1, 1, :2].astype(float), crop[-2, -2, :2].astype(float)
    np.testing.assert_allclose(low, seen[:2], atol=2)
    np.testing.assert_allclose(high, np.array(seen[2:]) - 1, atol=2)


@pytest.mark.parametrize("box", [(500, 500, 600, 600), (10, 10, 10, 10), (-90, -90, -10, -10)])
def test_a_box_outside_or_empty_ends_nothing(box: tuple[float, float, float, float]) -> None:
    picture = draw_phantom(100, 100, ((50, 50, 40),))
    crops = Cutter(side("box", 160)).cut(picture, faces(np.array(ARCFACE_112, np.float32), box))
    assert crops.shape == (1, 160, 160, 3)


def test_a_large_face_is_averaged_down_in_a_box_too() -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (1600, 1600, 3)).astype(np.uint8)
    box = (0.0, 0.0, 1600.0, 1600.0)
    (crop,) = Cutter(side("box", 160)).cut(noisy, faces(np.array(ARCFACE_112, np.float32), box))
    assert crop.std() < 15  # of single pixels it is 74


def test_no_face() -> None:
    for alignment in ("box", "arcface-112", "dlib-150"):
        picture = np.zeros((50, 50, 3), np.uint8)
        crops = Cutter(side(alignment, 160)).cut(picture, Faces.empty())
        assert crops.shape == (0, 160, 160, 3)


def test_refuses_whole_pictures() -> None:
    with pytest.raises(ModelRefused, match="whole pictures"):
        Cutter(side("none", 160))
