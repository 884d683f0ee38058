import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.alert.close_up import SIDE_PX, close_up
from facewarden.errors import DataError
from unit.alert.test_snapshot import NOBODY_ELSE, boxes, decoded, detail, noise, segments

FACE = (100.0, 60.0, 160.0, 130.0)


def test_the_face_with_what_is_close_around_it() -> None:
    image = noise()
    shot = close_up(image, boxes(FACE)[0], NOBODY_ELSE, quality=95)
    assert (shot.width_px, shot.height_px) == (126, 126)  # 70 px and 0.4 of it on each side
    x1, y1, x2, y2 = shot.box
    assert (x2 - x1, y2 - y1) == (60, 70)
    shown = decoded(shot.jpeg)[y1:y2, x1:x2]
    original = image[60:130, 100:160].astype(float)
    assert np.corrcoef(shown.ravel(), original.ravel())[0, 1] > 0.95


def test_large_faces_are_scaled_down_and_nothing_is_told_beside() -> None:
    shot = close_up(noise(1080, 1920), boxes((300, 200, 700, 650))[0], NOBODY_ELSE)
    assert (shot.width_px, shot.height_px) == (SIDE_PX, SIDE_PX)
    assert not {0xE1, 0xED, 0xFE} & set(segments(shot.jpeg))  # Exif, Photoshop, comment


def test_a_neighbour_has_one_colour() -> None:
    image = noise()
    shot = close_up(image, boxes(FACE)[0], boxes((170, 60, 230, 130)), quality=95)
    picture = decoded(shot.jpeg)
    # The neighbour with its margin begins at 146; the own box ends at 160 and stays as it is.
    left = shot.box[2] + 3
    assert detail(picture[:, left:]) < detail(image[40:150, 165:190].astype(float)) / 1000
    x1, y1, x2, y2 = shot.box
    own = picture[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2]
    assert detail(own) > detail(image[60:130, 100:160].astype(float)) / 2


def test_a_face_at_the_edge() -> None:
    shot = close_up(noise(), boxes((-20, -10, 40, 60))[0], NOBODY_ELSE)
    assert shot.box[:2] == (0, 0)
    assert shot.width_px < 126


@pytest.mark.parametrize(
    ("face", "others"),
    [
        pytest.param((400, 10, 460, 80), NOBODY_ELSE, id="outside"),
        pytest.param((float("nan"), 0, 1, 1), NOBODY_ELSE, id="no number"),
        pytest.param(FACE, boxes((float("inf"), 0, 1, 1)), id="a neighbour that is no number"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    face: tuple[float, float, float, float], others: np.ndarray
) -> None:
    with pytest.raises(DataError):
        close_up(noise(), boxes(face)[0], others)


@given(
    st.tuples(*[st.floats(-50, 300) for _ in range(2)], *[st.floats(2, 400) for _ in range(2)]),
    st.tuples(*[st.floats(-100, 400) for _ in range(2)], *[st.floats(1, 200) for _ in range(2)]),
)
def test_the_box_is_in_the_picture(face: tuple[float, ...], other: tuple[float, ...]) -> None:
    def corners(x: float, y: float, w: float, h: float) -> np.ndarray:
        return boxes((x, y, x + w, y + h))

    image = noise(120, 160)
    try:
        shot = close_up(image, corners(*face)[0], corners(*other))
    except DataError:
        return
    x1, y1, x2, y2 = shot.box
    assert 0 <= x1 <= x2 <= shot.width_px <= SIDE_PX
    assert 0 <= y1 <= y2 <= shot.height_px <= SIDE_PX
