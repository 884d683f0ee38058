"""Somebody signed in could try every door, and the audit log said nothing of it.

Each refusal is an entry now, up to a rate: who is refused must not be able to bury the log. That
templates were read for a gallery left no trace either, and of an archive's job a key could read
what it could not read elsewhere.
"""

import json

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.data import NewReference, SubjectDetails
from facewarden.server.gatekeeper import COOKIE, CSRF_HEADER
from facewarden.store.open import Store
from unit.server.conftest import Login, address, app, client, context, login, settings, store
from unit.server.signing import browser, person

__all__ = ["address", "app", "client", "context", "login", "settings", "store"]


def test_who_was_refused_what_is_written_down(login: Login, store: Store) -> None:
    viewer = login(Role.VIEWER)
    before = store.audit.count()
    for number in range(30):
        answer = viewer.delete(f"/api/v1/subjects/{777_000 + number}", headers={"If-Match": "*"})
        assert answer.status_code == 403
    noted = [event for event in store.audit.tail(50) if event.action == "access.refuse"]
    assert 1 <= len(noted) <= 6
    assert store.audit.count() == before + len(noted)
    told = dict(noted[0].details)
    assert noted[0].actor.startswith("viewer")
    assert told["route"] == "/api/v1/subjects/{subject_id}"
    assert told["expected"] == "the right subject.remove"
    assert told["origin"] == "127.0.0.1"
    assert "777" not in json.dumps(told)
    assert store.audit.verify() is None


def test_templates_read_are_written_down(store: Store) -> None:
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Ann"), "missing")
    vector = np.full(4, 0.5, np.float32)
    new = [NewReference(f"{n}.jpg", b"%d" % n, vector, "model", 0.9) for n in range(3)]
    store.watchlists.add_references(subject_id, new)
    store.watchlists.note_read("model", ["missing"], 0)  # a gallery that had them all
    store.watchlists.note_read("model", ["missing"], 3)
    newest = store.audit.tail(1)[-1]
    assert (newest.action, newest.object) == ("template.read", "model:model")
    assert newest.details["count"] == 3
    assert newest.details["watchlists"] == ["missing"]


def test_a_request_by_somebody_elses_page_is_written_down(store: Store, address: str) -> None:
    with browser(store, address, person(store, "grace", Role.OPERATOR)) as grace:
        token = grace.headers.pop(CSRF_HEADER)
        for given in ({}, {CSRF_HEADER: token[:-1] + "!"}):
            assert grace.delete("/api/v1/session", headers=given).status_code == 403
        events = address.replace("http", "ws", 1) + "/api/v1/events/ws"
        cookie = {"Cookie": f"{COOKIE}={grace.cookies[COOKIE]}"}
        with (
            pytest.raises(InvalidStatus),
            connect(events, additional_headers=cookie, origin=Origin("http://else.example")),
        ):
            raise AssertionError("it was opened")
    noted = [event for event in store.audit.tail(50) if event.action == "access.refuse"]
    told = [(event.actor, event.details["method"], event.details["route"]) for event in noted]
    assert told == [
        ("grace", "DELETE", "/api/v1/session"),
        ("grace", "DELETE", "/api/v1/session"),
        ("grace", "WEBSOCKET", "/api/v1/events/ws"),
    ]
    assert {event.details["origin"] for event in noted} == {"127.0.0.1"}
    assert "X-CSRF-Token" in noted[0].details["expected"]
    assert token not in str([event.details for event in noted])


def test_a_socket_that_somebody_lacks_the_right_to_is_written_down(
    store: Store, login: Login, address: str
) -> None:
    store.cameras.create(CameraSettings(id="gate", source="rtsp://192.0.2.2/"))
    headers = {"Authorization": login(Role.AUDITOR).headers["Authorization"]}
    base = address.replace("http", "ws", 1)
    with (
        pytest.raises(InvalidStatus),
        connect(f"{base}/api/v1/events/ws", additional_headers=headers),
    ):
        raise AssertionError("it was opened")
    headers = {"Authorization": login(Role.VIEWER).headers["Authorization"]}
    sharp = f"{base}/api/v1/cameras/gate/live?unblurred=true&reason=incident"
    with connect(sharp, additional_headers=headers) as socket, pytest.raises(ConnectionClosed):
        socket.recv(10)
    noted = [event for event in store.audit.tail(50) if event.action == "access.refuse"]
    assert [event.actor.split("-")[0] for event in noted] == ["auditor", "viewer"]
    assert noted[0].details["expected"] == "the right alert.read"
    assert noted[1].details["route"] == "/api/v1/cameras/{camera_id}/live"


def test_who_looked_for_a_name_or_a_place_is_written_down(login: Login, store: Store) -> None:
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Ann", "CASE-1"), "missing")
    viewer = login(Role.VIEWER)
    assert len(viewer.get("/api/v1/subjects?q=ann").json()["items"]) == 1
    assert viewer.get("/api/v1/subjects").status_code == 200  # a list is no search
    assert viewer.get("/api/v1/subjects?q=%20").status_code == 200
    assert viewer.get(f"/api/v1/sightings?subject={subject_id}").status_code == 200
    newest = [(one.actor, one.action, one.object) for one in store.audit.tail(2)]
    assert newest == [
        ("viewer-1", "subject.search", "subject"),
        ("viewer-1", "sighting.search", f"subject:{subject_id}"),
    ]
