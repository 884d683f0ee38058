import httpx
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.store.open import Store
from unit.server.conftest import Login

ONLY_BARRED = Scope(watchlists=frozenset({"barred"}))


@pytest.fixture(autouse=True)
def lists(store: Store) -> None:
    store.watchlists.ensure("missing")
    store.watchlists.ensure("barred")


def new(client: httpx.Client, name: str = "Ann", watchlist: str = "missing", **more: str) -> int:
    body = {"details": {"name": name} | more, "watchlist": watchlist}
    answer = client.post("/api/v1/subjects", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["subject_id"])


def test_write_down_read_change_remove(administrator: httpx.Client) -> None:
    subject_id = new(administrator, "Ann", notes="tall")
    path = f"/api/v1/subjects/{subject_id}"
    got = administrator.get(path)
    assert got.json()["details"]["name"] == "Ann"
    assert got.json()["watchlists"] == ["missing"]
    seen = {"If-Match": got.headers["etag"]}
    changed = administrator.patch(path, json={"notes": None, "category": "x"}, headers=seen)
    assert changed.status_code == 200
    assert changed.json()["details"]["notes"] == ""
    assert changed.json()["details"]["name"] == "Ann"
    assert administrator.patch(path, json={"category": "y"}, headers=seen).status_code == 412
    assert administrator.patch(path, json={"category": "y"}).status_code == 428
    assert administrator.delete(path).status_code == 428
    gone = administrator.delete(path, headers={"If-Match": changed.headers["etag"]})
    assert gone.status_code == 204
    assert administrator.get(path).status_code == 404


def test_the_same_request_twice_makes_one_subject(administrator: httpx.Client) -> None:
    body = {"details": {"name": "Ann"}, "watchlist": "missing"}
    key = {"Idempotency-Key": "0123456789"}
    first = administrator.post("/api/v1/subjects", json=body, headers=key)
    again = administrator.post("/api/v1/subjects", json=body, headers=key)
    assert first.json() == again.json()
    assert again.status_code == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert len(administrator.get("/api/v1/subjects").json()["items"]) == 1


def test_pages_and_parts_of_names(administrator: httpx.Client) -> None:
    for number in range(5):
        new(administrator, f"Person {number}")
    first = administrator.get("/api/v1/subjects", params={"limit": 3}).json()
    rest = administrator.get(
        "/api/v1/subjects", params={"limit": 3, "cursor": first["next"]}
    ).json()
    names = [one["details"]["name"] for one in first["items"] + rest["items"]]
    assert names == [f"Person {number}" for number in range(5)]
    assert rest["next"] is None
    found = administrator.get("/api/v1/subjects", params={"q": "person 3"}).json()["items"]
    assert [one["details"]["name"] for one in found] == ["Person 3"]


@pytest.mark.parametrize(
    "name",
    ["Юлия Ψ", "محمد", "שרה", "王小明", "ประภา", "Ngũgĩ wa Thiong\u2019o",
     "<b>x</b><script>1</script>", "'; DROP TABLE subject; --", "👩🏽‍🚒", "a" * 300],
)  # fmt: skip
def test_names_are_text(administrator: httpx.Client, name: str) -> None:
    subject_id = new(administrator, name)
    got = administrator.get(f"/api/v1/subjects/{subject_id}")
    assert got.json()["details"]["name"] == name
    assert got.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "details",
    [
        {"name": "a" * 10_000},
        {"name": ""},
        {"name": "   "},
        {"name": "a\x00b"},
        {"name": "a\x1b[31m"},
        {"name": "two\nlines"},
        {"name": "a", "notes": "n" * 10_000},
        {"name": "a", "unknown": "x"},
        {"name": "a", "expires_at": "2026-01-01T00:00:00"},
        {},
    ],
)
def test_what_cannot_be_written_down(administrator: httpx.Client, details: dict[str, str]) -> None:
    body = {"details": details, "watchlist": "missing"}
    answer = administrator.post("/api/v1/subjects", json=body)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["where"].startswith("body.details")


def test_what_is_on_other_lists_does_not_exist(administrator: httpx.Client, login: Login) -> None:
    hidden = new(administrator, "Ann", external_reference="CASE-1")
    shown = new(administrator, "Ben", "barred")
    limited = login(Role.SUPERVISOR, ONLY_BARRED)
    seen = limited.get("/api/v1/subjects").json()["items"]
    assert [one["subject_id"] for one in seen] == [shown]
    missing = limited.get("/api/v1/subjects/999999")
    theirs = limited.get(f"/api/v1/subjects/{hidden}")
    assert (missing.status_code, missing.content) == (theirs.status_code, theirs.content)
    listed = limited.get("/api/v1/subjects", params={"watchlist": "missing"})
    unknown = limited.get("/api/v1/subjects", params={"watchlist": "nothing"})
    assert (listed.status_code, listed.content) == (unknown.status_code, unknown.content)
    body = {"details": {"name": "Cid", "external_reference": "CASE-1"}, "watchlist": "barred"}
    assert limited.post("/api/v1/subjects", json=body).status_code == 201
    again = limited.post("/api/v1/subjects", json=body)  # of somebody whom they see
    assert (again.status_code, again.json()["found"]) == (409, f"subject {shown + 1}")


def test_a_subject_of_several_lists_is_shown_with_those_that_one_sees(
    administrator: httpx.Client, login: Login
) -> None:
    subject_id = new(administrator, "Ann")
    path = f"/api/v1/subjects/{subject_id}"
    assert administrator.put(f"{path}/watchlists/barred").status_code == 204
    limited = login(Role.SUPERVISOR, ONLY_BARRED)
    got = limited.get(path)
    assert got.json()["watchlists"] == ["barred"]
    # Others look for this subject too: it is not theirs to erase.
    refused = limited.delete(path, headers={"If-Match": got.headers["etag"]})
    assert refused.status_code == 403
    assert limited.delete(f"{path}/watchlists/barred").status_code == 204
    assert limited.get(path).status_code == 404
    assert administrator.get(path).json()["watchlists"] == ["missing"]


def test_merge_and_split(administrator: httpx.Client, store: Store) -> None:
    one, other = new(administrator, "Ann"), new(administrator, "Anne", "barred")
    path = f"/api/v1/subjects/{one}"
    tag = administrator.get(path).headers["etag"]
    merged = administrator.post(f"{path}/merge", json={"into": other}, headers={"If-Match": tag})
    assert merged.status_code == 200, merged.text
    assert merged.json()["watchlists"] == ["barred", "missing"]
    assert administrator.get(path).status_code == 404
    tag = merged.headers["etag"]
    split = administrator.post(
        f"/api/v1/subjects/{other}/split",
        json={"references": [12345], "details": {"name": "Eve"}},
        headers={"If-Match": tag},
    )
    assert split.status_code == 404


def test_the_audit_log_names_who_asked(administrator: httpx.Client, store: Store) -> None:
    new(administrator)
    event = next(e for e in reversed(store.audit.tail(5)) if e.action == "subject.add")
    assert event.actor == "administrator-1"
    assert event.details["origin"] == "127.0.0.1"
