import numpy as np
import pytest

from facewarden.errors import DataError
from facewarden.geometry.region import Region

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def test_no_polygon_is_everything() -> None:
    region = Region()
    assert region.everything
    assert region.bounds_px(640, 360) == (0, 0, 640, 360)
    assert region.contains(np.array([[1, 1], [-5, 900]], np.float32), 640, 360).all()


@pytest.mark.parametrize(
    ("polygons", "bounds"),
    [
        ([LEFT_HALF], (0, 0, 320, 360)),
        ([((0.25, 0.5), (0.75, 0.5), (0.5, 1.0))], (160, 180, 480, 360)),
        ([LEFT_HALF, ((0.9, 0.0), (1.0, 0.0), (1.0, 0.1))], (0, 0, 640, 360)),
        ([((1.0, 1.0), (0.9999, 1.0), (1.0, 0.9999))], (639, 359, 640, 360)),
    ],
)
def test_bounds(polygons: list[tuple[tuple[float, float], ...]], bounds: tuple[int, ...]) -> None:
    assert Region(polygons).bounds_px(640, 360) == bounds


def test_contains() -> None:
    u_shape = ((0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.4), (0.3, 0.4), (0.3, 1), (0, 1))
    points = np.array([[10, 90], [50, 90], [90, 90], [50, 20], [120, 20]], np.float32)
    got = Region([u_shape]).contains(points, 100, 100)
    assert got.tolist() == [True, False, True, True, False]
    assert Region([LEFT_HALF]).contains(np.zeros((0, 2), np.float32), 9, 9).shape == (0,)


@pytest.mark.parametrize(
    "polygon",
    [
        pytest.param(((0, 0), (1, 1)), id="two points"),
        pytest.param(((0, 0), (1, 0), (1.1, 1)), id="outside"),
        pytest.param(((0, 0), (1, 0), (float("nan"), 1)), id="not a number"),
        pytest.param(((0, 0.5), (0.5, 0.5), (1, 0.5)), id="no area"),
        pytest.param(((0, 0, 0), (1, 0, 0), (1, 1, 0)), id="three coordinates"),
        pytest.param((), id="no points"),
    ],
)
def test_refused(polygon: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(DataError):
        Region([polygon])
