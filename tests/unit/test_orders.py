"""What a watch is told by a deployment, and when that ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data import PresentationRule, SubjectDetails
from facewarden.data.deployment import DeploymentPlan
from facewarden.errors import InputError, StoreError
from facewarden.orders import DeploymentOrders
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from unit.store.making import HOUR, NOW, a_reference


class Clock:
    """A clock that tests put forward and back."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    url = sqlite_url(tmp_path / "made" / "store.sqlite")
    with open_store(url, TemplateKey(bytes(range(32))), clock=clock) as opened:
        for name in ("missing", "barred", "other"):
            opened.watchlists.ensure(name)
        for camera_id, watchlists in (
            ("all", ()), ("some", ("other", "missing")), ("none", ("other",))
        ):  # fmt: skip
            opened.cameras.create(a_camera(camera_id, watchlists=watchlists))
        yield opened


def a_camera(camera_id: str, **more: Any) -> CameraSettings:
    return CameraSettings.model_validate(
        {"id": camera_id, "source": f"rtsp://x/{camera_id}"} | more
    )


def deployment(store: Store, *, authorised: bool = True, **more: Any) -> int:
    plan: dict[str, Any] = {
        "purpose": "test",
        "place": "hall",
        "legal_basis": "consent",
        "cameras": ("all", "some", "none"),
        "watchlists": ("missing", "barred"),
        "starts_at": NOW,
        "ends_at": NOW + HOUR,
    } | more
    one = store.deployments.propose(DeploymentPlan(**plan), "ada").deployment_id
    if authorised:
        store.deployments.authorise(one, "bob")
    return one


SETTINGS = Settings.model_validate(
    {
        "cameras": [{"id": "by-hand", "source": "rtsp://x/hand"}],
        "watchlists": [
            {"name": "missing", "threshold": 0.5, "sinks": ["broker"], "presentation": "hold"},
            {"name": "other", "threshold": 0.4},
        ],
        "sinks": [{"name": "broker", "type": "mqtt", "host": "localhost"}],
    }
)


def test_cameras_lists_budget_and_broker_are_the_deployments(store: Store, clock: Clock) -> None:
    one = deployment(store, false_alerts_per_day=2.0)
    orders = DeploymentOrders(one, clock=clock)
    settings = orders.begin(store, SETTINGS)
    # A camera of another list only has nothing to do here.
    assert {camera.id: camera.watchlists for camera in settings.cameras} == {
        "all": (),
        "some": ("missing",),
    }
    assert orders.watchlists == ("missing", "barred")
    assert [
        (w.name, w.threshold, w.false_alerts_per_day, w.sinks) for w in settings.watchlists
    ] == [
        ("missing", None, 2.0, ("broker",)),
        ("barred", None, 2.0, ()),
    ]
    assert [w.presentation for w in settings.watchlists] == [PresentationRule.HOLD, None]


def test_without_a_budget_what_the_settings_say_stays(store: Store, clock: Clock) -> None:
    settings = DeploymentOrders(deployment(store), clock=clock).begin(store, SETTINGS)
    assert [(w.name, w.threshold) for w in settings.watchlists] == [("missing", 0.5)]


def test_members_are_those_of_its_start_who_are_still_there(store: Store, clock: Clock) -> None:
    first, second = (
        store.watchlists.add_subject(SubjectDetails(name), "missing") for name in ("Ann", "Bert")
    )
    orders = DeploymentOrders(deployment(store), clock=clock)
    orders.begin(store, SETTINGS)
    store.watchlists.add_subject(SubjectDetails("Carl"), "missing")
    store.watchlists.add_references(first, [a_reference(1)])
    store.watchlists.withdraw(second, "missing")
    assert orders.members(store) == {"missing": {first}, "barred": frozenset()}
    references = orders.references(store)
    assert references is not None
    assert references.tolist() == []


def test_changed_cameras_are_told_once(store: Store, clock: Clock) -> None:
    orders = DeploymentOrders(deployment(store), clock=clock)
    orders.begin(store, SETTINGS)
    assert orders.cameras(store) is None
    store.cameras.update(a_camera("all", name="Hall"))
    store.cameras.remove("some")
    store.cameras.create(a_camera("new"))
    assert [camera.display_name for camera in orders.cameras(store) or ()] == ["Hall"]
    assert orders.cameras(store) is None


@pytest.mark.parametrize(
    ("seconds", "why"),
    [(-1, "it starts at"), (3600, "it ended at"), (7200, "it ended at")],
)
def test_outside_its_times_it_is_refused(
    store: Store, clock: Clock, seconds: int, why: str
) -> None:
    one = deployment(store)
    clock.now = NOW + timedelta(seconds=seconds)
    with pytest.raises(InputError, match=why):
        DeploymentOrders(one, clock=clock).begin(store, SETTINGS)


def test_what_is_not_authorised_or_not_there_is_refused(store: Store, clock: Clock) -> None:
    with pytest.raises(InputError, match="it is proposed"):
        DeploymentOrders(deployment(store, authorised=False), clock=clock).begin(store, SETTINGS)
    with pytest.raises(StoreError, match="no deployment 99"):
        DeploymentOrders(99, clock=clock).begin(store, SETTINGS)


def test_it_is_over_at_its_end_when_ended_when_changed_and_when_the_clock_goes_back(
    store: Store, clock: Clock
) -> None:
    def begun() -> tuple[int, DeploymentOrders]:
        one = deployment(store)
        orders = DeploymentOrders(one, clock=clock)
        orders.begin(store, SETTINGS)
        assert orders.over(store) == ""
        return one, orders

    one, orders = begun()
    store.deployments.end(one, "ada", "found them")
    assert orders.over(store) == "it is ended"
    one, orders = begun()
    plan = store.deployments.get(one).plan
    store.deployments.change(one, plan, "ada", version=store.deployments.get(one).version)
    assert orders.over(store) == "it is proposed"
    store.deployments.authorise(one, "bob")
    assert orders.over(store) == "it was changed"
    one, orders = begun()
    clock.now = NOW + HOUR / 2
    store.deployments.sweep(clock.now)
    clock.now = NOW + HOUR / 4
    assert "set back" in orders.over(store)
    clock.now = NOW + HOUR
    assert "it ended at" in orders.over(store)


def test_a_store_that_cannot_be_read_gives_no_extra_time(store: Store, clock: Clock) -> None:
    orders = DeploymentOrders(deployment(store), clock=clock)
    orders.begin(store, SETTINGS)
    store.close()
    assert orders.over(store) == ""
    clock.now = NOW + HOUR
    assert "it ended at" in orders.over(store)
