from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from facewarden.alert.outbox import Outbox
from facewarden.data import Delivery
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from facewarden.store.tables import delivery, snapshot
from unit.store.making import DAY, NOW, SECOND, an_alert


def keys(store: Store, sink: str = "desk", at: Any = NOW, limit: int = 100) -> list[str]:
    names = {an_alert(number).alert_id: str(number) for number in range(10)}
    return [
        f"{names[one.alert.alert_id]}.{one.alert.revision}"
        for one in store.alerts.pending(sink, at, limit)
    ]


def test_is_the_outbox_of_the_alert_stage(store: Store) -> None:
    outbox: Outbox = store.alerts
    assert list(outbox.pending("desk", NOW, 1)) == []


def test_oldest_first_and_one_revision_of_an_alert_at_a_time(store: Store) -> None:
    for number, revision in ((1, 1), (2, 1), (1, 2), (3, 1), (2, 2), (1, 3)):
        store.alerts.record(an_alert(number, revision=revision), ["desk", "mail"])
    assert keys(store) == ["1.1", "2.1", "3.1"]
    assert keys(store, limit=2) == ["1.1", "2.1"]
    store.alerts.accepted(store.alerts.pending("desk", NOW, 1)[0], NOW)
    assert keys(store) == ["2.1", "1.2", "3.1"]
    assert keys(store, "mail") == ["1.1", "2.1", "3.1"]


def test_failure_holds_its_alert_back_and_no_other(store: Store) -> None:
    for number, revision in ((1, 1), (1, 2), (2, 1)):
        store.alerts.record(an_alert(number, revision=revision), ["desk"])
    first = store.alerts.pending("desk", NOW, 1)[0]
    store.alerts.failed(first, "refused " + "x" * 1000, NOW + 5 * SECOND)
    assert keys(store) == ["2.1"]
    assert keys(store, at=NOW + 5 * SECOND) == ["2.1", "1.1"]  # tried least, first
    assert keys(store, at=NOW + 5 * SECOND, limit=1) == ["2.1"]
    again = store.alerts.pending("desk", NOW + 5 * SECOND, 2)[1]
    assert (again.attempts, again.delivery_id) == (1, first.delivery_id)
    record = store.alerts.get(first.alert.alert_id).deliveries[0]
    assert record.problem.startswith("refused xx")
    assert len(record.problem) == 500
    store.alerts.accepted(again, NOW + 6 * SECOND)
    record = store.alerts.get(first.alert.alert_id).deliveries[0]
    assert (record.attempts, record.problem) == (2, "")
    assert record.delivered_at == NOW + 6 * SECOND


def test_a_refused_revision_gives_way_and_is_given_up_once_a_later_one_is_there(
    store: Store,
) -> None:
    def the_only_one() -> Delivery:
        (one,) = store.alerts.pending("desk", NOW, 9)
        return one

    for revision in (1, 2, 3):
        store.alerts.record(an_alert(1, revision=revision), ["desk", "mail"])
    store.alerts.failed(the_only_one(), "down", NOW)
    assert the_only_one().alert.revision == 1
    store.alerts.failed(the_only_one(), "no", NOW, refused=True)
    second = the_only_one()
    assert (second.alert.revision, second.first) == (2, True)
    store.alerts.failed(second, "one said no", NOW, frozenset({"ann"}), refused=True)
    third = the_only_one()
    assert (third.alert.revision, third.first) == (3, False)
    store.alerts.failed(third, "no", NOW, refused=True)
    assert the_only_one().alert.revision == 3  # the latest is tried again
    assert store.alerts.backlog("desk") == 3
    store.alerts.accepted(third, NOW)
    assert (store.alerts.backlog("desk"), store.alerts.backlog("mail")) == (0, 3)
    assert keys(store) == []
    (noted,) = [one for one in store.audit.tail(99) if one.action == "delivery.overtaken"]
    assert noted.object == f"alert:{third.alert.alert_id}"
    assert noted.details == {"sink": "desk", "revisions": [1, 2], "by": 3}


def test_what_waits_for_a_sink_is_given_up(store: Store) -> None:
    for number, revision in ((1, 1), (1, 2), (2, 1)):
        store.alerts.record(an_alert(number, revision=revision), ["desk", "mail"])
    under_way = store.alerts.pending("desk", NOW, 1)[0]
    store.alerts.accepted(store.alerts.pending("desk", NOW, 2)[1], NOW)
    assert store.alerts.give_up("desk", "operator") == 2
    assert store.alerts.give_up("desk", "operator") == 0
    assert (store.alerts.backlog("desk"), store.alerts.backlog("mail")) == (0, 3)
    store.alerts.accepted(under_way, NOW)
    store.alerts.failed(under_way, "late", NOW)
    assert keys(store) == []
    assert [one.sink for one in store.alerts.get(an_alert(2).alert_id).deliveries] == [
        "desk", "mail",
    ]  # fmt: skip
    (event_,) = [one for one in store.audit.tail(99) if one.action == "delivery.give_up"]
    assert (event_.actor, event_.object) == ("operator", f"alert:{an_alert(1).alert_id}")
    assert event_.details == {"sink": "desk", "revisions": [1, 2]}
    store.alerts.record(an_alert(3), ["desk"])
    assert keys(store) == ["3.1"]


def test_pictures_that_only_waited_go_with_it(store: Store) -> None:
    for revision in (1, 2):
        store.alerts.record(an_alert(1, revision=revision), ["desk"])
    store.alerts.give_up("desk", "operator")
    with store._database.read() as connection:
        kept = connection.execute(select(snapshot.c.revision)).scalars().all()
    assert kept == [2]


def test_delivered_rows_keep_no_payload_and_cannot_come_back(store: Store) -> None:
    store.alerts.record(an_alert(1), ["desk"])
    first = store.alerts.pending("desk", NOW, 1)[0]
    store.alerts.accepted(first, NOW)
    store.alerts.accepted(first, NOW + DAY)
    store.alerts.failed(first, "late", NOW)
    with store._database.read() as connection:
        (row,) = connection.execute(delivery.select()).all()
    assert (row.payload, row.delivered_at, row.problem, row.attempts) == (None, NOW, None, 1)
    assert store.alerts.backlog() == 0


@pytest.mark.parametrize(("ahead", "due"), [(60 * SECOND, False), (366 * DAY, True)])
def test_retry_set_before_the_clock_was_put_back(store: Store, ahead: Any, due: bool) -> None:
    store.alerts.record(an_alert(1), ["desk"])
    store.alerts.failed(store.alerts.pending("desk", NOW, 1)[0], "down", NOW + ahead)
    assert keys(store) == (["1.1"] if due else [])


def test_alert_with_a_changed_snapshot_goes_without_it(store: Store) -> None:
    store.alerts.record(an_alert(1), ["desk"])
    store.alerts.record(an_alert(2), ["desk"])
    with store._database.write() as connection:
        other = snapshot.select().where(snapshot.c.alert_id == an_alert(2).alert_id)
        sealed = connection.execute(other).one().sealed
        connection.execute(
            snapshot.update()
            .where(snapshot.c.alert_id == an_alert(1).alert_id)
            .values(sealed=sealed)
        )
    waiting = store.alerts.pending("desk", NOW, 10)
    assert [one.alert.alert_id for one in waiting] == [an_alert(1).alert_id, an_alert(2).alert_id]
    assert [one.alert.snapshot is None for one in waiting] == [True, False]


@pytest.fixture
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: Any) -> None:
        seen.append((statement, values))

    event.listen(store._database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store._database.engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("sqlite_only")
def test_delivered_rows_are_not_looked_at(store: Store, statements: list[tuple[str, Any]]) -> None:
    # With 100,000 delivered rows, an index over the waiting ones alone keeps `pending` fast.
    store.alerts.record(an_alert(1), ["desk"])
    with store._database.write() as connection:
        connection.execute(
            insert(delivery),
            [
                {
                    "sink": "desk",
                    "alert_id": an_alert(1).alert_id,
                    "revision": 0,
                    "idempotency_key": str(number),
                    "attempts": 1,
                    "decided_at": NOW,
                    "created_at": NOW,
                    "delivered_at": NOW,
                }
                for number in range(2000)
            ],
        )
    statements.clear()
    assert keys(store) == ["1.1"]
    statement, values = next(one for one in statements if "FROM delivery" in one[0])
    with store._database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = [row[3] for row in plan]
    assert any("ix_delivery_waiting (sink=?)" in step for step in steps), steps
    assert not any(step.startswith("SCAN") or "TEMP B-TREE" in step for step in steps), steps


def test_who_has_it_survives_a_restart_and_nobody_else_reads_it(
    store: Store, url: str, key: TemplateKey
) -> None:
    reached = frozenset({"ann@example.org", "eve@example.org"})
    store.alerts.record(an_alert(1), ["mail"])
    (waiting,) = store.alerts.pending("mail", NOW, 1)
    assert waiting.reached == set()
    store.alerts.failed(waiting, "450", NOW, reached)
    with store._database.read() as connection:
        (sealed,) = connection.execute(select(delivery.c.reached)).scalars()
    assert b"example" not in sealed
    store.close()
    with open_store(url, key, clock=lambda: NOW) as again:
        (waiting,) = again.alerts.pending("mail", NOW, 1)
        assert waiting.reached == reached
        again.alerts.accepted(waiting, NOW)
        with again._database.read() as connection:
            assert list(connection.execute(select(delivery.c.reached)).scalars()) == [None]
