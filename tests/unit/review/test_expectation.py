import pytest

from facewarden.data.report import Expectation, WatchlistOutcome
from facewarden.review.expectation import Agreement, budget_lines


def outcome(rejected: int, unreviewed: int, camera_id: str = "gate") -> WatchlistOutcome:
    alerts = rejected + unreviewed
    return WatchlistOutcome(camera_id, "wanted", alerts, 0, rejected, unreviewed, (), {})


@pytest.mark.parametrize(
    ("expected", "rejected", "unreviewed", "agreement"),
    [
        pytest.param(2.0, 2, 0, Agreement.AS_EXPECTED, id="as foretold"),
        pytest.param(2.0, 2, 1, Agreement.AS_EXPECTED, id="either way"),
        pytest.param(2.0, 9, 0, Agreement.MORE, id="too many"),
        pytest.param(2.0, 9, 50, Agreement.MORE, id="too many whatever the others are"),
        pytest.param(2.0, 2, 20, Agreement.UNREVIEWED, id="nobody knows"),
        pytest.param(20.0, 2, 0, Agreement.FEWER, id="too few"),
        pytest.param(0.001, 0, 0, Agreement.AS_EXPECTED, id="none of none"),
    ],
)
def test_agreement(expected: float, rejected: int, unreviewed: int, agreement: Agreement) -> None:
    sums = [Expectation("gate", "wanted", 1000, expected)]
    (line,) = budget_lines(sums, [outcome(rejected, unreviewed)])
    assert line.agreement is agreement


def test_cameras_are_added_up() -> None:
    sums = [Expectation(camera, "wanted", 100, 0.5) for camera in ("gate", "hall")]
    (line,) = budget_lines(sums, [outcome(1, 2), outcome(3, 4, "hall")])
    assert (line.tracks, line.expected, line.rejected, line.open) == (200, 1.0, 4, 6)
    assert (line.low, line.high) == (0, 3)


def test_a_list_without_tracks_has_nothing_to_expect() -> None:
    (line,) = budget_lines([Expectation("gate", "wanted", 0, 0.0)], [])
    assert line.agreement is Agreement.NOTHING
    assert budget_lines([], [outcome(1, 0)]) == ()
