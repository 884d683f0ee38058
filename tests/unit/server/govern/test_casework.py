import pytest

from facewarden.access.principal import Role, Scope
from facewarden.store.open import Store
from unit.server.govern.conftest import SignIn
from unit.store.making import an_id

ROOT = "/api/v1/casework"
ONE, TWO = an_id(1), an_id(2)
ANY = {"If-Match": "*"}


def test_two_people_confirm(watched: Store, sign_in: SignIn) -> None:
    ada, bob = sign_in("ada"), sign_in("bob", Role.OPERATOR)
    rules = ada.get(f"{ROOT}/watchlists/missing")
    wanted = {"two_person": True, "sound": True, "must_acknowledge": True}
    put = ada.put(
        f"{ROOT}/watchlists/missing", json=wanted, headers={"If-Match": rules.headers["etag"]}
    )
    assert put.json() == wanted
    stale = ada.put(
        f"{ROOT}/watchlists/missing", json=wanted, headers={"If-Match": rules.headers["etag"]}
    )
    assert stale.status_code == 412
    path = f"/api/v1/alerts/{ONE}/reviews"
    first = ada.post(path, json={"state": "confirmed"})
    assert first.status_code == 201, first.text
    assert first.json()["alert"]["state"] == "unreviewed"
    assert first.json()["alert"]["work"] == "confirmed by one"
    assert ada.post(path, json={"state": "confirmed"}).status_code == 422
    second = bob.post(path, json={"state": "confirmed"})
    assert second.json()["alert"]["state"] == "confirmed"
    case = bob.get(f"{ROOT}/alerts/{ONE}").json()
    assert case["case"]["status"] == "confirmed"
    assert case["case"]["must_acknowledge"] is True
    assert [(event["actor"], event["action"]) for event in case["history"]] == [
        ("ada", "confirm"),
        ("bob", "confirm"),
    ]


def test_the_work_on_an_alert(watched: Store, sign_in: SignIn) -> None:
    ada, bob = sign_in("ada"), sign_in("bob", Role.OPERATOR)
    path = f"{ROOT}/alerts/{ONE}"
    assert bob.post(f"{path}/acknowledge").json()["case"]["status"] == "acknowledged"
    assert bob.post(f"{path}/comments", json={"text": "<i>who?</i>"}).status_code == 200
    assert bob.post(f"{path}/hand-over", json={"assignee": "nobody"}).status_code == 422
    as_read = {"If-Match": bob.get(path).headers["etag"]}
    wanted = {"assignee": "ada", "text": "shift ends"}
    assert bob.post(f"{path}/hand-over", json=wanted).status_code == 428
    given = bob.post(f"{path}/hand-over", json=wanted, headers=as_read)
    assert given.json()["case"]["assignee"] == "ada"
    assert bob.post(f"{path}/escalate", json={"text": "unsure"}).status_code == 200
    undo = {"text": "slip"}
    assert bob.post(f"{path}/reopen", json=undo).status_code == 428
    assert bob.post(f"{path}/reopen", json=undo, headers=as_read).status_code == 412
    as_read = {"If-Match": bob.get(path).headers["etag"]}
    done = bob.post(f"{path}/reopen", json=undo, headers=as_read)
    assert done.json()["case"]["status"] == "acknowledged"
    mine = ada.get(f"{ROOT}/alerts", params={"assignee": "ada"}).json()
    assert [one["alert_id"] for one in mine["items"]] == [ONE]
    none = ada.get(f"{ROOT}/alerts", params={"status": ["new", "rejected"]}).json()
    assert none == {"items": [], "next": None}
    texts = [event["text"] for event in ada.get(path).json()["history"]]
    assert texts == ["", "<i>who?</i>", "shift ends", "unsure", "slip"]
    last = watched.audit.tail(1)[0]
    assert (last.actor, last.details["origin"]) == ("bob", "127.0.0.1")


def test_undo_takes_the_anchor_back(watched: Store, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    path = f"/api/v1/alerts/{ONE}"
    rejected = ada.post(f"{path}/reviews", json={"state": "rejected", "reason": "x", "even_so": 1})
    assert rejected.json()["alert"]["held_back"] is True
    assert ada.post(f"{ROOT}/alerts/{ONE}/reopen", json={"text": " "}).status_code == 422
    ada.post(f"{ROOT}/alerts/{ONE}/reopen", json={"text": "slip"}, headers=ANY)
    alert = ada.get(path).json()["alert"]
    assert (alert["held_back"], alert["state"]) == (False, "unreviewed")
    again = ada.post(f"{ROOT}/alerts/{ONE}/reopen", json={"text": "slip"}, headers=ANY)
    assert again.status_code == 422


def test_cases_of_others_do_not_exist(watched: Store, sign_in: SignIn) -> None:
    watched.casework.acknowledge(ONE, "x")
    watched.casework.acknowledge(TWO, "x")
    other = sign_in("other", Role.OPERATOR, Scope(frozenset({"banned"})))
    listed = other.get(f"{ROOT}/alerts").json()["items"]
    assert [one["alert_id"] for one in listed] == [TWO]
    absent = other.get(f"{ROOT}/alerts/{'f' * 32}").json()
    assert other.get(f"{ROOT}/alerts/{ONE}").json() == absent
    for word in ("acknowledge", "comments", "escalate", "reopen"):
        answer = other.post(f"{ROOT}/alerts/{ONE}/{word}", json={"text": "x"})
        assert (answer.status_code, answer.json()) == (404, absent)
    assert other.get(f"{ROOT}/watchlists/missing").json() == absent


def test_viewers_only_read(watched: Store, sign_in: SignIn) -> None:
    viewer = sign_in("vic", Role.VIEWER)
    assert viewer.get(f"{ROOT}/alerts/{ONE}").status_code == 200
    assert viewer.post(f"{ROOT}/alerts/{ONE}/acknowledge").status_code == 403


def test_two_people_hand_over_at_once(watched: Store, sign_in: SignIn) -> None:
    ada, bob, _ = sign_in("ada"), sign_in("bob"), sign_in("cleo")
    path = f"{ROOT}/alerts/{ONE}"
    as_read = {"If-Match": ada.get(path).headers["etag"]}
    first = ada.post(f"{path}/hand-over", json={"assignee": "bob"}, headers=as_read)
    assert first.status_code == 200, first.text
    late = bob.post(f"{path}/hand-over", json={"assignee": "cleo"}, headers=as_read)
    assert late.status_code == 412
    assert watched.casework.get(ONE).assignee == "bob"
    after = {"If-Match": first.headers["etag"]}
    assert bob.post(f"{path}/hand-over", json={"assignee": "cleo"}, headers=after).is_success


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("acknowledge", None),
        ("comments", {"text": "hm"}),
        ("escalate", {"text": "unsure"}),
        ("hand-over", {"assignee": "ada"}),
    ],
)
def test_what_was_sent_again_is_done_once(
    watched: Store, sign_in: SignIn, what: str, given: dict[str, str] | None
) -> None:
    ada = sign_in("ada")
    path = f"{ROOT}/alerts/{ONE}"
    # The ETag is that of the first time: the answer got lost, so that there was no other.
    headers = {"Idempotency-Key": "one-key-1", "If-Match": ada.get(path).headers["etag"]}
    first = ada.post(f"{path}/{what}", json=given, headers=headers)
    again = ada.post(f"{path}/{what}", json=given, headers=headers)
    assert first.status_code == 200, first.text
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert len(watched.casework.history(ONE)) == 1


def test_colleagues_are_those_who_could_go_on(watched: Store, sign_in: SignIn) -> None:
    ada = sign_in("ada", Role.OPERATOR, Scope(frozenset({"missing"})))
    sign_in("bob")
    sign_in("elsewhere", Role.OPERATOR, Scope(frozenset({"banned"})))
    sign_in("south", Role.OPERATOR, Scope(camera_groups=frozenset({"south"})))
    sign_in("looks", Role.VIEWER)
    sign_in("audits", Role.AUDITOR)
    watched.people.create("invited", Role.OPERATOR, Scope(), actor="t")  # has no password yet
    path = f"{ROOT}/alerts/{ONE}/colleagues"
    assert ada.get(path).json() == {
        "items": [{"login": "ada", "role": "operator"}, {"login": "bob", "role": "supervisor"}],
        "next": None,
    }
    first = ada.get(path, params={"limit": 1}).json()
    rest = ada.get(path, params={"limit": 1, "cursor": first["next"]}).json()
    assert [one["login"] for one in first["items"] + rest["items"]] == ["ada", "bob"]
    assert rest["next"] is None
    absent = ada.get(f"{ROOT}/alerts/{'f' * 32}/colleagues")
    hidden = ada.get(f"{ROOT}/alerts/{TWO}/colleagues")
    assert (hidden.status_code, hidden.content) == (404, absent.content)
