from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.store.open import Store
from facewarden.store.retention import RetentionPolicy
from facewarden.store.tables import alert_look, presentation_picture, subject
from unit.store.making import DAY, MODEL, NOW, SECOND, a_look, a_probe, a_sighting, an_alert

KEEP = RetentionPolicy(
    alerts=30 * DAY,
    anchors=30 * DAY,
    sightings=7 * DAY,
    activity=90 * DAY,
    audit=365 * DAY,
    deliveries=10 * DAY,
)
NOTHING = dict.fromkeys(
    (
        "deliveries",
        "alerts",
        "anchors",
        "sightings",
        "lookups",
        "activity",
        "passages",
        "audit",
        "subjects",
    ),
    0,
)


@pytest.fixture
def aged(store: Store) -> Store:
    """One row of each kind that is 20 days old, and one that is of today."""
    for number, age in ((1, 20 * DAY), (2, timedelta())):
        at = NOW - age
        subject_id = store.watchlists.add_subject(
            SubjectDetails(f"Name of {number}", expires_at=at), "missing"
        )
        store.alerts.record(
            an_alert(number, subject_id=subject_id, decided_at=at),
            ["desk", "mail"],
            a_probe(number),
            [a_look(number)],
            a_look(number).picture,
        )
        store.alerts.review(
            Review(an_alert(number).alert_id, ReviewState.REJECTED, "rita", "another", at)
        )
        store.alerts.accepted(store.alerts.pending("desk", NOW, 1)[0], at)
        store.sightings.record(a_sighting(subject_id=subject_id, first_seen_at=at, last_seen_at=at))
        store.activity.add("gate", at, analysed=1)
        store.passages.add("missing", "gate", at, 1e-3)
    store.activity.flush()
    store.passages.flush()
    return store


@pytest.mark.parametrize(
    ("change", "removed"),
    [
        pytest.param({}, {"deliveries": 1, "sightings": 1}, id="as configured"),
        pytest.param({"alerts": DAY}, {"deliveries": 1, "sightings": 1, "alerts": 1}, id="alerts"),
        pytest.param({"anchors": DAY}, {"deliveries": 1, "sightings": 1, "anchors": 1}, id="anch"),
        pytest.param(
            {"activity": DAY},
            {"deliveries": 1, "sightings": 1, "activity": 1, "passages": 1},
            id="act",
        ),
        pytest.param(
            {"expired_subjects": DAY},
            {"deliveries": 1, "sightings": 1, "subjects": 1},
            id="expired subjects",
        ),
    ],
)
def test_what_is_old_goes(
    aged: Store, change: dict[str, timedelta], removed: dict[str, int]
) -> None:
    assert aged.purge(replace(KEEP, **change), NOW) == NOTHING | removed
    assert aged.purge(replace(KEEP, **change), NOW) == NOTHING
    assert len(aged.alerts.find()) == 2 - removed.get("alerts", 0)
    with aged._database.read() as connection:
        pictures = [
            len(connection.execute(select(table)).all())
            for table in (alert_look, presentation_picture)
        ]
    assert pictures == [2 - max(removed.get("alerts", 0), removed.get("subjects", 0))] * 2
    assert len(aged.watchlists.subjects()) == 2 - removed.get("subjects", 0)
    assert len(aged.anchors.of_model(MODEL)) == 2 - max(
        removed.get("anchors", 0), removed.get("subjects", 0)
    )
    assert len(aged.sightings.find()) == 1
    assert aged.alerts.backlog("mail") == 2 - max(
        removed.get("alerts", 0), removed.get("subjects", 0)
    )
    assert aged.audit.verify() is None
    (event,) = aged.audit.tail(1)
    assert (event.action, event.details) == ("store.purge", NOTHING | removed)


def test_undelivered_alerts_wait_as_long_as_the_alert_is_kept(aged: Store) -> None:
    aged.purge(replace(KEEP, deliveries=timedelta()), NOW + SECOND)
    assert aged.alerts.backlog() == 2
    assert [one.sink for one in aged.alerts.find()[0].deliveries] == ["mail"]


def test_audit_expires_and_the_rest_verifies(aged: Store) -> None:
    counts = aged.purge(replace(KEEP, audit=timedelta()), NOW + SECOND)
    assert counts["audit"] == 7
    assert [event.action for event in aged.audit.tail(10)] == ["store.purge"]
    assert aged.audit.verify() is None


def test_sightings_of_an_old_recording_stay_as_long_as_if_it_were_of_today(store: Store) -> None:
    for number, raised in ((1, NOW - 20 * DAY), (2, NOW)):
        subject_id = store.watchlists.add_subject(SubjectDetails(f"Name of {number}"), "missing")
        alert = an_alert(number, subject_id=subject_id, decided_at=raised)
        store.alerts.record(alert, [], a_probe(number))
        seen = NOW - 400 * DAY
        store.sightings.record(
            a_sighting(
                sighting_id=f"run:{number}", subject_id=subject_id, alert_id=alert.alert_id,
                first_seen_at=seen, last_seen_at=seen,
            )
        )  # fmt: skip
    assert store.purge(KEEP, NOW)["sightings"] == 1
    (kept,) = store.sightings.find()
    assert kept.alert_id == an_alert(2).alert_id
    assert store.purge(KEEP, NOW + 8 * DAY)["sightings"] == 1


def test_clock_put_back_deletes_nothing(aged: Store) -> None:
    assert aged.purge(KEEP, NOW - 100 * DAY) == NOTHING


def test_expired_subject_is_removed_for_good(aged: Store, path: Path) -> None:
    with aged._database.read() as connection:
        gone, kept = connection.scalars(select(subject.c.sealed).order_by(subject.c.subject_id))
    aged.purge(replace(KEEP, expired_subjects=DAY), NOW)
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert gone not in raw
    assert kept in raw
    assert [one.details.name for one in aged.watchlists.subjects()] == ["Name of 2"]
    assert [event.action for event in aged.audit.tail(2)] == ["subject.expire", "store.purge"]


def test_log_is_empty_afterwards(aged: Store, path: Path) -> None:
    aged.purge(KEEP, NOW)
    assert path.with_name("store.sqlite-wal").stat().st_size == 0
