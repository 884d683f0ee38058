"""The report adds up, and knows what it does not know."""

import math

import pytest

from facewarden.review.report import Verdicts
from unit.review.making import a_report, an_outcome, nothing, usual


def test_the_total_is_the_sum_of_its_rows() -> None:
    report = usual()
    total = report.total.verdicts
    assert (total.alerts, total.confirmed, total.rejected, total.open) == (14, 7, 2, 5)
    assert total.alerts == sum(line.verdicts.alerts for line in report.watchlists)
    assert total.alerts == sum(line.verdicts.alerts for line in report.cameras)
    assert report.total.activity.watched_s == 80_000
    assert report.total.activity.down_s == 86_800
    assert report.decided.count == 14
    assert report.delivered["mqtt"].count == 14


def test_rows_are_sorted_and_cameras_without_activity_are_kept() -> None:
    report = usual()
    assert [line.activity.camera_id for line in report.cameras] == [
        "entrance",
        "moved-away",
        "yard",
    ]
    assert [line.watchlist for line in report.watchlists[:2]] == ["missing", "wanted"]
    moved = report.cameras[1]
    assert (moved.activity.faces, moved.verdicts.alerts) == (0, 1)
    assert math.isnan(moved.down_share)


FALSE: dict[str, tuple[Verdicts, float, float, float]] = {
    "some of both": (Verdicts(10, 6, 2, 2, 20_000, 400), 0.25, 0.0001, 0.005),
    "none false": (Verdicts(3, 3, 0, 0, 1_000, 20), 0.0, 0.0, 0.0),
    "none reviewed": (Verdicts(3, 0, 0, 3, 1_000, 20), math.nan, math.nan, math.nan),
    "none raised": (Verdicts(0, 0, 0, 0, 1_000, 20), math.nan, 0.0, 0.0),
    "no face seen": (Verdicts(1, 0, 1, 0, 0, 0), 1.0, math.nan, math.nan),
    "nothing": (Verdicts(0, 0, 0, 0, 0, 0), math.nan, math.nan, math.nan),
}


@pytest.mark.parametrize("case", FALSE)
def test_false_alerts_by_each_denominator(case: str) -> None:
    verdicts, per_alert, per_face, per_track = FALSE[case]
    assert verdicts.false_per_alert == pytest.approx(per_alert, nan_ok=True)
    assert verdicts.false_per_face == pytest.approx(per_face, nan_ok=True)
    assert verdicts.false_per_track == pytest.approx(per_track, nan_ok=True)


def test_downtime_and_drops_are_shares_of_what_was_due() -> None:
    entrance, yard = a_report(an_outcome("entrance", "missing", 1, 0, 0)).cameras
    assert entrance.down_share == pytest.approx(400 / 80_400)
    assert entrance.dropped_share == pytest.approx(100 / 400_100)
    assert yard.down_share == 1
    assert math.isnan(yard.dropped_share)


def test_no_data_is_a_report_too() -> None:
    report = nothing()
    assert (report.cameras, report.watchlists, report.delivered) == ((), (), {})
    assert math.isnan(report.total.down_share)
    assert math.isnan(report.decided.p99_s)
