"""A supervisor's key with the one right to look showed bystanders unblurred: the role was asked.

What a key may follows from its own rights; showing bystanders is one of them now.
"""

import time

import pytest

from facewarden.access.principal import RIGHTS, Permission, Role
from facewarden.config.camera import CameraSettings
from facewarden.server.context import Context
from facewarden.store.open import Store
from unit.server.conftest import address, app, client, context, settings, store, url
from unit.server.signing import person, program

__all__ = ["address", "app", "client", "context", "settings", "store", "url"]

PATH = "/api/v1/cameras/gate/live.mjpeg"
NOBODY_WATCHES = 409


@pytest.mark.parametrize(
    ("role", "rights", "status"),
    [
        (Role.SUPERVISOR, {Permission.LIVE_VIEW}, 403),
        (Role.SUPERVISOR, {Permission.LIVE_VIEW, Permission.LIVE_UNBLURRED}, NOBODY_WATCHES),
        (Role.ADMINISTRATOR, RIGHTS[Role.ADMINISTRATOR] - {Permission.LIVE_UNBLURRED}, 403),
        (Role.OPERATOR, {Permission.LIVE_VIEW, Permission.LIVE_UNBLURRED}, 403),
    ],
)
def test_a_key_needs_the_right_itself(
    store: Store, address: str, role: Role, rights: set[Permission], status: int
) -> None:
    store.cameras.create(CameraSettings(id="gate", source="rtsp://192.0.2.10/stream"))
    ann = person(store, "ann", role)
    with program(store, address, ann, rights) as key:
        assert key.get(PATH).status_code == NOBODY_WATCHES
        asked = {"unblurred": "true", "reason": "incident:1"}
        assert key.get(PATH, params=asked).status_code == status


def test_a_session_has_the_rights_of_the_role() -> None:
    unblurred = {role for role in Role if Permission.LIVE_UNBLURRED in RIGHTS[role]}
    assert unblurred == {Role.SUPERVISOR, Role.ADMINISTRATOR}


def test_one_person_does_not_take_all_streams(
    store: Store, address: str, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewarden.server.routes.events.MOST_OF_ONE", 2)
    ann, ben = person(store, "ann", Role.VIEWER), person(store, "ben", Role.VIEWER)
    path = "/api/v1/events"
    with (
        program(store, address, ann, {Permission.ALERT_READ}) as one,
        program(store, address, ann, {Permission.ALERT_READ}) as another_key,
        program(store, address, ben, {Permission.ALERT_READ}) as other,
        one.stream("GET", path),
        another_key.stream("GET", path),
    ):
        while context.feed.streams < 2:
            time.sleep(0.01)
        assert one.get(path).status_code == 429
        with other.stream("GET", path) as answer:
            assert answer.status_code == 200
