"""Negative anchors: what a rejection leaves behind, and what takes it away."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from sqlalchemy import Table, insert, select, update

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.errors import DataError, KeyRefused
from facewarden.store.address import parsed
from facewarden.store.anchors import MOST_ANCHORS, AnchorChange, expire_anchors
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.revisions import alembic_config
from facewarden.store.tables import activity, alert_probe, anchor
from unit.store.making import DAY, MODEL, NOW, SECOND, a_probe, an_alert

OTHER = "embedder-b"


@pytest.fixture
def subject_id(store: Store) -> int:
    return store.watchlists.add_subject(SubjectDetails("Ada Example"), "missing")


def raised(store: Store, number: int, subject_id: int, probe_seed: int | None = None) -> str:
    """Record an alert with its probe; return its id."""
    alert = an_alert(number, subject_id=subject_id)
    store.alerts.record(alert, ["desk"], a_probe(probe_seed or number))
    return alert.alert_id


def judged(
    store: Store, alert_id: str, state: ReviewState, *, after_s: float = 0, anchor: bool = True
) -> AnchorChange:
    at = NOW + after_s * SECOND
    return store.alerts.review(Review(alert_id, state, "rita", "looked", at), anchor=anchor)


def rejected(store: Store, alert_id: str, after_s: float = 0) -> AnchorChange:
    return judged(store, alert_id, ReviewState.REJECTED, after_s=after_s)


def actions(store: Store) -> list[tuple[str, str]]:
    events = store.audit.tail(1000)
    return [
        (event.action, str(event.details.get("why", "")))
        for event in events
        if event.action.startswith("anchor.")
    ]


def probes_kept(store: Store) -> set[str]:
    with store._database.read() as connection:
        return set(connection.scalars(select(alert_probe.c.alert_id)))


def test_a_rejection_makes_an_anchor_of_the_probe(
    store: Store, subject_id: int, path: Path, key: TemplateKey
) -> None:
    version = store.watchlists.version()
    alert_id = raised(store, 1, subject_id)
    assert store.anchors.has_probe(alert_id)
    assert store.watchlists.version() == version
    assert rejected(store, alert_id) is AnchorChange.CREATED
    assert store.watchlists.version() > version  # a running watch reads the roster again
    assert probes_kept(store) == set()
    assert store.alerts.get(alert_id).anchored
    store.close()
    with open_store(sqlite_url(path), key, create=False) as again:
        (found,) = again.anchors.of_model(MODEL)
        assert (found.subject_id, found.alert_id, found.rejected_at) == (subject_id, alert_id, NOW)
        assert np.array_equal(found.template, a_probe(1).vectors[0])
        assert "template" not in repr(found)
        assert actions(again) == [("anchor.create", "")]
        assert again.audit.verify() is None


def test_the_newest_probe_is_kept_until_the_verdict(store: Store, subject_id: int) -> None:
    first = an_alert(1, subject_id=subject_id)
    store.alerts.record(first, [], a_probe(1))
    store.alerts.record(replace(first, revision=2), [], a_probe(2))
    store.alerts.record(replace(first, revision=3), [])  # told after the person left
    rejected(store, first.alert_id)
    (found,) = store.anchors.of_model(MODEL)
    assert np.array_equal(found.template, a_probe(2).vectors[0])
    store.alerts.record(replace(first, revision=4), [], a_probe(3))
    assert probes_kept(store) == set()


@pytest.mark.parametrize(
    ("state", "anchor", "change"),
    [
        pytest.param(ReviewState.CONFIRMED, True, AnchorChange.NONE, id="confirmed"),
        pytest.param(ReviewState.REJECTED, False, AnchorChange.NONE, id="rejected without"),
    ],
)
def test_the_probe_goes_with_any_verdict(
    store: Store, subject_id: int, state: ReviewState, anchor: bool, change: AnchorChange
) -> None:
    alert_id = raised(store, 1, subject_id)
    assert judged(store, alert_id, state, anchor=anchor) is change
    assert probes_kept(store) == set()
    assert store.anchors.of_subject(subject_id) == []
    assert rejected(store, alert_id) is AnchorChange.NO_PROBE


def test_confirming_takes_a_rejection_back(store: Store, subject_id: int) -> None:
    alert_id = raised(store, 1, subject_id)
    rejected(store, alert_id)
    version = store.watchlists.version()
    assert judged(store, alert_id, ReviewState.CONFIRMED) is AnchorChange.REMOVED
    assert store.watchlists.version() > version
    assert store.anchors.of_model(MODEL) == []
    assert not store.alerts.get(alert_id).anchored
    assert actions(store) == [("anchor.create", ""), ("anchor.remove", "undone")]


def test_rejecting_twice_is_once(store: Store, subject_id: int) -> None:
    alert_id = raised(store, 1, subject_id)
    rejected(store, alert_id)
    assert rejected(store, alert_id) is AnchorChange.NONE
    assert len(store.anchors.of_subject(subject_id)) == 1


def test_the_same_look_again_is_merged(store: Store, subject_id: int) -> None:
    first = raised(store, 1, subject_id)
    again = an_alert(2, subject_id=subject_id)
    store.alerts.record(again, [], a_probe(2, near=a_probe(1)))
    rejected(store, first)
    assert rejected(store, again.alert_id, 5) is AnchorChange.MERGED
    (found,) = store.anchors.of_subject(subject_id)
    assert found.alert_ids == (first, again.alert_id)
    assert found.rejected_at == NOW + 5 * SECOND
    assert judged(store, again.alert_id, ReviewState.CONFIRMED) is AnchorChange.STILL_HELD
    (left,) = store.anchors.of_subject(subject_id)  # the first rejection still stands
    assert left.alert_ids == (first,)
    assert judged(store, first, ReviewState.CONFIRMED) is AnchorChange.REMOVED
    assert store.anchors.of_subject(subject_id) == []
    assert [action for action, _ in actions(store)] == [
        "anchor.create", "anchor.merge", "anchor.unmerge", "anchor.remove",
    ]  # fmt: skip


def test_a_merge_never_joins_two_subjects_or_models(store: Store, subject_id: int) -> None:
    other = store.watchlists.add_subject(SubjectDetails("Bert Example"), "missing")
    rejected(store, raised(store, 1, subject_id))
    assert rejected(store, raised(store, 2, other, probe_seed=1)) is AnchorChange.CREATED
    alert = an_alert(3, subject_id=subject_id, model_id=OTHER)
    store.alerts.record(alert, [], a_probe(1, model_id=OTHER))
    assert rejected(store, alert.alert_id) is AnchorChange.CREATED
    assert store.anchors.models() == {MODEL: 2, OTHER: 1}
    assert [found.subject_id for found in store.anchors.of_model(MODEL)] == [subject_id, other]
    assert [found.subject_id for found in store.anchors.of_model(OTHER)] == [subject_id]


def test_the_least_useful_makes_room(store: Store, subject_id: int) -> None:
    for number in range(1, MOST_ANCHORS + 1):
        rejected(store, raised(store, number, subject_id), number)
    again = an_alert(900, subject_id=subject_id)  # the oldest is met twice
    store.alerts.record(again, [], a_probe(900, near=a_probe(1)))
    rejected(store, again.alert_id, 0)
    assert rejected(store, raised(store, 901, subject_id), 901) is AnchorChange.CREATED
    kept = {alert_id for one in store.anchors.of_subject(subject_id) for alert_id in one.alert_ids}
    assert len(store.anchors.of_subject(subject_id)) == MOST_ANCHORS
    assert an_alert(2).alert_id not in kept  # met once, and longest ago
    assert {an_alert(1).alert_id, an_alert(901).alert_id} < kept
    assert actions(store)[-1] == ("anchor.remove", f"more than {MOST_ANCHORS}")


def test_the_subject_takes_its_anchors_along(store: Store, subject_id: int) -> None:
    alert_id, waiting = raised(store, 1, subject_id), raised(store, 2, subject_id)
    rejected(store, alert_id)
    store.watchlists.remove_subject(subject_id)
    assert store.anchors.of_model(MODEL) == []
    assert probes_kept(store) == set()
    assert rejected(store, waiting) is AnchorChange.NO_PROBE
    assert not store.alerts.get(alert_id).anchored


def test_an_anchor_outlives_its_alert_if_it_is_to(store: Store, subject_id: int) -> None:
    rejected(store, raised(store, 1, subject_id))
    raised(store, 2, subject_id)
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alert")
    assert len(store.anchors.of_model(MODEL)) == 1
    assert probes_kept(store) == set()


def test_expiry_counts_from_the_last_rejection(store: Store, subject_id: int) -> None:
    first = raised(store, 1, subject_id)
    again = an_alert(2, subject_id=subject_id)
    store.alerts.record(again, [], a_probe(2, near=a_probe(1)))
    rejected(store, first)
    rejected(store, again.alert_id, 60)
    with store._database.write() as connection:
        assert expire_anchors(connection, NOW + SECOND) == 0
    (left,) = store.anchors.of_subject(subject_id)
    assert left.alert_ids == (again.alert_id,)
    version = store.watchlists.version()
    with store._database.write() as connection:
        assert expire_anchors(connection, NOW + DAY) == 1
    assert store.watchlists.version() > version


def test_a_probe_of_another_model_is_refused(store: Store, subject_id: int) -> None:
    with pytest.raises(DataError, match="different models"):
        store.alerts.record(an_alert(1, subject_id=subject_id), [], a_probe(1, model_id=OTHER))
    assert store.alerts.find() == []


@pytest.mark.parametrize("table", [alert_probe, anchor], ids=["probe", "anchor"])
def test_a_template_in_another_row_is_refused(store: Store, subject_id: int, table: Table) -> None:
    first, second = raised(store, 1, subject_id), raised(store, 2, subject_id)
    if table is anchor:
        rejected(store, first)
        rejected(store, second)
    with store._database.write() as connection:
        one, _ = connection.scalars(select(table.c.sealed)).all()
        connection.execute(update(table).values(sealed=one))

    def read() -> None:
        if table is anchor:
            store.anchors.of_model(MODEL)
        for alert_id in (first, second):
            rejected(store, alert_id)

    with pytest.raises(KeyRefused, match="cannot be opened"):
        read()


def test_a_store_of_before_keeps_its_rows(path: Path, key: TemplateKey) -> None:
    path.parent.mkdir(mode=0o700)
    database = Database(parsed(sqlite_url(path)), busy_s=5)
    config = alembic_config()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "fw0001")
        counted = ("watched_s", "down_s", "analysed", "dropped", "faces", "tracks")
        connection.execute(
            insert(activity).values(camera_id="gate", minute=NOW, **dict.fromkeys(counted, 5))
        )
    database.close()
    with open_store(sqlite_url(path), key) as store:
        (line,) = store.activity.totals(NOW - DAY, NOW + DAY)
        assert (line.tracks, line.rejected_before) == (5, 0)
        assert store.anchors.of_model(MODEL) == []
