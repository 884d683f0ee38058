import cv2
import numpy as np
import pytest

from facewarden.alert.live_picture import live_picture
from facewarden.data import Image
from facewarden.errors import DataError

NONE = np.zeros((0, 4), np.float32)


def noise(width_px: int = 640, height_px: int = 360) -> Image:
    return np.random.default_rng(3).integers(0, 256, (height_px, width_px, 3), np.uint8)


def decoded(jpeg: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def roughness(picture: Image) -> float:
    return float(picture.astype(float).std())


def test_hidden_faces_are_destroyed_and_shown_ones_are_not() -> None:
    image = noise()
    hidden = np.array([[100, 100, 160, 180]], np.float32)
    shown = np.array([[400, 100, 460, 180]], np.float32)
    picture = decoded(live_picture(image, hidden=hidden, shown=shown, width_px=640).jpeg)
    assert roughness(picture[100:180, 100:160]) < 20
    assert roughness(picture[70:100, 80:180]) < 20, "hair and chin are hidden too"
    assert roughness(picture[100:180, 400:460]) > 50
    assert roughness(image[100:180, 100:160]) > 50, "the analysis works on this picture"


def test_a_face_that_is_shown_stays_where_a_hidden_one_overlaps() -> None:
    boxes = np.array([[100, 100, 200, 200]], np.float32)
    picture = live_picture(noise(), hidden=boxes + 20, shown=boxes, width_px=640)
    seen = decoded(picture.jpeg)
    assert roughness(seen[100:200, 100:200]) > 50
    assert roughness(seen[205:215, 205:215]) < 20


@pytest.mark.parametrize(
    ("width_px", "expected"),
    [(320, (320, 180)), (640, (640, 360)), (1280, (640, 360)), (64, (64, 36))],
)
def test_it_is_scaled_down_and_never_up(width_px: int, expected: tuple[int, int]) -> None:
    box = np.array([[100, 100, 160, 180]], np.float32)
    picture = live_picture(noise(), hidden=box, shown=NONE, width_px=width_px)
    assert (picture.width_px, picture.height_px) == expected
    assert decoded(picture.jpeg).shape[1::-1] == expected
    assert picture.scale == min(1.0, width_px / 640)
    assert b"Exif" not in picture.jpeg


def test_boxes_beyond_the_edge_and_without_a_number() -> None:
    outside = np.array([[-50, -50, 10, 10], [700, 10, 800, 90], [5, 5, 5, 5]], np.float32)
    assert live_picture(noise(), hidden=outside, shown=outside, width_px=640).jpeg
    with pytest.raises(DataError, match="not finite"):
        live_picture(noise(), hidden=outside * np.nan, shown=NONE, width_px=640)
