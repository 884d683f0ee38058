from dataclasses import replace

import pytest
from sqlalchemy import update

from facewarden.data import Alert, Review, ReviewState
from facewarden.errors import DataError, StoreError
from facewarden.store.open import Store
from facewarden.store.sealed_words import DAMAGED
from facewarden.store.tables import alert as alert_table
from facewarden.store.tables import delivery as delivery_table
from facewarden.store.tables import review as review_table
from facewarden.store.tables import snapshot
from unit.store.making import DAY, HOUR, NOW, PICTURE, SECOND, an_alert, an_id

SECOND_PICTURE = replace(PICTURE, jpeg=b"a better look")


def refined(alert: Alert, revision: int, **changes: object) -> Alert:
    return replace(alert, revision=revision, **changes)  # type: ignore[arg-type]


def pictures(store: Store) -> list[int]:
    with store._database.read() as connection:
        return sorted(connection.scalars(snapshot.select().with_only_columns(snapshot.c.revision)))


def test_alert_comes_back_as_recorded(store: Store) -> None:
    alert = an_alert()
    store.alerts.record(alert, ["desk", "mail"])
    found = store.alerts.get(alert.alert_id)
    assert found.alert == alert
    assert (found.raised_at, found.created_at, found.reviews) == (NOW, NOW, ())
    assert [
        (one.sink, one.revision, one.attempts, one.delivered_at) for one in found.deliveries
    ] == [("desk", 1, 0, None), ("mail", 1, 0, None)]
    (event,) = store.audit.tail(1)
    assert (event.action, event.object) == ("alert.read_snapshot", f"alert:{alert.alert_id}")
    assert PICTURE.jpeg not in b"".join(row.sealed for row in _rows(store))


def test_reading_without_the_picture_is_not_a_look_at_it(store: Store) -> None:
    store.alerts.record(an_alert(), [])
    before = store.audit.tail(1)
    found = store.alerts.get(an_alert().alert_id, with_snapshot=False)
    assert found.alert == replace(an_alert(), snapshot=None)
    assert store.audit.tail(1) == before


def test_deliveries_show_the_alert_as_it_was(store: Store) -> None:
    first = an_alert()
    second = refined(
        first,
        2,
        similarity=0.7,
        looks=8,
        snapshot=SECOND_PICTURE,
        decided_at=NOW + SECOND,
        last_seen_at=NOW + SECOND,
    )
    store.alerts.record(first, ["desk"])
    store.alerts.record(second, ["desk"])
    (waiting,) = store.alerts.pending("desk", NOW, 10)
    assert waiting.alert == first
    assert waiting.idempotency_key == f"{first.alert_id}:1:desk"
    store.alerts.accepted(waiting, NOW)
    (waiting,) = store.alerts.pending("desk", NOW, 10)
    assert waiting.alert == second
    found = store.alerts.get(first.alert_id)
    assert found.alert == second
    assert found.raised_at == first.decided_at


def test_same_revision_twice_is_once(store: Store) -> None:
    first, second = an_alert(), refined(an_alert(), 2, looks=9)
    for alert in (first, first, second, first, second):
        store.alerts.record(alert, ["desk", "desk", "mail"])
    assert store.alerts.backlog() == 4
    assert store.alerts.backlog("desk") == 2
    assert store.alerts.backlog("nowhere") == 0
    assert store.alerts.get(first.alert_id).alert.looks == 9


def test_first_revision_that_was_never_stored(store: Store) -> None:
    late = refined(an_alert(), 3)
    store.alerts.record(late, ["desk"])
    assert store.alerts.get(late.alert_id).alert == late


def test_refinement_keeps_the_verdict_the_picture_and_the_last_sight(store: Store) -> None:
    alert = an_alert()
    store.alerts.record(alert, [])
    store.alerts.review(Review(alert.alert_id, ReviewState.CONFIRMED, "rita", "sure", NOW))
    store.alerts.touch(alert.alert_id, NOW + 5 * SECOND)
    store.alerts.record(refined(alert, 2, snapshot=None, looks=9), [])
    found = store.alerts.get(alert.alert_id).alert
    assert (found.state, found.looks, found.snapshot) == (ReviewState.CONFIRMED, 9, PICTURE)
    assert found.last_seen_at == NOW + 5 * SECOND


def test_pictures_live_as_long_as_somebody_waits_for_them(store: Store) -> None:
    alerts = store.alerts
    alert = an_alert()
    alerts.record(alert, ["desk", "mail"])
    alerts.record(refined(alert, 2, snapshot=SECOND_PICTURE), ["desk", "mail"])
    assert pictures(store) == [1, 2]
    alerts.accepted(alerts.pending("desk", NOW, 1)[0], NOW)
    assert pictures(store) == [1, 2]
    alerts.accepted(alerts.pending("mail", NOW, 1)[0], NOW)
    assert pictures(store) == [2]
    for sink in ("desk", "mail"):
        alerts.accepted(alerts.pending(sink, NOW, 1)[0], NOW)
    assert pictures(store) == [2]
    alerts.record(refined(alert, 3), [])
    assert pictures(store) == [3]


def test_latest_and_touch(store: Store) -> None:
    alerts = store.alerts
    place = (901, "missing", "gate")
    assert alerts.latest(*place) is None
    alerts.record(an_alert(1), [])
    alerts.record(an_alert(2, camera_id="door"), [])
    assert alerts.latest(*place) == (an_alert(1).alert_id, NOW - 2 * SECOND)
    alerts.touch(an_alert(1).alert_id, NOW)
    alerts.touch(an_alert(1).alert_id, NOW - HOUR)
    assert alerts.latest(*place) == (an_alert(1).alert_id, NOW)
    assert alerts.latest(901, "missing", "door") == (an_alert(2).alert_id, NOW - 2 * SECOND)
    assert alerts.latest(902, "missing", "gate") is None


def test_clock_put_back_does_not_hide_the_latest_alert(store: Store) -> None:
    wrong = 400 * DAY
    store.alerts.record(an_alert(1, last_seen_at=NOW + wrong, decided_at=NOW + wrong), [])
    store.alerts.record(an_alert(2), [])
    assert store.alerts.latest(901, "missing", "gate") == (
        an_alert(2).alert_id,
        NOW - 2 * SECOND,
    )


def test_get_by_prefix(store: Store) -> None:
    ids = ["ab" + "0" * 30, "ab1" + "0" * 29, "c%" + "0" * 30]
    for alert_id in ids:
        store.alerts.record(replace(an_alert(), alert_id=alert_id), [])
    assert store.alerts.get("AB1").alert.alert_id == ids[1]
    assert store.alerts.get("c%").alert.alert_id == ids[2]
    for prefix, words in (
        ("ab", "several alerts"),
        ("", "several"),
        ("f", "no alert"),
        ("%", "no"),
    ):
        with pytest.raises(StoreError, match=words) as caught:
            store.alerts.get(prefix)
        assert caught.value.remedy


def test_find(store: Store) -> None:
    for number in range(6):
        store.alerts.record(
            an_alert(
                number,
                camera_id="gate" if number % 2 else "door",
                watchlist="missing" if number < 4 else "vip",
                decided_at=NOW + number * SECOND,
            ),
            ["desk"],
        )
    store.alerts.review(Review(an_alert(3).alert_id, ReviewState.REJECTED, "rita", "no", NOW))

    def numbers(**wanted: object) -> list[int]:
        found = store.alerts.find(**wanted)  # type: ignore[arg-type]
        by_id = {an_alert(number).alert_id: number for number in range(6)}
        assert all(one.alert.snapshot is None and len(one.deliveries) == 1 for one in found)
        return [by_id[one.alert.alert_id] for one in found]

    assert numbers() == [5, 4, 3, 2, 1, 0]
    assert numbers(since=NOW + 2 * SECOND, until=NOW + 4 * SECOND) == [3, 2]
    assert numbers(camera="gate", watchlist="missing") == [3, 1]
    assert numbers(state=ReviewState.REJECTED) == [3]
    assert numbers(state=ReviewState.UNREVIEWED, limit=2, offset=1) == [4, 2]
    assert numbers(camera="nowhere") == []


def test_reviews_keep_their_history(store: Store) -> None:
    alert = an_alert()
    store.alerts.record(alert, [])
    verdicts = [
        Review(alert.alert_id, ReviewState.CONFIRMED, "rita", "same scar", NOW),
        Review(alert.alert_id, ReviewState.REJECTED, "sam", "she was in court", NOW + SECOND),
        Review(alert.alert_id, ReviewState.UNREVIEWED, "rita", "", NOW - DAY),
    ]
    for verdict in verdicts:
        store.alerts.review(verdict)
        found = store.alerts.get(alert.alert_id)
        assert found.alert.state == verdict.state
    assert found.reviews == tuple(verdicts)
    events = [one for one in store.audit.tail(10) if one.action == "alert.review"]
    assert [(one.actor, one.details["state"]) for one in events] == [
        ("rita", "confirmed"),
        ("sam", "rejected"),
        ("rita", "unreviewed"),
    ]
    assert "scar" not in str(events)
    with pytest.raises(StoreError, match="no alert"):
        store.alerts.review(replace(verdicts[0], alert_id="0" * 32))


def test_alert_that_cannot_be_stored_is_no_store_error(store: Store) -> None:
    # The recorder tries again after a StoreError, for ever; this one would never pass.
    with pytest.raises(DataError, match="does not fit"):
        store.alerts.record(an_alert(similarity=float("nan")), ["desk"])
    assert store.alerts.backlog() == 0
    assert store.alerts.find() == []


def _rows(store: Store):  # type: ignore[no-untyped-def]
    with store._database.read() as connection:
        return connection.execute(snapshot.select()).all()


def test_one_damaged_row_hides_no_other(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    for number in (1, 2):
        store.alerts.record(an_alert(number), ["desk"])
        store.alerts.review(Review(an_id(number), ReviewState.REJECTED, "rita", "other", NOW))
    waiting = store.alerts.pending("desk", NOW, 1)[0]
    store.alerts.failed(waiting, "down", NOW)
    with store._database.write() as connection:
        for table, column in ((alert_table, "words"), (review_table, "reason")):
            changed = update(table).where(table.c.alert_id == an_id(1))
            connection.execute(changed.values({column: b"changed"}))
        connection.execute(update(delivery_table).values(problem=b"changed"))
    for found in (store.alerts.page(), store.alerts.since(0)[::-1]):
        good, damaged = found
        assert good.alert.subject_name == an_alert().subject_name
        assert good.reviews[0].reason == "other"
        assert (damaged.alert.subject_name, damaged.reviews[0].reason) == (DAMAGED, DAMAGED)
        assert damaged.deliveries[0].problem == DAMAGED
    assert {queue.problem for queue in store.alerts.queues()} == {DAMAGED}
    assert f"alert {an_id(1)}" in caplog.text
