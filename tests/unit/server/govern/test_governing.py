from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from facewarden.config.settings import Settings
from facewarden.data.deployment import DeploymentPlan, DeploymentState
from facewarden.data.lookup import Authority, LookupState
from facewarden.notary.file_notary import FileNotary
from facewarden.notary.noting import Noting
from facewarden.server.governing import Governing
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.wiring.stores import make_retention
from unit.store.governing import Clock
from unit.store.making import HOUR, NOW, an_alert, an_id

KEPT = make_retention(Settings())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    key = TemplateKey(bytes(range(32)))
    with open_store(sqlite_url(tmp_path / "s.sqlite"), key, clock=clock) as opened:
        opened.watchlists.ensure("missing")
        yield opened


def test_a_look_locks_wipes_and_notes(
    store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority("", "p", "l", urgent=True)
    store.lookups.begin(authority, "ada", watchlists=["missing"], image=b"1", thumbnail=b"2")
    ends_at = NOW + HOUR
    plan = DeploymentPlan(
        "p", "p", "l", ("gate",), ("missing",), NOW, ends_at, keep_unconfirmed_days=0
    )
    one = store.deployments.propose(plan, "ada").deployment_id
    store.deployments.authorise(one, "bob")
    noting = Noting(store, [FileNotary(tmp_path / "notes")], timedelta(hours=24))
    governing = Governing(store, noting, KEPT, clock, every_s=0.01)
    governing.look()
    assert store.deployments.get(one).state is DeploymentState.AUTHORISED
    clock.now = NOW + 50 * HOUR
    store.deployments.sweep(clock.now)
    governing.look()
    assert store.deployments.get(one).state is DeploymentState.WIPED
    assert store.lookups.get(1).state is LookupState.LOCKED
    assert "look-up 1 is locked" in caplog.text
    assert len((tmp_path / "notes").read_text().splitlines()) == 2


def test_what_has_expired_goes_without_a_watch(store: Store, clock: Clock, tmp_path: Path) -> None:
    store.alerts.record(an_alert(1, decided_at=NOW - 10_000 * HOUR), [])
    store.alerts.record(an_alert(2), [])
    noting = Noting(store, [FileNotary(tmp_path / "notes")], timedelta(hours=24))
    Governing(store, noting, KEPT, clock).look()
    assert [one.alert.alert_id for one in store.alerts.page()] == [an_id(2)]


def test_it_starts_and_stops(store: Store, clock: Clock, tmp_path: Path) -> None:
    noted = tmp_path / "notes"
    governing = Governing(store, Noting(store, [FileNotary(noted)], HOUR), KEPT, clock, every_s=60)
    governing.start()
    governing.stop()
    assert noted.exists()
