"""Alerts by the page and by the change."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.data.casework import CaseStatus
from facewarden.store.alerts import AlertsWanted, StoredAlert
from facewarden.store.open import Store
from unit.store.making import NOW, SECOND, a_probe, an_alert

WHERE = ("gate", "door", "yard")
LISTS = ("missing", "vip")


@pytest.fixture
def listed(store: Store) -> Store:
    """Forty alerts of three cameras, two lists, five subjects and two deployments."""
    for number in range(40):
        alert = an_alert(
            number,
            camera_id=WHERE[number % 3],
            watchlist=LISTS[number % 2],
            subject_id=900 + number % 5,
            decided_at=NOW + number * SECOND,
            snapshot=an_alert().snapshot if number % 2 else None,
        )
        store.alerts.record(alert, ["desk"], deployment_id=number // 20 or None)
        if number % 4 == 0:
            verdict = ReviewState.CONFIRMED if number % 8 else ReviewState.REJECTED
            store.alerts.review(Review(alert.alert_id, verdict, "rita", "why not", NOW))
    store.casework.escalate(an_alert(7).alert_id, "ada", "unsure")
    store.casework.hand_over(an_alert(7).alert_id, "ada", "rita")
    return store


NUMBERS = {an_alert(number).alert_id: number for number in range(200)}


def numbers(found: list[StoredAlert]) -> list[int]:
    return [NUMBERS[one.alert.alert_id] for one in found]


CASES: dict[str, tuple[AlertsWanted, Callable[[int], bool]]] = {
    "all": (AlertsWanted(), lambda _: True),
    "one camera": (AlertsWanted(cameras=["gate"]), lambda n: n % 3 == 0),
    "two cameras": (AlertsWanted(cameras={"gate", "yard"}), lambda n: n % 3 != 1),
    "no camera": (AlertsWanted(cameras=[]), lambda _: False),
    "list": (AlertsWanted(watchlists=["vip"]), lambda n: n % 2 == 1),
    "new": (AlertsWanted(work=[CaseStatus.NEW]), lambda n: n % 4 != 0 and n != 7),
    "decided": (
        AlertsWanted(work=[CaseStatus.CONFIRMED, CaseStatus.REJECTED]),
        lambda n: n % 4 == 0,
    ),
    "escalated": (AlertsWanted(work=[CaseStatus.ESCALATED]), lambda n: n == 7),
    "no work": (AlertsWanted(work=[]), lambda _: False),
    "somebody's": (AlertsWanted(assignee="rita"), lambda n: n == 7),
    "nobody's": (AlertsWanted(assignee=""), lambda n: n != 7),
    "no list": (AlertsWanted(watchlists=()), lambda _: False),
    "open": (AlertsWanted(states=[ReviewState.UNREVIEWED]), lambda n: n % 4 != 0),
    "verdicts": (
        AlertsWanted(states=[ReviewState.CONFIRMED, ReviewState.REJECTED]),
        lambda n: n % 4 == 0,
    ),
    "subject": (AlertsWanted(subject_id=902), lambda n: n % 5 == 2),
    "deployment": (AlertsWanted(deployment_id=1), lambda n: n >= 20),
    "time": (
        AlertsWanted(since=NOW + 5 * SECOND, until=NOW + 31 * SECOND),
        lambda n: 5 <= n < 31,
    ),
    "everything": (
        AlertsWanted(
            NOW, NOW + 39 * SECOND, ["gate"], ["missing"], [ReviewState.UNREVIEWED], 901, 1
        ),
        lambda n: n == 36 and n % 4 != 0,
    ),
}


def test_pages_are_the_whole_without_gap_or_repeat(listed: Store) -> None:
    for (name, (wanted, fits)), limit in itertools.product(CASES.items(), (1, 7, 100)):
        found: list[StoredAlert] = []
        before = None
        while some := listed.alerts.page(wanted, before=before, limit=limit):
            assert len(some) <= limit
            found += some
            before = some[-1].position
        assert numbers(found) == [one for one in reversed(range(40)) if fits(one)], name
        assert listed.alerts.count(wanted) == len(found)


def test_a_page_tells_all_but_the_picture(listed: Store) -> None:
    found = listed.alerts.page(limit=40)
    assert [one.has_snapshot for one in found] == [
        number % 2 == 1 for number in reversed(range(40))
    ]
    assert {one.alert.snapshot for one in found} == {None}
    assert {len(one.deliveries) for one in found} == {1}
    assert [one.reviews[0].reason for one in found if one.reviews] == ["why not"] * 10
    assert {one.alert.subject_name for one in found} == {"Maximiliane Quastenflosser"}
    assert [one.deployment_id for one in found] == [1] * 20 + [None] * 20


def test_alerts_that_are_raised_meanwhile_do_not_move_the_pages(listed: Store) -> None:
    first = listed.alerts.page(limit=10)
    listed.alerts.record(an_alert(77), [])
    assert numbers(listed.alerts.page(before=first[-1].position, limit=3)) == [29, 28, 27]


@pytest.mark.usefixtures("sqlite_only")
def test_the_narrow_index_is_walked(listed: Store) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: Any) -> None:
        seen.append((statement, values))

    engine = listed._database.engine
    event.listen(engine, "before_cursor_execute", note)
    listed.alerts.page(CASES["two cameras"][0], before=30, limit=5)
    event.remove(engine, "before_cursor_execute", note)
    statement, values = next(one for one in seen if "FROM alert" in one[0])
    with listed._database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = [row[3] for row in plan]
    assert any("USING COVERING INDEX ix_alert_page (position<?)" in step for step in steps), steps


def test_every_change_is_told_once_and_in_order(store: Store) -> None:
    alerts = store.alerts
    assert (alerts.head(), alerts.since(0)) == (0, [])
    for number in range(5):
        alerts.record(an_alert(number), [], a_probe(number))
    assert numbers(alerts.since(0)) == [0, 1, 2, 3, 4]
    assert [one.change for one in alerts.since(0)] == [1, 2, 3, 4, 5]
    assert numbers(alerts.since(2, limit=2)) == [2, 3]
    read = alerts.head()
    assert alerts.since(read) == []
    alerts.record(an_alert(3, revision=2, looks=9), [])
    alerts.review(Review(an_alert(1).alert_id, ReviewState.REJECTED, "rita", "no", NOW))
    alerts.record(an_alert(3, revision=2, looks=9), [])  # known: no change
    alerts.touch(an_alert(0).alert_id, NOW)  # seen again: nothing to tell
    later = alerts.since(read)
    assert numbers(later) == [3, 1]
    assert (later[0].alert.looks, later[1].alert.state) == (9, ReviewState.REJECTED)
    assert alerts.head() == later[-1].change


def test_a_removed_subject_is_a_change_and_an_expired_alert_takes_no_number_back(
    store: Store,
) -> None:
    gone = store.watchlists.add_subject(SubjectDetails("Somebody"), "missing")
    store.alerts.record(an_alert(1), [])
    store.alerts.record(an_alert(2, subject_id=gone), [])
    head = store.alerts.head()
    store.watchlists.remove_subject(gone)
    (found,) = store.alerts.since(head)
    assert found.alert.subject_name == "(removed)"
    head = store.alerts.head()
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alert")
    store.alerts.record(an_alert(3), [])
    assert numbers(store.alerts.since(head)) == [3]


def test_readers_of_changes_miss_nothing_while_writers_write(store: Store) -> None:
    chance = random.Random(7)
    seen: dict[int, int] = {}
    change = 0
    for number in range(120):
        revision = chance.randint(1, 3)
        store.alerts.record(an_alert(chance.randint(0, 30), revision=revision), [])
        if number % 7 == 0:
            found = store.alerts.since(change, limit=4)
            change = found[-1].change if found else change
            seen |= {NUMBERS[one.alert.alert_id]: one.alert.revision for one in found}
    while found := store.alerts.since(change, limit=4):
        change = found[-1].change
        seen |= {NUMBERS[one.alert.alert_id]: one.alert.revision for one in found}
    now = store.alerts.page(limit=100)
    assert seen == {NUMBERS[one.alert.alert_id]: one.alert.revision for one in now}
