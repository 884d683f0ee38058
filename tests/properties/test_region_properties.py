"""A region against a slow, obvious twin, and its bounds against its contents."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from facewarden.errors import DataError
from facewarden.geometry.region import Region

Point = tuple[float, float]
POINT = st.tuples(st.floats(0, 1, width=16), st.floats(0, 1, width=16))
POLYGON = st.lists(POINT, min_size=3, max_size=8)
ANYWHERE = st.tuples(st.floats(-0.25, 1.25, width=16), st.floats(-0.25, 1.25, width=16))


def region_of(polygons: list[list[Point]]) -> Region:
    try:
        return Region(polygons)
    except DataError:
        assume(False)
        raise


def slowly_inside(polygon: list[Point], x: float, y: float) -> bool:
    """Count the edges right of the point, one after the other."""
    inside = False
    for index, (x1, y1) in enumerate(polygon):
        x2, y2 = polygon[(index + 1) % len(polygon)]
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


@given(st.lists(POLYGON, min_size=1, max_size=3), st.lists(ANYWHERE, max_size=20))
def test_contains_agrees_with_its_twin(polygons: list[list[Point]], points: list[Point]) -> None:
    region = region_of(polygons)
    size = 1024  # a power of two: pixels and relative coordinates convert without rounding
    pixels = (np.array(points, np.float32).reshape(-1, 2) * size).astype(np.float32)
    expected = [any(slowly_inside(polygon, x, y) for polygon in polygons) for x, y in points]
    assert region.contains(pixels, size, size).tolist() == expected


@given(
    st.lists(POLYGON, min_size=1, max_size=3),
    st.lists(ANYWHERE, max_size=20),
    st.integers(1, 4000),
    st.integers(1, 4000),
)
def test_bounds_hold_the_region_and_lie_in_the_picture(
    polygons: list[list[Point]], points: list[Point], width: int, height: int
) -> None:
    region = region_of(polygons)
    x1, y1, x2, y2 = region.bounds_px(width, height)
    assert 0 <= x1 < x2 <= width
    assert 0 <= y1 < y2 <= height
    pixels = (np.array(points, np.float64).reshape(-1, 2) * [width, height]).astype(np.float32)
    inside = pixels[region.contains(pixels, width, height)]
    slack = 1e-3 * max(width, height)
    assert (inside >= np.array([x1, y1]) - slack).all()
    assert (inside <= np.array([x2, y2]) + slack).all()
