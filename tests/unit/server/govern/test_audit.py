import json

from facewarden.access.principal import Role
from facewarden.data.lookup import Authority
from facewarden.govern.chain import check
from facewarden.store.audit_export import read_export
from facewarden.store.open import Store
from unit.server.govern.conftest import SignIn

ROOT = "/api/v1/audit"


def test_auditors_read_check_export(watched: Store, sign_in: SignIn) -> None:
    auditor = sign_in("otto", Role.AUDITOR)
    page = auditor.get(ROOT, params={"limit": 2}).json()
    assert len(page["items"]) == 2
    older = auditor.get(ROOT, params={"limit": 2, "cursor": page["next"]}).json()
    assert older["items"][0]["position"] == page["items"][1]["position"] - 1
    head = auditor.get(f"{ROOT}/head").json()
    found = auditor.post(f"{ROOT}/check", json={"noted": [head]}).json()
    assert (found["intact"], found["compared"], found["broken"]) == (True, 1, None)
    cut = {"position": head["position"] + 50, "hash": "0" * 64}
    broken = auditor.post(f"{ROOT}/check", json={"noted": [cut]}).json()
    assert (broken["intact"], broken["broken"]) == (False, "cut off")
    assert auditor.post(f"{ROOT}/check", json={"noted": [head | {"hash": "x"}]}).status_code == 422
    lines = auditor.get(f"{ROOT}/export").text.splitlines()
    start, entries = read_export(iter(lines))
    outcome = check(entries, start=start)
    assert outcome.fault is None
    assert outcome.entries == len(lines) - 1
    last = json.loads(lines[-1])
    assert (last["action"], last["actor"]) == ("audit.export", "otto")


def test_only_who_may_search_sees_what_was_searched_with(watched: Store, sign_in: SignIn) -> None:
    begun = watched.lookups.begin(
        Authority("1", "p", "l"), "ada", watchlists=["missing"], image=b"x", thumbnail=b"\xff\xd8"
    )
    path = f"{ROOT}/{begun.audit_position}/picture"
    assert sign_in("otto", Role.AUDITOR).get(path).status_code == 403
    admin = sign_in("root", Role.ADMINISTRATOR)
    assert admin.get(path).content == b"\xff\xd8"
    assert admin.get(f"{ROOT}/1/picture").status_code == 404
    items = admin.get(ROOT).json()["items"]
    assert items[0]["action"] == "audit.read_picture"
    search = next(one for one in items if one["action"] == "lookup.begin")
    assert (search["has_picture"], search["purpose"]) == (True, "lookup:1")


def test_noted_nowhere_and_no_receipts(watched: Store, sign_in: SignIn) -> None:
    auditor = sign_in("otto", Role.AUDITOR)
    assert auditor.post(f"{ROOT}/note").json() == {"places": []}
    assert auditor.get(f"{ROOT}/receipts").json() == {"items": [], "next": None}


def test_others_read_nothing(watched: Store, sign_in: SignIn) -> None:
    supervisor = sign_in("ada", Role.SUPERVISOR)
    for part in ("", "/head", "/export", "/receipts"):
        assert supervisor.get(f"{ROOT}{part}").status_code == 403


def test_filters_choose_what_is_listed_and_exported(watched: Store, sign_in: SignIn) -> None:
    auditor = sign_in("otto", Role.AUDITOR)
    for number in range(3):
        watched.audit.append("ada", "subject.note", f"subject:{number}", {})
    wanted = {"actor": "ada", "action": "subject.note", "since": "2020-01-01T00:00:00Z"}
    first = auditor.get(ROOT, params={**wanted, "limit": 2}).json()
    rest = auditor.get(ROOT, params={**wanted, "limit": 2, "cursor": first["next"]}).json()
    objects = [one["object"] for one in (*first["items"], *rest["items"])]
    assert objects == ["subject:2", "subject:1", "subject:0"]
    assert rest["next"] is None
    assert auditor.get(ROOT, params={**wanted, "until": "2020-01-01T00:00:00Z"}).json() == {
        "items": [],
        "next": None,
    }
    answer = auditor.get(f"{ROOT}/export", params={**wanted, "object": "subject:1"})
    assert "audit-extract.jsonl" in answer.headers["content-disposition"]
    head, line = (json.loads(one) for one in answer.text.splitlines())
    assert head["format"] == "facewarden audit extract 1"
    assert line["object"] == "subject:1"
    newest = watched.audit.tail(1)[0]
    assert (newest.action, newest.details["whole"]) == ("audit.export", False)
    for wrong in ({"since": "yesterday"}, {"actor": "a" * 201}):
        assert auditor.get(ROOT, params=wrong).status_code == 422
