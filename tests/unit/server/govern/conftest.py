"""People of every kind, and alerts to work on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.config.camera import CameraSettings
from facewarden.data import SubjectDetails
from facewarden.server.context import Context
from facewarden.store.open import Store
from unit.server.signing import browser, person
from unit.store.making import a_probe, an_alert

SignIn = Callable[..., httpx.Client]


@pytest.fixture
def sign_in(store: Store, context: Context, address: str) -> Iterator[SignIn]:
    """Return a function that signs somebody new in; they are signed out at the end."""
    with ExitStack() as stack:

        def somebody(
            login: str, role: Role = Role.SUPERVISOR, scope: Scope | None = None
        ) -> httpx.Client:
            account = person(store, login, role, scope or Scope())
            return stack.enter_context(browser(store, address, account))

        yield somebody


@pytest.fixture
def watched(store: Store) -> Store:
    """Return the store with two cameras, two lists, and an alert on each."""
    for camera_id, group in (("gate", "north"), ("door", "south")):
        store.cameras.create(
            CameraSettings(id=camera_id, source=f"rtsp://192.0.2.1/{camera_id}", group=group)
        )
    for number, (camera_id, name) in enumerate((("gate", "missing"), ("door", "banned")), 1):
        store.watchlists.ensure(name)
        subject = store.watchlists.add_subject(SubjectDetails(f"S{number}"), name)
        store.alerts.record(
            an_alert(number, camera_id=camera_id, watchlist=name, subject_id=subject),
            [],
            a_probe(number),
        )
    return store
