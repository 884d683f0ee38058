"""What an ended track adds to the counts."""

from datetime import UTC, datetime

import pytest

from facewarden.data import Decision, Verdict
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.budget import InForce
from facewarden.decide.evidence import Evidence, RaisedAlert
from facewarden.geometry.region import Region
from facewarden.match.exact_gallery import ExactGallery
from facewarden.pipeline.camera import CameraPlan
from facewarden.pipeline.passing import passages
from facewarden.pipeline.roster import Roster

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TAIL = ImpostorTail(((0.9, 0.0), (0.5, 0.1), (1e-3, 0.36)), 0.025, 0.0, 1e-5)
PLAN = CameraPlan("gate", "Gate", "", 640, 0.6, 40, Region(), group="doors")


def roster(tail: ImpostorTail | None = TAIL) -> Roster:
    found = InForce(0.45, "set by hand", 10, 12, tail)
    return Roster(
        ExactGallery([], "m"), {}, {"wanted": 0.45}, {}, 1, in_force={"wanted": found}, model="m x"
    )


def track(verdict: Verdict, similarity: float = 0.3, looks: int = 2) -> Evidence:
    evidence = Evidence("gate", 1, NOW, NOW, looks=looks)
    evidence.best["wanted"] = similarity
    evidence.decisions["wanted"] = Decision(verdict, "wanted", 1, 1, 0.1, 0.45, 0.0, looks)
    return evidence


def test_a_stranger_is_counted_and_likened() -> None:
    (found,) = passages(PLAN, track(Verdict.BELOW_THRESHOLD), roster())
    force = roster().in_force["wanted"]
    assert found.expected == force.fpir
    assert (found.camera_group, found.model) == ("doors", "m x")
    assert found.place is not None
    assert found.place * 0.005 <= 0.3 - force.ordinary(2) < (found.place + 1) * 0.005


@pytest.mark.parametrize(
    "verdict", [Verdict.ALERT, Verdict.UPDATE, Verdict.ALREADY_ALERTED, Verdict.QUIET_PERIOD]
)
def test_who_alerted_is_counted_only(verdict: Verdict) -> None:
    (found,) = passages(PLAN, track(verdict, 0.6), roster())
    assert found.place is None


def test_who_alerted_once_stays_out_of_the_histogram() -> None:
    evidence = track(Verdict.BELOW_THRESHOLD)
    evidence.raised["wanted", 1] = RaisedAlert("a", 1, 0.5, 1, NOW)
    (found,) = passages(PLAN, evidence, roster())
    assert found.place is None


@pytest.mark.parametrize(
    ("evidence", "tail"),
    [
        pytest.param(track(Verdict.BELOW_THRESHOLD, looks=0), TAIL, id="never looked at"),
        pytest.param(track(Verdict.BELOW_THRESHOLD), None, id="a model without calibration"),
    ],
)
def test_nothing_to_count(evidence: Evidence, tail: ImpostorTail | None) -> None:
    assert list(passages(PLAN, evidence, roster(tail))) == []
