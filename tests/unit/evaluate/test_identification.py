import json
from datetime import UTC, datetime

import numpy as np
import pytest

from facewarden.errors import DataError
from facewarden.evaluate import as_console, as_html, as_json
from facewarden.evaluate.false_alerts import expected
from facewarden.evaluate.identification import Identification, OperatingPoint, Searches
from facewarden.evaluate.identification_report import Series, Traffic, figures, plots, tables
from facewarden.evaluate.intervals import Estimate, proportion
from facewarden.evaluate.report import EvaluationReport


def searches(mated: int = 200, strangers: int = 400, enrolled: int = 300) -> Searches:
    """One probe a person; nine of ten mates are the first candidate."""
    random = np.random.default_rng(3)
    n = mated + strangers
    is_mated = np.arange(n) < mated
    best = np.where(is_mated, random.normal(0.7, 0.1, n), random.normal(0.4, 0.05, n))
    rank = np.where(is_mated, np.where(np.arange(n) % 10 == 0, 3, 1), 0)
    return Searches(np.arange(n), is_mated, rank, best, n, enrolled)


def test_a_mate_behind_somebody_else_is_a_miss_at_every_threshold() -> None:
    found = Identification(searches())
    assert all(one.value >= 0.1 for one in found.fnir.values() if np.isfinite(one.value))
    assert found.at("all", -1.0).fnir.value == pytest.approx(0.1)
    assert found.cmc()[0] == pytest.approx(0.9)
    assert found.cmc()[2] == 1


def test_a_threshold_keeps_its_rate() -> None:
    found = Identification(searches())
    for rate in (0.1, 0.03, 0.01):
        assert found.at("", found.threshold(rate)).fpir.value == pytest.approx(rate)
    assert np.isnan(Identification(searches(strangers=99)).threshold(0.01))


def test_what_the_strangers_cannot_show_is_said() -> None:
    told = Identification(searches(strangers=50)).fnir
    assert np.isfinite(told[0.1].value)
    assert "50 non-mated searches cannot show it" in told[0.01].note
    none_seen = Identification(searches()).at("sure", 0.99).fpir
    assert none_seen.high == pytest.approx(3 / 400)


def test_searches_for_one_person_are_one_trial() -> None:
    one = searches()
    same = Searches(one.person % 5, one.mated, one.rank, one.best, 5, one.enrolled)
    # Rule of three over 5 people, not over 400 searches.
    assert Identification(same).at("sure", 0.99).fpir.high == pytest.approx(3 / 5)


@pytest.mark.parametrize(("mated", "strangers"), [(0, 50), (50, 0)])
def test_one_kind_of_probes_only(mated: int, strangers: int) -> None:
    found = Identification(searches(mated, strangers))
    assert all(np.isnan(one.value) for one in found.fnir.values())
    traffic = Traffic(300, 1000)
    assert len(plots(found, [], None)) == (2 if mated else 1)
    json.dumps(as_json.plain(figures(found, [], [], traffic)), allow_nan=False)
    assert len(tables(found, [], [], traffic)) == (1 if mated else 0)


def test_a_template_with_nan_is_refused() -> None:
    good = searches()
    broken = good.best.copy()
    broken[0] = np.nan
    with pytest.raises(DataError, match="1 NaN"):
        Searches(good.person, good.mated, good.rank, broken, good.people, good.enrolled)


def test_false_alerts_of_a_longer_list() -> None:
    point = OperatingPoint("", 0.5, Estimate(0.01, 0.005, 0.02, 400), proportion(1, 10))
    told = expected(point, measured=300, enrolled=600, tracks_per_day=1000)
    # Twice the list: nobody alerts with 0.99 squared.
    assert told.fpir.value == pytest.approx(1 - 0.99**2)
    assert told.fpir.low == pytest.approx(1 - 0.995**2)
    assert told.per_day.value == pytest.approx(1000 * (1 - 0.99**2))
    assert told.per_day.high == pytest.approx(1000 * (1 - 0.98**2))
    same = expected(point, measured=300, enrolled=300, tracks_per_day=1)
    assert same.fpir.value == pytest.approx(0.01)
    sure = OperatingPoint("", 0.0, Estimate(1.0, 0.9, 1.0), proportion(1, 10))
    assert expected(sure, measured=3, enrolled=1, tracks_per_day=1).fpir.value == 1


def test_the_report_can_be_written_in_every_form() -> None:
    found = Identification(searches())
    series = [Series("people enrolled", (("150", found), ("300", found)))]
    traffic = Traffic(1000, 500)
    alerts = [
        expected(found.at("product", 0.9), measured=300, enrolled=1000, tracks_per_day=500),
    ]
    report = EvaluationReport(
        "Identification", "facewarden evaluate ...", ("a model",), (("enrolled", "300"),),
        datetime(2026, 1, 1, tzinfo=UTC), 1.0, tables(found, series, alerts, traffic),
        plots=plots(found, series, ("product", 0.9)),
        figures=figures(found, series, alerts, traffic),
    )  # fmt: skip
    assert as_html.render(report).count("<svg") == 4
    machine = json.loads(as_json.render(report))["figures"]
    assert machine["series"]["people enrolled"]["150"]["0.01"]["value"] >= 0.1
    assert machine["false_alerts"][0]["per_day"]["high"] > 0
    assert as_console.render(report)


def test_a_rate_that_nobody_can_show_is_no_column() -> None:
    few = Identification(searches(strangers=20))
    assert Series("people", (("1", few), ("2", few))).shown() == (0.1,)
    assert Series("people", (("1", few),)).shown() == ()


def test_no_miss_seen_is_no_proof_that_there_are_none() -> None:
    some = searches()
    rank = np.where(some.mated, 1, 0)
    best = np.where(some.mated, 0.9, 0.1)
    found = Identification(Searches(some.person, some.mated, rank, best, some.people, 300))
    (first,) = found.identified((1,))
    assert first.value == 1
    assert first.low == pytest.approx(1 - 3 / 200)
    assert found.fnir[0.1].value == 0
    assert found.fnir[0.1].high == pytest.approx(3 / 200)


def test_that_all_alarm_or_all_are_missed_is_known_by_the_people_only() -> None:
    found = Identification(searches())
    alarm = found.at("all", -1.0).fpir
    assert (alarm.value, alarm.low) == pytest.approx((1, 1 - 3 / 400))
    missed = found.at("none", 2.0).fnir
    assert (missed.value, missed.low) == pytest.approx((1, 1 - 3 / 200))
