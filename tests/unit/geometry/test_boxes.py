"""Named cases of boxes."""

import numpy as np
import pytest

from facewarden.geometry.boxes import area, centre, clip, expand, iou, overlap_of_smaller


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param([0, 0, 10, 10], 1.0, id="the same"),
        pytest.param([10, 0, 20, 10], 0.0, id="touching"),
        pytest.param([5, 0, 15, 10], 1 / 3, id="half shared"),
        pytest.param([2, 2, 4, 4], 0.04, id="inside"),
        pytest.param([3, 3, 3, 3], 0.0, id="without area"),
        pytest.param([100, 100, 110, 110], 0.0, id="far away"),
    ],
)
def test_iou(other: list[float], expected: float) -> None:
    box = np.array([[0, 0, 10, 10]], np.float32)
    found = iou(box, np.array([other], np.float32))
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param([0, 0, 10, 10], 1.0, id="the same"),
        pytest.param([10, 0, 20, 10], 0.0, id="touching"),
        pytest.param([5, 0, 15, 20], 0.5, id="half of the smaller"),
        pytest.param([2, 2, 4, 4], 1.0, id="inside"),
        pytest.param([3, 3, 3, 3], 0.0, id="without area"),
    ],
)
def test_overlap_of_smaller(other: list[float], expected: float) -> None:
    one, two = np.array([[0, 0, 10, 10]], np.float32), np.array([other], np.float32)
    for first, second in ((one, two), (two, one)):
        found = overlap_of_smaller(first, second)
        assert found.dtype == np.float32
        assert found[0, 0] == pytest.approx(expected)


def test_the_rest() -> None:
    box = np.array([[-10, 0, 10, 40]], np.float32)
    assert area(box).tolist() == [800]
    assert centre(box).tolist() == [[0, 20]]
    assert expand(box, 0.5).tolist() == [[-20, -20, 20, 60]]
    assert clip(box, 5, 30).tolist() == [[0, 0, 5, 30]]
