"""A machine that started with its clock ten years ahead deleted all alerts within a second."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from facewarden.errors import StoreError
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.retention import RetentionPolicy
from unit.store.making import DAY, HOUR, NOW, SECOND, an_alert

KEEP = RetentionPolicy(
    alerts=30 * DAY,
    anchors=30 * DAY,
    sightings=30 * DAY,
    activity=90 * DAY,
    audit=400 * DAY,
    deliveries=7 * DAY,
)
AHEAD = NOW + 3650 * DAY


class Used:
    """A store and its clock; whoever uses it writes into the audit log."""

    def __init__(self, path: Path) -> None:
        self.now = NOW
        self.store: Store = open_store(
            sqlite_url(path / "made" / "s.sqlite"), TemplateKey(bytes(32)), clock=lambda: self.now
        )

    def use(self, at: datetime) -> None:
        self.now = at
        self.store.audit.append("ada", "watch.start", "", {})

    def purged(self, at: datetime) -> int:
        self.now = at
        return self.store.purge(KEEP, at)["alerts"]

    def actions(self) -> list[str]:
        return [event.action for event in self.store.audit.tail(100)]


@pytest.fixture
def used(tmp_path: Path) -> Iterator[Used]:
    one = Used(tmp_path)
    with one.store:
        one.use(NOW)
        one.store.alerts.record(an_alert(1, decided_at=NOW), [])
        yield one


def test_it_waits_a_day(used: Used) -> None:
    used.use(AHEAD)
    for later in (SECOND, HOUR, 23 * HOUR):
        with pytest.raises(StoreError, match="nothing that has expired is deleted"):
            used.purged(AHEAD + later)
    assert used.store.alerts.count() == 1
    assert used.purged(AHEAD + 25 * HOUR) == 1


def test_a_clock_that_was_set_right_counts_at_once(used: Used) -> None:
    used.use(AHEAD)
    used.use(NOW + 2 * DAY)
    assert used.purged(NOW + 2 * DAY) == 0
    used.use(NOW + 29 * DAY)
    assert used.purged(NOW + 31 * DAY) == 1


def test_a_quiet_store_does_not_wait_for_ever(used: Used) -> None:
    quiet = NOW + 40 * DAY
    for later in (timedelta(), HOUR):
        with pytest.raises(StoreError, match="last in use on 2026-03-01"):
            used.purged(quiet + later)
    assert used.actions().count("store.purge_held") == 1
    assert used.purged(quiet + 25 * HOUR) == 1


def test_a_young_store_is_purged(tmp_path: Path) -> None:
    one = Used(tmp_path)
    with one.store:
        assert one.purged(NOW) == 0
