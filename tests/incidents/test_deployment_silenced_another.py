"""Somebody whom one deployment had alerted raised no alert of another one that shared the camera,
so that its officers were never told.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from facewarden import watch
from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data.deployment import DeploymentPlan
from facewarden.decide.memory import RecentAlerts
from facewarden.orders import DeploymentAlerts
from facewarden.store.open import Store
from facewarden.watch import Watch
from facewarden.wiring.stores import open_store_from
from unit.store.making import NOW, an_alert

PLACE = (901, "missing", "gate")


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings.model_validate({"store": {"data_dir": str(home)}})


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    settings.store.data_dir.mkdir(mode=0o700)
    with open_store_from(settings) as opened:
        opened.watchlists.ensure("missing")
        opened.cameras.create(CameraSettings(id="gate", source="rtsp://camera.invalid/1"))
        yield opened


def a_deployment(store: Store) -> int:
    now = datetime.now(UTC)
    plan = DeploymentPlan(
        purpose="test", place="hall", legal_basis="consent", cameras=("gate",),
        watchlists=("missing",), starts_at=now - timedelta(seconds=1),
        ends_at=now + timedelta(hours=1),
    )  # fmt: skip
    one = store.deployments.propose(plan, "ada").deployment_id
    store.deployments.authorise(one, "bob")
    return one


def test_each_remembers_its_own(store: Store) -> None:
    first, second = a_deployment(store), a_deployment(store)
    DeploymentAlerts(store.alerts, first).record(an_alert(1), [])
    quiet = {
        name: RecentAlerts(memory, timedelta(minutes=5)).holding(*PLACE, NOW)
        for name, memory in (
            ("first", DeploymentAlerts(store.alerts, first)),
            ("second", DeploymentAlerts(store.alerts, second)),
            ("by hand", store.alerts),
        )
    }
    assert quiet == {"first": an_alert(1).alert_id, "second": "", "by hand": ""}
    store.alerts.record(an_alert(2), [])
    found = DeploymentAlerts(store.alerts, first).latest(*PLACE)
    assert found is not None
    assert found[0] == an_alert(1).alert_id


@pytest.mark.usefixtures("models_dir")
def test_a_watch_asks_its_own(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_deployment(store)
    asked: list[Any] = []

    def enough(*arguments: Any) -> None:
        asked.append(arguments[-1])
        raise InterruptedError

    monkeypatch.setattr(watch, "make_route", enough)
    with pytest.raises(InterruptedError):
        Watch(settings, deployment_id=one).run(until_ended=True)
    assert isinstance(asked[0], DeploymentAlerts)
