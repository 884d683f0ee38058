from typing import Any

from facewarden.access.account import Account
from facewarden.access.principal import Role, Scope
from facewarden.data.lookup import Authority
from facewarden.store.open import Store
from unit.server.govern.conftest import SignIn

ROOT = "/api/v1/lookups"


def result(subject_id: int, lookup_id: int) -> dict[str, Any]:
    candidate = {
        "subject_id": subject_id,
        "watchlist": "missing",
        "similarity": 0.6,
        "threshold": 0.4,
        "judgement": "candidate",
    }
    face = {"box": [0.0, 0.0, 1.0, 1.0], "quality": 0.5, "candidates": [candidate]}
    return {
        "lookup_id": lookup_id,
        "width_px": 10,
        "height_px": 10,
        "watchlists": ["missing"],
        "faces": [face],
    }


def begun(store: Store, who: Account, *, urgent: bool = True) -> int:
    authority = Authority("" if urgent else "AZ 1", "Missing child", "Section 7", urgent)
    made = store.lookups.begin(
        authority,
        who.login,
        watchlists=["missing"],
        image=b"x",
        thumbnail=b"y",
        user_id=who.user_id,
    )
    (subject,) = store.watchlists.subjects("missing")
    store.lookups.finish(made.lookup_id, result(subject.subject_id, made.lookup_id))
    return made.lookup_id


def account(store: Store, login: str) -> Account:
    known = store.people.find(login)
    assert known is not None
    return known.account


def test_urgent_is_authorised_by_a_second_person(watched: Store, sign_in: SignIn) -> None:
    ada, bob = sign_in("ada"), sign_in("bob")
    path = f"{ROOT}/{begun(watched, account(watched, 'ada'))}"
    assert ada.get(path).json()["state"] == "pending"
    found = ada.get(f"{path}/result").json()["found"]
    assert found["faces"][0]["candidates"][0]["name"] == "S1"
    own = ada.post(f"{path}/authorise", json={"reference": "AZ 1"})
    assert own.status_code == 422
    done = bob.post(f"{path}/authorise", json={"reference": "AZ 1"}).json()
    assert (done["state"], done["reference"], done["authorised_by"]) == (
        "authorised",
        "AZ 1",
        "bob",
    )
    assert bob.post(f"{path}/refuse", json={"reason": "late"}).status_code == 422


def test_refused_is_locked(watched: Store, sign_in: SignIn) -> None:
    ada, bob = sign_in("ada"), sign_in("bob")
    path = f"{ROOT}/{begun(watched, account(watched, 'ada'))}"
    assert bob.post(f"{path}/refuse", json={"reason": "no grounds"}).json()["state"] == "refused"
    assert ada.get(f"{path}/result").status_code == 422
    assert ada.get(ROOT, params={"state": "refused"}).json()["items"][0]["refusal"] == "no grounds"


def test_look_ups_of_others_do_not_exist(watched: Store, sign_in: SignIn) -> None:
    sign_in("ada")
    path = f"{ROOT}/{begun(watched, account(watched, 'ada'))}"
    operator = sign_in("ole", Role.OPERATOR)
    limited = sign_in("lim", Role.SUPERVISOR, Scope(frozenset({"banned"})))
    for other in (operator, limited):
        absent = other.get(f"{ROOT}/999").json()
        assert other.get(ROOT).json()["items"] == []
        assert other.get(path).json() == absent
        assert other.get(f"{path}/result").json() == absent
    assert operator.post(f"{path}/authorise", json={"reference": "x"}).status_code == 403
    assert limited.post(f"{path}/authorise", json={"reference": "x"}).status_code == 404


def test_a_removed_subject_has_no_name_in_old_results(watched: Store, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    path = f"{ROOT}/{begun(watched, account(watched, 'ada'), urgent=False)}"
    (subject,) = watched.watchlists.subjects("missing")
    watched.watchlists.remove_subject(subject.subject_id)
    (candidate,) = ada.get(f"{path}/result").json()["found"]["faces"][0]["candidates"]
    assert (candidate["subject_id"], candidate["name"]) == (subject.subject_id, "")
