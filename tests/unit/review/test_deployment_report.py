import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from facewarden.data.deployment import Deployment, DeploymentState
from facewarden.data.deployment_numbers import DeploymentNumbers, ListOutcome
from facewarden.review import deployment_html
from facewarden.review.deployment_report import OTHERS, SMALLEST, build, by_attribute
from facewarden.review.wilson import Z, share
from unit.store.making import HOUR, NOW

DEPLOYMENT = Deployment(
    deployment_id=3,
    purpose="Find <b>children</b>",
    place="Market square",
    legal_basis="Section 7",
    cameras=("gate",),
    watchlists=("missing",),
    starts_at=NOW,
    ends_at=NOW + HOUR,
    proposed_by="ada",
    proposed_at=NOW,
    authorised_by="bob",
    authorised_at=NOW,
    false_alerts_per_day=None,
    fpir=None,
    keep_unconfirmed_days=1,
    state=DeploymentState.ENDED,
    version=3,
    ended_at=NOW + HOUR,
)
NUMBERS = DeploymentNumbers(
    watched_s=3600.0,
    down_s=0.0,
    faces=5000,
    tracks=400,
    lists=(ListOutcome("missing", 10, 3, 5, 2),),
    review_s=(5.0, 10.0, 20.0, 300.0),
    escalated=1,
    reopened=0,
    expected_false=4.5,
    frozen=12,
)


def test_held_alerts_are_told_where_there_are_any() -> None:
    some = replace(NUMBERS, lists=(ListOutcome("missing", 10, 3, 5, 2, 4),))
    found, none = build(DEPLOYMENT, some, NOW), build(DEPLOYMENT, NUMBERS, NOW)
    assert (found.held, found.lists[0].held, found.alerts) == (4, 4, 10)
    assert "4 of them held" in deployment_html.render(found)
    assert "held" not in deployment_html.render(none)


def test_numbers_that_were_kept_before_any_alert_could_be_held() -> None:
    plain = NUMBERS.to_json()
    del plain["lists"][0]["held"]
    assert DeploymentNumbers.from_json(plain) == replace(NUMBERS, falsely={})


def test_both_denominators_with_their_intervals() -> None:
    found = build(DEPLOYMENT, NUMBERS, NOW)
    per_alert, per_track = found.false_per_judged_alert, found.false_per_track
    assert (per_alert.events, per_alert.trials, per_alert.value) == (5, 8, 5 / 8)
    assert (per_track.events, per_track.trials, per_track.value) == (5, 400, 5 / 400)
    # R's binom.confint(5, 8, methods = "wilson") gives 0.3057 to 0.8632.
    assert per_alert.low == pytest.approx(0.3057, abs=1e-4)
    assert per_alert.high == pytest.approx(0.8632, abs=1e-4)
    assert found.false_per_face == 5 / 5000
    assert (found.time_to_review.p50, found.time_to_review.p95) == (10.0, 300.0)
    assert found.open == 2


def test_nobody_named_and_nothing_executed() -> None:
    found = build(DEPLOYMENT, NUMBERS, NOW)
    assert "ada" not in found.model_dump_json()
    page = deployment_html.render(found)
    assert "&lt;b&gt;children" in page
    assert "<b>" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_nothing_seen_has_no_shares() -> None:
    empty = replace(NUMBERS, faces=0, tracks=0, lists=(), review_s=())
    found = build(DEPLOYMENT, empty, NOW)
    assert found.false_per_judged_alert.value is None
    assert found.false_per_track.value is None
    assert found.false_per_face is None
    assert "no data" in deployment_html.render(found)
    json.loads(found.model_dump_json())


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_is_the_inversion_of_the_score_test(events: int, trials: int) -> None:
    events = min(events, trials)
    found = share(events, trials)
    assert 0 <= found.low <= found.value <= found.high <= 1
    for end in (found.low, found.high):
        if 0 < end < 1:
            score = abs(found.value - end) / math.sqrt(end * (1 - end) / trials)
            assert score == pytest.approx(Z, rel=1e-6)
    assert pytest.approx(norm.ppf(0.975)) == Z


def people(**sizes: int) -> dict[int, dict[str, str]]:
    names = [name for name, number in sizes.items() for _ in range(number)]
    return {number: {"sex": name} for number, name in enumerate(names, 1)}


def told(falsely: dict[int, int], **sizes: int) -> dict[str, tuple[int, int]]:
    (found,) = by_attribute(falsely, people(**sizes))
    return {one.group: (one.subjects, one.false_alerts) for one in found.groups}


def test_small_groups_are_told_together() -> None:
    assert told({1: 2, 20: 1}, a=10, b=9, c=3, d=2) == {
        "a": (10, 2),
        "b": (9, 0),
        OTHERS: (5, 1),
    }
    assert told({}, a=10, b=9, c=3) == {"a": (10, 0), OTHERS: (12, 0)}
    assert told({1: 1}, a=10, b=3) == {}
    assert told({1: 1}, a=2) == {}


@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), st.integers(1, 9), min_size=1),
    st.data(),
)
def test_no_group_is_ever_small_and_nothing_is_lost(
    sizes: dict[str, int], data: st.DataObject
) -> None:
    known = people(**sizes)
    falsely = data.draw(st.dictionaries(st.sampled_from(sorted(known)), st.integers(0, 5)))
    (found,) = by_attribute(falsely, known)
    assert all(one.subjects >= SMALLEST for one in found.groups)
    if found.groups:
        assert sum(one.subjects for one in found.groups) == len(known)
        assert sum(one.false_alerts for one in found.groups) == sum(falsely.values())
