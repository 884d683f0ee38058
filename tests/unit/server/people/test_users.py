from datetime import timedelta

import httpx
import pytest

from facewarden.access.principal import RIGHTS, Permission, Role, Scope
from facewarden.errors import StoreError
from facewarden.store.open import Store
from unit.server.people.conftest import Clock
from unit.server.signing import PASSWORD, browser, person, program, sign_in

USERS = "/api/v1/users"
KEYS = "/api/v1/keys"
SESSION = "/api/v1/session"


def test_an_invited_person_sets_their_own_password(store: Store, address: str) -> None:
    with browser(store, address, person(store, "ada")) as ada:
        body = {"login": "grace", "role": "operator", "watchlists": ["missing"]}
        answer = ada.post(USERS, json=body)
        assert answer.status_code == 201
        invited = answer.json()
        assert invited["user"]["has_password"] is False
        taken = ada.post(USERS, json=body | {"login": "GRACE"})
        assert taken.status_code == 409
    with httpx.Client(base_url=address) as grace:
        accept = {"token": invited["invitation"], "password": "quartermaster"}
        assert grace.post(f"{SESSION}/invitation", json=accept).status_code == 204
        again = grace.post(f"{SESSION}/invitation", json=accept)
        assert again.status_code == 401
        sign_in(grace, "grace", "quartermaster")
        assert grace.get(SESSION).json()["watchlists"] == ["missing"]
        assert grace.get(USERS).status_code == 403
    assert [event.action for event in store.audit.tail(5)] == [
        "user.create",
        "user.invite",
        "user.password",
        "session.begin",
        "access.refuse",
    ]


def test_an_invitation_ends_and_is_not_the_token_of_the_first_start(
    store: Store, client: httpx.Client, clock: Clock
) -> None:
    first = store.invitations.first_start()
    accept = {"token": first, "password": PASSWORD}
    assert client.post(f"{SESSION}/invitation", json=accept).status_code == 401
    grace = store.people.create("grace", Role.VIEWER, Scope(), actor="t")
    token = store.invitations.invite(grace.user_id, actor="t")
    clock.forward(hours=72)
    assert client.post(f"{SESSION}/invitation", json=accept | {"token": token}).status_code == 401


def test_a_repeated_invitation_makes_one_user(store: Store, address: str) -> None:
    with browser(store, address, person(store, "ada")) as ada:
        body = {"login": "grace", "role": "operator"}
        header = {"Idempotency-Key": "invite-grace-1"}
        first, second = (ada.post(USERS, json=body, headers=header) for _ in range(2))
        assert first.json() == second.json()
        assert len(ada.get(USERS).json()["items"]) == 2


def test_users_come_in_pages(store: Store, address: str) -> None:
    ada = person(store, "ada")
    for number in range(5):
        store.people.create(f"u{number}", Role.VIEWER, Scope(), actor="t")
    found, cursor = [], ""
    with browser(store, address, ada) as client:
        while True:
            page = client.get(USERS, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
            found += [user["login"] for user in page.json()["items"]]
            cursor = page.json()["next"]
            if cursor is None:
                break
    assert found == ["ada", "u0", "u1", "u2", "u3", "u4"]


def test_of_two_who_edit_one_user_the_second_is_told(store: Store, address: str) -> None:
    eve = person(store, "eve", Role.VIEWER, Scope(frozenset({"missing"})))
    with browser(store, address, person(store, "ada")) as ada:
        where = f"{USERS}/{eve.user_id}"
        tag = ada.get(where).headers["ETag"]
        change = {"role": "operator"}
        assert ada.patch(where, json=change).status_code == 428
        done = ada.patch(where, json=change, headers={"If-Match": tag})
        assert done.json()["role"] == "operator"
        assert done.json()["watchlists"] == ["missing"], "what is left out stays"
        late = ada.patch(where, json={"watchlists": None}, headers={"If-Match": tag})
        assert late.status_code == 412
        tag = done.headers["ETag"]
        lifted = ada.patch(where, json={"watchlists": None}, headers={"If-Match": tag})
        assert lifted.json()["watchlists"] is None
        assert ada.get(f"{USERS}/999").status_code == 404


def test_rights_that_change_count_at_once(store: Store, address: str) -> None:
    eve = person(store, "eve", Role.SUPERVISOR)
    with browser(store, address, eve) as client:
        assert "report.read" in client.get(SESSION).json()["permissions"]
        store.people.change(eve.user_id, role=Role.VIEWER, scope=Scope(), disabled=False, actor="t")
        assert "report.read" not in client.get(SESSION).json()["permissions"]


def test_who_is_disabled_is_out_at_once_with_all_keys(store: Store, address: str) -> None:
    eve = person(store, "eve", Role.SUPERVISOR)
    with (
        browser(store, address, person(store, "ada")) as ada,
        browser(store, address, eve) as client,
        program(store, address, eve, {Permission.USER_MANAGE, Permission.REPORT_READ}) as key,
    ):
        assert key.get(USERS).status_code == 403, "a key never may more than its owner"
        where = f"{USERS}/{eve.user_id}"
        tag = ada.get(where).headers["ETag"]
        gone = ada.patch(where, json={"disabled": True}, headers={"If-Match": tag})
        assert gone.json()["disabled"] is True
        assert client.get(SESSION).status_code == 401
        assert key.get(USERS).status_code == 401
        assert ada.get(f"{where}/keys").json()["items"] == []
        assert ada.post(f"{where}/reset").status_code == 409
        assert client.post(SESSION, json={"login": "eve", "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    "change", [{"role": "supervisor"}, {"disabled": True}, {"watchlists": ["missing"]}]
)
def test_the_last_administrator_stays(
    store: Store, address: str, change: dict[str, object]
) -> None:
    ada = person(store, "ada")
    # Invited, but has not set a password: nobody could administer.
    store.people.create("grace", Role.ADMINISTRATOR, Scope(), actor="t")
    with browser(store, address, ada) as client:
        where = f"{USERS}/{ada.user_id}"
        tag = client.get(where).headers["ETag"]
        refused = client.patch(where, json=change, headers={"If-Match": tag})
        assert refused.status_code == (422 if "watchlists" in change else 409)
        assert client.post(f"{where}/reset").status_code == 409
        person(store, "eve")
        if "watchlists" not in change:
            done = client.patch(where, json=change, headers={"If-Match": tag})
            assert done.status_code == 200


def test_the_owner_of_the_machine_may_reset_even_the_last(store: Store) -> None:
    ada = person(store, "ada")
    with pytest.raises(StoreError, match="last administrator"):
        store.people.reset(ada.user_id, actor="t")
    store.people.reset(ada.user_id, actor="t", even_last=True)
    token = store.invitations.invite(ada.user_id, actor="t")
    assert store.invitations.invited(token)
    assert store.invitations.first_start() is None, "the first start never comes again"


def test_a_reset_takes_everything_and_invites_anew(store: Store, address: str) -> None:
    eve = person(store, "eve", Role.OPERATOR)
    with (
        browser(store, address, person(store, "ada")) as ada,
        browser(store, address, eve) as client,
        program(store, address, eve, {Permission.ALERT_READ}) as key,
    ):
        answer = ada.post(f"{USERS}/{eve.user_id}/reset").json()
        assert client.get(SESSION).status_code == 401
        assert key.get(USERS).status_code == 401
        new = {"token": answer["invitation"], "password": "eight lamps under the pier"}
        assert client.post(f"{SESSION}/invitation", json=new).status_code == 204
        sign_in(client, "eve", "eight lamps under the pier")


def a_key(clock: Clock, **changes: object) -> dict[str, object]:
    ends = clock.now + timedelta(days=30)
    return {
        "name": "nightly report",
        "permissions": ["report.read"],
        "expires_at": ends.isoformat(),
    } | changes


def test_a_key_works_until_its_end_or_until_it_is_revoked(
    store: Store, address: str, clock: Clock
) -> None:
    ada = person(store, "ada")
    with browser(store, address, ada) as client, httpx.Client(base_url=address) as program:
        body = a_key(clock, permissions=["user.manage"])
        made = client.post(KEYS, json=body).json()
        program.headers["Authorization"] = f"Bearer {made['secret']}"
        assert program.get(USERS).status_code == 200
        key_id = made["key"]["key_id"]
        (kept,) = client.get(KEYS).json()["items"]
        assert kept["key_id"] == key_id
        assert kept["used_at"] == "2026-03-01T12:00:00Z"
        with store.people._database.read() as connection:
            rows = str(connection.exec_driver_sql("SELECT * FROM api_key").all())
        assert made["secret"].rsplit("_", 1)[1] not in rows
        assert client.delete(f"{KEYS}/{key_id}").status_code == 204
        assert client.delete(f"{KEYS}/{key_id}").status_code == 404
        assert program.get(USERS).status_code == 401
        other = client.post(KEYS, json=body).json()
        program.headers["Authorization"] = f"Bearer {other['secret']}"
        clock.forward(days=30)
        assert program.get(USERS).status_code == 401


def test_what_is_ones_own_a_key_cannot_do(store: Store, address: str, clock: Clock) -> None:
    ada = person(store, "ada")
    with program(store, address, ada, Permission) as client:
        assert client.get(SESSION).status_code == 403
        assert client.post(KEYS, json=a_key(clock)).status_code == 403
        body = {"current": PASSWORD, "new": "eight lamps under the pier"}
        assert client.post(f"{SESSION}/password", json=body).status_code == 403


def test_a_key_is_asked_for_with_no_more_than_ones_own(
    store: Store, address: str, clock: Clock
) -> None:
    scope = Scope(frozenset({"missing"}))
    eve = person(store, "eve", Role.SUPERVISOR, scope)
    with browser(store, address, eve) as client:
        for body, status in (
            (a_key(clock, permissions=["user.manage"]), 422),
            (a_key(clock, permissions=["fly"]), 422),
            (a_key(clock, permissions=[]), 422),
            (a_key(clock, watchlists=["missing", "secret"]), 422),
            (a_key(clock, expires_at=clock.now.isoformat()), 422),
            (a_key(clock, expires_at=(clock.now + timedelta(days=367)).isoformat()), 422),
            (a_key(clock, name="<script>alert(1)</script>"), 201),
            (a_key(clock, watchlists=["missing"]), 201),
        ):
            assert client.post(KEYS, json=body).status_code == status, body


def test_an_administrator_sees_and_revokes_keys_of_others(
    store: Store, address: str, clock: Clock
) -> None:
    eve = person(store, "eve", Role.SUPERVISOR)
    with (
        browser(store, address, person(store, "ada")) as ada,
        browser(store, address, eve) as client,
    ):
        key_id = client.post(KEYS, json=a_key(clock)).json()["key"]["key_id"]
        assert ada.delete(f"{KEYS}/{key_id}").status_code == 404, "it is not ada's own"
        where = f"{USERS}/{eve.user_id}/keys"
        assert [key["key_id"] for key in ada.get(where).json()["items"]] == [key_id]
        assert ada.delete(f"{where}/{key_id}").status_code == 204
        assert ada.get(where).json()["items"] == []
    event = store.audit.tail(1)[0]
    assert (event.actor, event.action, event.object) == ("ada", "key.revoke", f"key:{key_id}")


def test_a_key_to_manage_users_revokes_no_keys_of_who_may_more(
    store: Store, address: str, clock: Clock
) -> None:
    ada, eve = person(store, "ada"), person(store, "eve", Role.SUPERVISOR)
    with (
        browser(store, address, eve) as client,
        program(store, address, ada, {Permission.USER_MANAGE}) as key,
        program(store, address, ada, RIGHTS[Role.SUPERVISOR] | {Permission.USER_MANAGE}) as able,
    ):
        key_id = client.post(KEYS, json=a_key(clock)).json()["key"]["key_id"]
        where = f"{USERS}/{eve.user_id}/keys"
        assert key.delete(f"{where}/{key_id}").status_code == 403
        assert key.delete(f"{USERS}/999/keys/{key_id}").status_code == 404
        assert [one["key_id"] for one in client.get(KEYS).json()["items"]] == [key_id]
        assert able.delete(f"{where}/{key_id}").status_code == 204


def test_a_person_has_no_more_than_fifty_keys(store: Store, clock: Clock) -> None:
    ada = person(store, "ada")
    for _ in range(50):
        store.api_keys.create(
            ada.user_id,
            "x",
            frozenset({Permission.ALERT_READ}),
            Scope(),
            clock.now + timedelta(days=1),
            actor="t",
        )
    with pytest.raises(StoreError, match="no more keys"):
        store.api_keys.create(
            ada.user_id, "x", frozenset(), Scope(), clock.now + timedelta(days=1), actor="t"
        )


def test_a_key_that_manages_users_gives_no_rights_that_it_has_not(
    store: Store, address: str, clock: Clock
) -> None:
    ada = person(store, "ada")
    with (
        browser(store, address, ada) as page,
        program(store, address, ada, {Permission.USER_MANAGE}) as key,
    ):
        body = {"login": "mallory", "role": "administrator"}
        assert key.post(USERS, json=body).status_code == 403
        assert key.post(USERS, json=body | {"role": "viewer"}).status_code == 403
        assert key.post(f"{USERS}/{ada.user_id}/reset").status_code == 403
        tag = {"If-Match": page.get(f"{USERS}/{ada.user_id}").headers["ETag"]}
        change = key.patch(f"{USERS}/{ada.user_id}", json={"disabled": True}, headers=tag)
        assert change.status_code == 403
        limited = a_key(clock, permissions=["user.manage"], watchlists=["missing"])
        assert page.post(KEYS, json=limited).status_code == 422
    with program(store, address, ada, Permission) as key:
        assert key.post(USERS, json=body | {"role": "viewer"}).status_code == 201
