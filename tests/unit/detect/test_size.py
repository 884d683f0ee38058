import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.detect.size import AFFORDABLE_PX, LEAST_PX, NEEDED_PX, detect_size_px


@pytest.mark.parametrize(
    ("longer_px", "min_face_px", "expected"),
    [
        (1920, 40, 640),  # as much as was always spent
        (1280, 40, 640),
        (1280, 80, 512),
        (640, 40, 512),
        (640, 30, 640),
        (1920, 160, 384),
        (1920, 400, 320),
        (3840, 40, 1280),  # decoding costs more as well
        (3840, 200, 640),
        (250, 40, 250),
        (1, 40, 1),
    ],
)
def test_chosen(longer_px: int, min_face_px: float, expected: int) -> None:
    assert detect_size_px(longer_px, min_face_px) == expected


@given(st.integers(1, 20_000), st.floats(0.5, 4096))
def test_bounds(longer_px: int, min_face_px: float) -> None:
    size_px = detect_size_px(longer_px, min_face_px)
    assert min(LEAST_PX, longer_px) <= size_px <= longer_px
    assert size_px == longer_px or size_px % 32 == 0
    seen_px = min_face_px * size_px / longer_px
    bounded = size_px in {LEAST_PX, longer_px} or size_px >= AFFORDABLE_PX
    assert bounded or seen_px >= NEEDED_PX
    assert detect_size_px(longer_px, min_face_px * 2) <= size_px
