from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.govern.certificate import read_public_key, verify
from facewarden.store.open import Store
from unit.server.govern.conftest import SignIn
from unit.store.making import an_alert

ROOT = "/api/v1/deployments"


def plan(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "purpose": "<b>A fair</b>",
        "place": "Market square <script>alert(1)</script>",
        "legal_basis": "Section 7",
        "cameras": ["gate"],
        "watchlists": ["missing"],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=2)).isoformat(),
        "keep_unconfirmed_days": 0,
    } | changes


def tag(client: httpx.Client, made: Mapping[str, Any]) -> dict[str, str]:
    answer = client.get(f"{ROOT}/{made['deployment_id']}")
    return {"If-Match": answer.headers["etag"]}


def test_two_people_a_run_an_end_a_certificate_and_a_report(
    watched: Store, sign_in: SignIn
) -> None:
    ada, bob = sign_in("ada"), sign_in("bob")
    answer = ada.post(ROOT, json=plan(), headers={"Idempotency-Key": "fair-2026"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    again = ada.post(ROOT, json=made["plan"], headers={"Idempotency-Key": "fair-2027"})
    assert again.status_code == 201
    path = f"{ROOT}/{made['deployment_id']}"
    assert ada.post(f"{path}/authorise").status_code == 428
    own = ada.post(f"{path}/authorise", headers=tag(ada, made))
    assert (own.status_code, own.json()["remedy"]) == (422, "have somebody else authorise it")
    done = bob.post(f"{path}/authorise", headers=tag(bob, made))
    assert done.status_code == 200, done.text
    assert (done.json()["authorised_by"], done.json()["running"]) == ("bob", True)
    listed = ada.get(ROOT, params={"state": "authorised"}).json()
    assert [one["deployment_id"] for one in listed["items"]] == [made["deployment_id"]]
    assert ada.get(f"{path}/certificate").status_code == 404
    assert ada.post(f"{path}/withdraw", json={"reason": "rain"}).status_code == 422
    ended = ada.post(f"{path}/end", json={"reason": "over"})
    assert (ended.json()["state"], ended.json()["running"]) == ("ended", False)
    watched.deployments.wipe_due(datetime.now(UTC))
    text = ada.get(f"{path}/certificate").text
    key = ada.get(f"{ROOT}/public-key").json()["pem"]
    assert verify(text, read_public_key(key.encode()))["deployment"] == made["deployment_id"]
    report = ada.get(f"{path}/report").json()
    assert (report["state"], report["alerts"], report["looked_for"]) == ("wiped", 0, 1)
    page = ada.get(f"{path}/report.html")
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_a_change_needs_the_state_that_was_seen_and_a_new_authorisation(
    watched: Store, sign_in: SignIn
) -> None:
    ada, bob = sign_in("ada"), sign_in("bob")
    made = ada.post(ROOT, json=plan()).json()
    path, old = f"{ROOT}/{made['deployment_id']}", tag(ada, made)
    bob.post(f"{path}/authorise", headers=old)
    assert ada.put(path, json=plan(place="Harbour"), headers=old).status_code == 412
    changed = ada.put(path, json=plan(place="Harbour"), headers=tag(ada, made))
    assert (changed.json()["state"], changed.json()["authorised_by"]) == ("proposed", "")
    assert bob.post(f"{path}/authorise", headers=old).status_code == 412


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"ends_at": "2020-01-01T00:00:00Z", "starts_at": "2019-01-01T00:00:00Z"}, 422),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 422),
        ({"ends_at": "2099-01-01T00:00:00Z"}, 422),
        ({"ends_at": "2099-01-01T00:00:00"}, 422),
        ({"legal_basis": " "}, 422),
        ({"cameras": []}, 422),
        ({"cameras": ["cellar"]}, 404),
        ({"watchlists": ["nobody"]}, 404),
        ({"keep_unconfirmed_days": 1000}, 422),
        ({"false_alerts_per_day": 1, "fpir": 0.1}, 422),
        ({"fpir": 0.9}, 422),
        ({"false_alerts_per_day": 1e-5}, 422),
        ({"unknown": 1}, 422),
        ({"place": "x" * 10_000}, 422),
    ],
)
def test_refused(watched: Store, sign_in: SignIn, changes: dict[str, Any], status: int) -> None:
    ada = sign_in("ada")
    answer = ada.post(ROOT, json=plan(**changes))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_names_a_list_or_camera_of_others_does_not_exist(
    watched: Store, sign_in: SignIn
) -> None:
    ada = sign_in("ada")
    made = ada.post(ROOT, json=plan()).json()
    absent = ada.get(f"{ROOT}/999999").json()
    for scope in (Scope(frozenset({"banned"})), Scope(None, frozenset({"south"}))):
        other = sign_in(f"other{len(scope.watchlists or ())}", Role.SUPERVISOR, scope)
        assert other.get(ROOT).json() == {"items": [], "next": None}
        for part in ("", "/certificate", "/report", "/report.html"):
            answer = other.get(f"{ROOT}/{made['deployment_id']}{part}")
            assert (answer.status_code, answer.json()) == (404, absent)
        end = other.post(f"{ROOT}/{made['deployment_id']}/end", json={"reason": "x"})
        assert end.json() == absent
        assert other.post(ROOT, json=plan()).json() == absent


def test_viewers_read_and_do_no_more(watched: Store, sign_in: SignIn) -> None:
    made = sign_in("ada").post(ROOT, json=plan()).json()
    viewer = sign_in("vic", Role.VIEWER)
    assert viewer.get(f"{ROOT}/{made['deployment_id']}").status_code == 200
    assert viewer.post(ROOT, json=plan()).status_code == 403
    path = f"{ROOT}/{made['deployment_id']}"
    assert viewer.post(f"{path}/authorise", headers={"If-Match": "*"}).status_code == 403
    assert viewer.get(f"{path}/report").status_code == 403


def test_pages(watched: Store, sign_in: SignIn) -> None:
    ada = sign_in("ada")
    ids = [ada.post(ROOT, json=plan()).json()["deployment_id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ada.get(ROOT, params=params).json()
        seen += [one["deployment_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ids[::-1]


def test_false_alerts_by_attribute_of_the_people_looked_for(
    watched: Store, sign_in: SignIn
) -> None:
    ada, bob = sign_in("ada"), sign_in("bob")
    lists = watched.watchlists
    people = [lists.subjects("missing")[0].subject_id]
    people += [lists.add_subject(SubjectDetails(f"P{n}"), "missing") for n in range(11)]
    made = ada.post(ROOT, json=plan()).json()
    path = f"{ROOT}/{made['deployment_id']}"
    assert bob.post(f"{path}/authorise", headers=tag(bob, made)).status_code == 200
    for number, subject_id in enumerate((people[1], people[1], people[7]), 50):
        one = an_alert(number, camera_id="gate", watchlist="missing", subject_id=subject_id)
        watched.alerts.record(one, [], deployment_id=made["deployment_id"])
        rejected = Review(one.alert_id, ReviewState.REJECTED, "ada", "another", datetime.now(UTC))
        watched.casework.judge(rejected, anchor=False)
    # Six of each hair, and of one age all but one, who must not be told apart.
    known = [
        {
            "subject_id": subject_id,
            "attributes": {
                "hair": "dark" if place < 6 else "fair",
                "age": "old" if place else "young",
            },
        }
        for place, subject_id in enumerate(people)
    ]
    answer = ada.post(f"{path}/report", json={"subjects": known})
    assert answer.status_code == 200, answer.text
    told = {one["attribute"]: one["groups"] for one in answer.json()["false_alerts_by"]}
    assert told["hair"] == [
        {"group": "dark", "subjects": 6, "false_alerts": 2},
        {"group": "fair", "subjects": 6, "false_alerts": 1},
    ]
    assert told["age"] == []
    (event,) = watched.audit.tail(1)
    assert (event.action, event.actor) == ("deployment.demographics", "ada")
    assert (event.details["subjects"], event.details["attributes"]) == (12, 2)
    assert ada.get(f"{path}/report").json()["false_alerts_by"] == []
    padded = [*known, {"subject_id": 987654, "attributes": {}}]
    for wrong in (padded, known[:1], [*known[:11], known[0]], []):
        assert ada.post(f"{path}/report", json={"subjects": wrong}).status_code == 422
    auditor = sign_in("otto", Role.AUDITOR)  # sees reports, never whose face it was
    assert auditor.get(f"{path}/report").status_code == 200
    assert auditor.post(f"{path}/report", json={"subjects": known}).status_code == 403
