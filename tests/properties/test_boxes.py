"""What holds for every pair of boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from facewarden.geometry import boxes as fast
from reference import boxes as slow

Boxes = NDArray[np.float64]


def rows(least: int = 0) -> st.SearchStrategy[Boxes]:
    place = st.integers(-2000, 4000)
    side = st.integers(0, 3000)
    box = st.tuples(place, place, side, side).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))
    return st.lists(box, min_size=least, max_size=8).map(
        lambda found: np.array(found, np.float64).reshape(-1, 4)
    )


@given(rows(), rows())
def test_iou_is_that_of_the_slow_twin(first: Boxes, second: Boxes) -> None:
    expected = [[slow.iou(a, b) for b in second] for a in first]
    expected_array = np.array(expected).reshape(len(first), len(second))
    np.testing.assert_allclose(fast.iou(first, second), expected_array, atol=1e-12)


@given(rows(), rows())
def test_iou_is_symmetric_and_in_range(first: Boxes, second: Boxes) -> None:
    ratio = fast.iou(first, second)
    np.testing.assert_array_equal(ratio, fast.iou(second, first).T)
    assert ((ratio >= 0) & (ratio <= 1)).all()


@given(rows(), rows(), st.integers(-5000, 5000), st.integers(-5000, 5000))
def test_iou_does_not_depend_on_where_the_boxes_lie(
    first: Boxes, second: Boxes, dx: int, dy: int
) -> None:
    shift = np.array([dx, dy, dx, dy], np.float64)
    np.testing.assert_array_equal(fast.iou(first, second), fast.iou(first + shift, second + shift))


@given(rows())
def test_iou_of_a_box_with_itself_is_one_unless_it_is_flat(found: Boxes) -> None:
    expected = (fast.area(found) > 0).astype(np.float64)
    np.testing.assert_array_equal(np.diagonal(fast.iou(found, found)), expected)


@given(rows(), st.floats(0, 3))
def test_expanding_keeps_centres_and_undoes_itself(found: Boxes, share: float) -> None:
    larger = fast.expand(found, share)
    np.testing.assert_allclose(fast.centre(larger), fast.centre(found), atol=1e-6)
    back = fast.expand(larger, -share / (1 + 2 * share))
    np.testing.assert_allclose(back, found, atol=1e-6)
    assert (fast.area(larger) >= fast.area(found) - 1e-6).all()


@given(rows(), st.integers(1, 3000), st.integers(1, 3000))
def test_clipped_boxes_lie_inside_and_stay(found: Boxes, width: int, height: int) -> None:
    inside = fast.clip(found, width, height)
    assert (inside >= 0).all()
    assert (inside <= [width, height, width, height]).all()
    assert (fast.area(inside) <= fast.area(found)).all()
    np.testing.assert_array_equal(fast.clip(inside, width, height), inside)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_boxes(dtype: type[np.float32]) -> None:
    none, one = np.zeros((0, 4), dtype), np.ones((1, 4), dtype)
    assert fast.iou(none, one).shape == (0, 1)
    assert fast.iou(one, none).shape == (1, 0)
    assert fast.iou(none, one).dtype == dtype
