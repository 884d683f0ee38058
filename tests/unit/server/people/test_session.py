from http.cookies import SimpleCookie

import httpx
import pyotp
import pytest
from fastapi import FastAPI

from facewarden.access.passwords import Passwords
from facewarden.access.principal import RIGHTS, Role, Scope
from facewarden.access.tokens import digest
from facewarden.server.context import Context, ServerOptions
from facewarden.server.first_start import announce_first_start
from facewarden.server.gatekeeper import COOKIE, CSRF_HEADER
from facewarden.store.open import Store
from loopback import served
from unit.server.people.conftest import Clock
from unit.server.signing import CHEAP, PASSWORD, browser, cheaply, person, sign_in

SESSION = "/api/v1/session"


def actions(store: Store) -> list[str]:
    return [event.action for event in store.audit.tail(100)]


def test_the_first_start_makes_one_administrator_once(
    store: Store, client: httpx.Client, address: str
) -> None:
    said: list[str] = []
    assert announce_first_start(store, address, said.append)
    token = said[-1]
    assert client.get("/api/v1/first-start").json() == {"needed": True}
    wrong = {"token": "x" * 43, "login": "ada", "password": PASSWORD}
    assert client.post("/api/v1/first-start", json=wrong).status_code == 401
    weak = wrong | {"token": token, "password": "password1234"}
    assert client.post("/api/v1/first-start", json=weak).status_code == 422
    right = wrong | {"token": token}
    assert client.post("/api/v1/first-start", json=right).status_code == 204
    assert client.get("/api/v1/first-start").json() == {"needed": False}
    again = client.post("/api/v1/first-start", json=right | {"login": "eve"})
    assert again.status_code == 409
    assert not announce_first_start(store, address, said.append)
    sign_in(client, "ada")
    state = client.get(SESSION).json()
    assert (state["login"], state["role"]) == ("ada", "administrator")
    assert actions(store) == ["user.first", "session.begin"]


def test_a_token_of_the_first_start_ends_after_a_day_or_with_the_next(
    store: Store, client: httpx.Client, clock: Clock
) -> None:
    first = store.invitations.first_start()
    second = store.invitations.first_start()
    body = {"login": "ada", "password": PASSWORD}
    post = "/api/v1/first-start"
    assert client.post(post, json=body | {"token": first}).status_code == 401
    clock.forward(hours=24)
    assert client.post(post, json=body | {"token": second}).status_code == 401
    third = store.invitations.first_start()
    assert client.post(post, json=body | {"token": third}).status_code == 204


def test_a_session_says_who_it_is_and_needs_its_token_for_changes(
    store: Store, client: httpx.Client
) -> None:
    person(store, "ada", Role.OPERATOR, Scope(frozenset({"missing"})))
    token = sign_in(client, "ADA")
    state = client.get(SESSION).json()
    assert state["csrf_token"] == token
    assert set(state["permissions"]) == set(RIGHTS[Role.OPERATOR])
    assert (state["watchlists"], state["camera_groups"]) == (["missing"], None)
    del client.headers[CSRF_HEADER]
    for headers in ({}, {CSRF_HEADER: ""}, {CSRF_HEADER: "0" * 64}):
        assert client.delete(SESSION, headers=headers).status_code == 403
    assert client.delete(SESSION, headers={CSRF_HEADER: token}).status_code == 204
    assert client.get(SESSION).status_code == 401
    # What came without the token is written down, too.
    assert actions(store)[-5:] == ["session.begin", *["access.refuse"] * 3, "session.end"]


@pytest.mark.parametrize("https", [False, True])
def test_the_cookie_is_for_this_site_and_not_for_scripts(
    app: FastAPI, store: Store, context: Context, https: bool
) -> None:
    person(store, "ada")
    context.options = ServerOptions(https=https)
    cheaply(app, context)
    with served(app) as address:
        answer = httpx.post(
            address + SESSION, json={"login": "ada", "password": PASSWORD, "code": ""}
        )
    (cookie,) = SimpleCookie(answer.headers.get_list("Set-Cookie")[0]).values()
    assert cookie.key == COOKIE
    assert cookie["samesite"] == "Strict"
    assert cookie["httponly"] is True
    assert bool(cookie["secure"]) is https
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", str(12 * 3600))


def test_nothing_in_the_store_signs_anybody_in(store: Store, client: httpx.Client) -> None:
    person(store, "ada")
    sign_in(client, "ada")
    secret = client.cookies[COOKIE]
    with store.people._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM web_session").all()
        kept = connection.exec_driver_sql("SELECT password FROM account").scalar_one()
    assert digest(secret) in str(rows)
    assert secret not in str(rows)
    assert kept.startswith("$argon2id$")
    client.cookies.set(COOKIE, digest(secret))
    assert client.get(SESSION).status_code == 401


@pytest.mark.parametrize(
    ("login", "password"),
    [("ada", "wrong words at the quay"), ("nobody", PASSWORD), ("off", PASSWORD), ("new", "x")],
)
def test_every_failure_has_one_answer(
    store: Store, client: httpx.Client, login: str, password: str
) -> None:
    person(store, "ada")
    off = person(store, "off", Role.VIEWER)
    store.people.change(off.user_id, role=off.role, scope=off.scope, disabled=True, actor="t")
    store.people.create("new", Role.VIEWER, Scope(), actor="tester")
    answer = client.post(SESSION, json={"login": login, "password": password})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "login, password or code is wrong"
    assert "Set-Cookie" not in answer.headers
    event = store.audit.tail(1)[0]
    assert (event.action, event.actor) == ("session.fail", "nobody")
    assert event.details["failures"] == 1
    assert event.details["origin"] == "127.0.0.1"


def test_unknown_and_known_logins_cost_the_same_work(
    store: Store, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(store, "ada")
    compared: list[str] = []
    verify = Passwords.verify

    def counted(self: Passwords, kept: str, password: str) -> bool:
        compared.append(kept or self._nobody)
        return verify(self, kept, password)

    monkeypatch.setattr(Passwords, "verify", counted)
    for login in ("ada", "nobody"):
        client.post(SESSION, json={"login": login, "password": "wrong words at the quay"})
    assert len(compared) == 2
    assert not Passwords(CHEAP).outdated(compared[1]), "argon2 did the same work"


def test_guessing_is_slowed_down_known_or_not_and_after_a_restart(
    store: Store, client: httpx.Client, clock: Clock, app: FastAPI, context: Context
) -> None:
    person(store, "ada")
    for login in ("ada", "nobody"):
        wrong = {"login": login, "password": "wrong words at the quay"}
        found = [client.post(SESSION, json=wrong).status_code for _ in range(7)]
        assert found == [401] * 6 + [429], login
    cheaply(app, context)  # as after a restart
    right = {"login": "ada", "password": PASSWORD}
    refused = client.post(SESSION, json=right)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "2"
    clock.forward(seconds=2)
    assert client.post(SESSION, json=right).status_code == 200
    assert client.post(SESSION, json=right).status_code == 200, "success forgets the failures"


def test_an_address_that_guesses_many_logins_is_slowed_down(
    store: Store, client: httpx.Client, clock: Clock
) -> None:
    person(store, "ada")
    tries = [
        client.post(SESSION, json={"login": f"u{number}", "password": "x"}).status_code
        for number in range(22)
    ]
    assert tries == [401] * 21 + [429]
    right = {"login": "ada", "password": PASSWORD}
    assert client.post(SESSION, json=right).status_code == 429
    clock.forward(hours=25)
    assert client.post(SESSION, json=right).status_code == 200


def test_a_clock_set_back_does_not_lock_anybody_out(
    store: Store, client: httpx.Client, clock: Clock
) -> None:
    person(store, "ada")
    for _ in range(6):
        client.post(SESSION, json={"login": "ada", "password": "wrong words at the quay"})
    clock.forward(days=-30)
    refused = client.post(SESSION, json={"login": "ada", "password": PASSWORD})
    assert refused.headers["Retry-After"] == "2"
    clock.forward(days=30, seconds=2)
    sign_in(client, "ada")


def test_strangers_come_at_their_pace(store: Store, client: httpx.Client) -> None:
    found = [client.get("/api/v1/first-start").status_code for _ in range(40)]
    assert found[:30] == [200] * 30
    assert 429 in found[30:]


def test_a_session_ends_when_unused_and_in_any_case_after_a_shift(
    store: Store, address: str, clock: Clock
) -> None:
    ada = person(store, "ada")
    with browser(store, address, ada) as idle, browser(store, address, ada) as busy:
        for _ in range(14):
            clock.forward(minutes=50)
            assert busy.get(SESSION).status_code == 200
        assert idle.get(SESSION).status_code == 401
        clock.forward(minutes=20)
        assert busy.get(SESSION).status_code == 401


def test_sessions_are_listed_and_ended_by_their_owner_only(store: Store, address: str) -> None:
    ada, eve = person(store, "ada"), person(store, "eve")
    with (
        browser(store, address, ada) as desk,
        browser(store, address, ada) as tablet,
        browser(store, address, eve) as other,
    ):
        found = desk.get(f"{SESSION}/all").json()["items"]
        assert [one["current"] for one in found].count(True) == 1
        tablet_id = tablet.get(SESSION).json()["session_id"]
        assert tablet_id in {one["session_id"] for one in found}
        unknown = other.delete(f"{SESSION}/all/{'0' * 16}")
        theirs = other.delete(f"{SESSION}/all/{tablet_id}")
        assert (theirs.status_code, theirs.content) == (404, unknown.content)
        assert tablet.get(SESSION).status_code == 200
        assert desk.delete(f"{SESSION}/all/{tablet_id}").status_code == 204
        assert tablet.get(SESSION).status_code == 401
        assert desk.get(SESSION).status_code == 200


def test_a_new_password_ends_every_session(store: Store, address: str) -> None:
    ada = person(store, "ada")
    with browser(store, address, ada) as desk, browser(store, address, ada) as tablet:
        new = "eight lamps under the pier"
        for body, status in (
            ({"current": "wrong words at the quay", "new": new}, 401),
            ({"current": PASSWORD, "new": "password1234"}, 422),
            ({"current": PASSWORD, "new": new}, 200),
        ):
            assert desk.post(f"{SESSION}/password", json=body).status_code == status
        assert tablet.get(SESSION).status_code == 401
        assert desk.get(SESSION).status_code == 200, "with the new cookie"
    with httpx.Client(base_url=address) as client:
        answer = client.post(SESSION, json={"login": "ada", "password": PASSWORD})
        assert answer.status_code == 401
        sign_in(client, "ada", new)


def test_a_stolen_session_cannot_try_passwords_for_ever(store: Store, address: str) -> None:
    with browser(store, address, person(store, "ada")) as thief:
        body = {"current": "wrong words at the quay", "new": "eight lamps under the pier"}
        found = [thief.post(f"{SESSION}/password", json=body).status_code for _ in range(7)]
    assert found == [401] * 6 + [429]


def test_an_authenticator_is_asked_for_and_each_code_works_once(
    store: Store, address: str, clock: Clock
) -> None:
    ada = person(store, "ada")
    with browser(store, address, ada) as desk:
        assert desk.post(f"{SESSION}/totp/confirm", json={"code": "123456"}).status_code == 422
        wrong = desk.post(f"{SESSION}/totp", json={"password": "x"})
        assert wrong.status_code == 401
        proposed = desk.post(f"{SESSION}/totp", json={"password": PASSWORD}).json()
        assert proposed["qr_svg"].startswith("<svg")
        totp = pyotp.TOTP(proposed["secret"])
        assert not desk.get(SESSION).json()["has_totp"], "not before a code was typed"
        confirmed = desk.post(f"{SESSION}/totp/confirm", json={"code": totp.at(clock.now)})
        codes = confirmed.json()["codes"]
        assert len(set(codes)) == 10
    with httpx.Client(base_url=address) as client:
        body = {"login": "ada", "password": PASSWORD}
        asked = client.post(SESSION, json=body)
        assert (asked.status_code, asked.json()) == (202, {"needs": "code"})
        assert "Set-Cookie" not in asked.headers
        used = client.post(SESSION, json=body | {"code": totp.at(clock.now)})
        assert used.status_code == 401, "it was used to confirm"
        clock.forward(seconds=30)
        sign_in(client, "ada", code=totp.at(clock.now))
        assert client.post(SESSION, json=body | {"code": codes[0].upper()}).status_code == 200
        assert client.post(SESSION, json=body | {"code": codes[0]}).status_code == 401
        assert client.get(SESSION).json()["recovery_codes_left"] == 9
    with store.people._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT totp FROM account").all()
        kept = connection.exec_driver_sql("SELECT digest FROM recovery_code").all()
    assert proposed["secret"] not in str(rows)
    assert codes[1].replace("-", "") not in str(kept)


def test_codes_cannot_be_guessed(store: Store, address: str, clock: Clock) -> None:
    ada = person(store, "ada")
    store.second_factors.propose(ada.user_id, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    code = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(clock.now)
    assert store.second_factors.confirm(ada.user_id, code, actor="ada")
    body = {"login": "ada", "password": PASSWORD}
    with httpx.Client(base_url=address) as client:
        found = []
        for number in range(7):
            # Asking for the code in between gives no more guesses.
            client.post(SESSION, json=body)
            guess = client.post(SESSION, json=body | {"code": f"{number:06}"})
            found.append(guess.status_code)
    assert found == [401] * 6 + [429]


def test_turning_the_authenticator_off_needs_password_and_code(
    store: Store, address: str, clock: Clock
) -> None:
    ada = person(store, "ada")
    with browser(store, address, ada) as desk:
        assert desk.post(f"{SESSION}/totp/remove", json={"password": PASSWORD}).status_code == 409
        secret = desk.post(f"{SESSION}/totp", json={"password": PASSWORD}).json()["secret"]
        totp = pyotp.TOTP(secret)
        desk.post(f"{SESSION}/totp/confirm", json={"code": totp.at(clock.now)})
        clock.forward(seconds=60)
        body = {"password": PASSWORD, "code": ""}
        assert desk.post(f"{SESSION}/totp/remove", json=body).status_code == 401
        body["code"] = totp.at(clock.now)
        assert desk.post(f"{SESSION}/totp/remove", json=body).status_code == 204
    with httpx.Client(base_url=address) as client:
        sign_in(client, "ada")


def test_a_password_of_older_parameters_is_hashed_anew(
    app: FastAPI, store: Store, context: Context
) -> None:
    ada = person(store, "ada")
    before = store.people.password_of(ada.user_id)
    app.state.gatekeeper.passwords = Passwords()
    with served(app) as address, httpx.Client(base_url=address) as client:
        sign_in(client, "ada")
        after = store.people.password_of(ada.user_id)
        assert before.startswith("$argon2id$v=19$m=64,")
        assert after.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        sign_in(client, "ada")
