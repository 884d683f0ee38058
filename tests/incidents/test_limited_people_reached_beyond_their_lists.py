"""What belongs to lists that somebody may not see came to them, or went, by side ways.

A photograph of a subject that others look for, too, could be deleted for all; a look-up named
people who had been taken to other lists since; a held-back face named alerts of other lists; an
alert could be handed to a colleague who may not see it; a subject that others look for, too, could
be renamed for all, made to expire, and given a photograph of somebody else.
"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.data import NewReference, Review, ReviewState, SubjectDetails
from facewarden.data.lookup import Authority
from facewarden.errors import EnrolmentRefused
from facewarden.server.asking import Asker
from facewarden.server.context import Context
from facewarden.server.scoped_register import ScopedRegister
from facewarden.store.open import Store
from factories import alert
from unit.server.conftest import Login, address, app, client, context, login, settings, store
from unit.store.making import MODEL, a_probe

__all__ = ["address", "app", "client", "context", "login", "settings", "store"]

SEEN = Scope(frozenset({"seen"}))


@pytest.fixture
def subject_id(store: Store) -> int:
    for name in ("seen", "hidden"):
        store.watchlists.ensure(name)
    made = store.watchlists.add_subject(SubjectDetails("Ann"), "seen")
    vector = np.full(4, 0.5, np.float32)
    store.watchlists.add_references(made, [NewReference("a.jpg", b"image", vector, "model", 0.9)])
    return made


def test_photographs_that_others_need_stay(store: Store, login: Login, subject_id: int) -> None:
    supervisor = login(Role.SUPERVISOR, SEEN)
    store.watchlists.place(subject_id, "hidden")
    refused = supervisor.delete("/api/v1/references/1", headers={"If-Match": "*"})
    assert refused.status_code == 403
    store.watchlists.withdraw(subject_id, "hidden")
    assert supervisor.delete("/api/v1/references/1", headers={"If-Match": "*"}).status_code == 204


def test_a_subject_that_others_need_stays_as_it_is(
    store: Store, context: Context, login: Login, subject_id: int
) -> None:
    supervisor = login(Role.SUPERVISOR, SEEN)
    path = f"/api/v1/subjects/{subject_id}"
    whatever_it_is = {"If-Match": "*"}
    store.watchlists.place(subject_id, "hidden")
    for change in ({"name": "Bob"}, {"expires_at": "2100-01-01T00:00:00Z"}, {"notes": "x"}):
        assert supervisor.patch(path, json=change, headers=whatever_it_is).status_code == 403
    assert supervisor.post(f"{path}/references", content=b"a picture").status_code == 403
    # A photograph of an archive is refused alone; the others are enrolled.
    account = store.people.create("somebody", Role.SUPERVISOR, SEEN, actor="t")
    register = ScopedRegister(Asker(account.principal(""), context))
    vector = np.full(4, 0.5, np.float32)
    another = [NewReference("b.jpg", b"another", vector, "model", 0.9)]
    with pytest.raises(EnrolmentRefused, match="others look for"):
        register.add_references(subject_id, another)
    assert store.watchlists.subject(subject_id).details.name == "Ann"
    assert len(store.watchlists.references(subject_id)) == 1
    store.watchlists.withdraw(subject_id, "hidden")
    assert supervisor.patch(path, json={"name": "Bob"}, headers=whatever_it_is).status_code == 200
    assert len(register.add_references(subject_id, another)) == 1


def test_a_lookup_names_only_whom_one_may_see_now(
    store: Store, login: Login, subject_id: int
) -> None:
    supervisor = login(Role.SUPERVISOR, SEEN)
    begun = store.lookups.begin(
        Authority("R-1", "p", "l", urgent=False),
        "somebody",
        watchlists=["seen"],
        image=b"image",
        thumbnail=b"thumbnail",
    )
    candidate = {
        "subject_id": subject_id,
        "watchlist": "seen",
        "similarity": 0.6,
        "threshold": 0.4,
        "judgement": "candidate",
    }
    face = {"box": [0, 0, 1, 1], "quality": 0.9, "candidates": [candidate]}
    found = {"lookup_id": begun.lookup_id, "width_px": 9, "height_px": 9, "watchlists": ["seen"]}
    store.lookups.finish(begun.lookup_id, found | {"faces": [face]})
    path = f"/api/v1/lookups/{begun.lookup_id}/result"

    def named() -> str:
        told = supervisor.get(path).json()["found"]["faces"][0]["candidates"][0]["name"]
        assert isinstance(told, str)
        return told

    assert named() == "Ann"
    store.watchlists.place(subject_id, "hidden")
    store.watchlists.withdraw(subject_id, "seen")
    assert named() == ""


def test_a_held_back_face_names_own_alerts_only(
    store: Store, login: Login, subject_id: int
) -> None:
    now = datetime.now(UTC)
    store.watchlists.place(subject_id, "hidden")
    for number, name in ((1, "seen"), (2, "hidden")):
        one = replace(alert(number), subject_id=subject_id, watchlist=name, model_id=MODEL)
        store.alerts.record(one, [], a_probe(1))
        store.alerts.review(Review(one.alert_id, ReviewState.REJECTED, "bob", "no", now))
    path = f"/api/v1/subjects/{subject_id}/held-back"
    (all_of_it,) = login(Role.VIEWER).get(path).json()
    assert len(all_of_it["alert_ids"]) == 2
    (part,) = login(Role.VIEWER, SEEN).get(path).json()
    assert part["alert_ids"] == [f"{1:032x}"]


def test_an_alert_goes_to_who_may_see_it(store: Store, login: Login, subject_id: int) -> None:
    one = replace(alert(1), subject_id=subject_id, watchlist="seen")
    store.alerts.record(one, [])
    people = {
        "able": (Role.OPERATOR, SEEN),
        "elsewhere": (Role.OPERATOR, Scope(frozenset({"hidden"}))),
        "viewer": (Role.VIEWER, Scope()),
        "auditor": (Role.AUDITOR, Scope()),
    }
    for name, (role, scope) in people.items():
        invited = store.people.create(name, role, scope, actor="t")
        store.people.set_password(invited.user_id, "a hash", actor="t")
    operator = login(Role.OPERATOR)
    path = f"/api/v1/casework/alerts/{one.alert_id}/hand-over"

    def answer(name: str) -> tuple[int, str]:
        whatever_it_is = {"If-Match": "*"}
        given = operator.post(
            path, json={"assignee": name, "text": "yours"}, headers=whatever_it_is
        )
        return given.status_code, given.text if given.status_code != 200 else ""

    refused = {answer(name) for name in ("nobody", "elsewhere", "viewer", "auditor")}
    assert len(refused) == 1
    assert refused.pop()[0] == 422
    assert answer("able")[0] == 200
