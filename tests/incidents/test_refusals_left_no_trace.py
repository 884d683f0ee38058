"""Somebody signed in could try every door, and the audit log said nothing of it.

Each refusal is an entry now, up to a rate: who is refused must not be able to bury the log. That
templates were read for a gallery left no trace either, and of an archive's job a key could read
what it could not read elsewhere.
"""

import json

import numpy as np

from facewarden.access.principal import Role, Scope
from facewarden.data import NewReference, SubjectDetails
from facewarden.store.open import Store
from unit.server.conftest import Login, address, app, client, context, login, settings, store

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


def test_a_case_number_of_somebody_hidden_is_not_tried_unseen(login: Login, store: Store) -> None:
    for name in ("missing", "hidden"):
        store.watchlists.ensure(name)
    hidden = store.watchlists.add_subject(SubjectDetails("Ann", "CASE-1"), "hidden")
    limited = login(Role.SUPERVISOR, Scope(frozenset({"missing"})))
    body = {"watchlist": "missing", "details": {"name": "Bea", "external_reference": "CASE-1"}}
    answer = limited.post("/api/v1/subjects", json=body)
    assert answer.status_code == 409
    assert "Ann" not in answer.text
    assert f"subject {hidden}" not in answer.text
    newest = store.audit.tail(1)[-1]
    assert (newest.action, newest.object) == ("subject.number_taken", f"subject:{hidden}")
