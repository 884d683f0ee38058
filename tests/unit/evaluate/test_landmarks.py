"""Errors of landmarks that were moved by known distances."""

import numpy as np
import pytest

from facewarden.evaluate.landmarks import PointedFaces, landmark_rates

FACE = np.array([[0, 0], [100, 0], [50, 50], [10, 90], [90, 90]], np.float64)


def pointed(*moved: float, box_px: float = 200.0) -> PointedFaces:
    """Return faces whose landmarks are all off by so many px; NaN is a face not found."""
    truth = np.stack([FACE] * len(moved))
    shift = np.array(moved)[:, None] * np.array([0.6, 0.8])
    count = len(moved)
    return PointedFaces(
        "x", truth, truth + shift[:, None], np.full(count, box_px), np.arange(count), count
    )


def test_errors_are_shares_of_the_distance_of_the_eyes() -> None:
    rates = landmark_rates(pointed(2, 4, 6))
    assert rates.nme.value == pytest.approx(0.04)
    assert rates.nme_box.value == pytest.approx(0.02)
    assert rates.nme.low < 0.04 < rates.nme.high
    assert [one.value for one in rates.by_point] == pytest.approx([0.04] * 5)
    assert rates.failed[0].note == "rule of three: none seen"


def test_a_face_not_found_has_failed() -> None:
    rates = landmark_rates(pointed(0, 9, np.nan, 20))
    assert (rates.faces, rates.missed) == (4, 1)
    assert [one.value for one in rates.failed] == pytest.approx([0.75, 0.5])
    assert rates.nme.value == pytest.approx(0.29 / 3)
    # The curve: a quarter from 0 on, another from 0.09 on.
    assert [one.value for one in rates.area] == pytest.approx([0.25, (1 + 0.1) / 4])


@pytest.mark.parametrize("seed", range(5))
def test_area_is_that_under_the_curve(seed: int) -> None:
    random = np.random.default_rng(seed)
    rates = landmark_rates(pointed(*random.uniform(0, 15, 50)))
    for limit, area in zip((0.08, 0.10), rates.area, strict=True):
        at = np.linspace(0, limit, 20_001)
        share = (rates.errors[:, None] <= at).mean(axis=0)
        assert area.value == pytest.approx(np.trapezoid(share, at) / limit, abs=1e-3)


def test_without_boxes_there_is_no_figure_by_box() -> None:
    assert np.isnan(landmark_rates(pointed(1, 2, box_px=float("nan"))).nme_box.value)


def test_that_every_face_fails_is_known_by_the_images_only() -> None:
    rates = landmark_rates(pointed(*[30.0] * 4))
    assert (rates.failed[0].value, rates.failed[0].low) == pytest.approx((1, 1 - 3 / 4))
    assert (rates.area[0].value, rates.area[0].high) == pytest.approx((0, 3 / 4))
