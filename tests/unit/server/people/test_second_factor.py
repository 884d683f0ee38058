"""Roles that must have an authenticator: nothing is allowed before it is added."""

from collections.abc import Iterator

import httpx
import pyotp
import pytest
from fastapi import FastAPI

from facewarden.access.principal import RIGHTS, Permission, Role, Scope
from facewarden.config.server import ServerSettings
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.errors import ConfigError
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.store.open import Store
from loopback import served
from unit.server.people.conftest import Clock
from unit.server.signing import PASSWORD, browser, cheaply, person, program, sign_in

SESSION = "/api/v1/session"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    server = ServerSettings(second_factor_for=("administrator", "supervisor"))
    return settings.model_copy(update={"server": server})


def add(client: httpx.Client, clock: Clock) -> pyotp.TOTP:
    """Add an authenticator, as the page does."""
    proposed = client.post(f"{SESSION}/totp", json={"password": PASSWORD})
    assert proposed.status_code == 200, proposed.text
    totp = pyotp.TOTP(proposed.json()["secret"])
    answer = client.post(f"{SESSION}/totp/confirm", json={"code": totp.at(clock.now)})
    assert answer.status_code == 200, answer.text
    return totp


def test_nothing_is_allowed_before_it_is_added_and_everything_after(
    store: Store, address: str, clock: Clock
) -> None:
    person(store, "ada", Role.SUPERVISOR)
    with httpx.Client(base_url=address) as client:
        sign_in(client, "ada")
        state = client.get(SESSION).json()
        assert (state["must_add_totp"], state["permissions"]) == (True, [])
        for method, path in (
            ("GET", "/api/v1/subjects"),
            ("GET", "/api/v1/alerts"),
            ("GET", "/api/v1/events"),
            ("POST", "/api/v1/watchlists"),
        ):
            refused = client.request(method, path, json={"name": "missing"})
            assert refused.status_code == 403, path
            assert "authenticator" in refused.json()["remedy"]
        key = {"name": "k", "permissions": ["alert.read"], "expires_at": "2026-03-02T00:00:00Z"}
        assert client.post("/api/v1/keys", json=key).status_code == 422  # no way round
        totp = add(client, clock)
        state = client.get(SESSION).json()
        assert (state["must_add_totp"], state["has_totp"]) == (False, True)
        assert set(state["permissions"]) == set(RIGHTS[Role.SUPERVISOR])
        assert client.get("/api/v1/subjects").status_code == 200
        clock.forward(seconds=60)
        kept = {"password": PASSWORD, "code": totp.at(clock.now)}
        off = client.post(f"{SESSION}/totp/remove", json=kept)
        assert (off.status_code, "must have" in off.text) == (409, True)
    with httpx.Client(base_url=address) as client:
        asked = client.post(SESSION, json={"login": "ada", "password": PASSWORD})
        assert asked.json() == {"needs": "code"}


FREE = {
    "another role": lambda store: person(store, "vic", Role.VIEWER),
    "limited, of another role": lambda store: person(
        store, "pat", Role.OPERATOR, Scope(frozenset({"missing"}))
    ),
}


@pytest.mark.parametrize("name", FREE)
def test_other_roles_need_none(store: Store, address: str, name: str) -> None:
    account = FREE[name](store)
    with browser(store, address, account) as client:
        state = client.get(SESSION).json()
        assert not state["must_add_totp"]
        assert client.get("/api/v1/subjects").status_code == 200


def test_who_is_given_such_a_role_must_have_it_at_once(store: Store, address: str) -> None:
    account = person(store, "vic", Role.VIEWER)
    with browser(store, address, account) as client:
        assert client.get("/api/v1/subjects").status_code == 200
        store.people.change(
            account.user_id, role=Role.SUPERVISOR, scope=Scope(), disabled=False, actor="ada"
        )
        assert client.get("/api/v1/subjects").status_code == 403
        assert client.get(SESSION).json()["must_add_totp"]


def test_a_reset_asks_for_it_again(store: Store, address: str, clock: Clock) -> None:
    account = person(store, "ada", Role.SUPERVISOR)
    with browser(store, address, account) as client:
        add(client, clock)
    store.people.reset(account.user_id, actor="root")
    token = store.invitations.invite(account.user_id, actor="root")
    with httpx.Client(base_url=address) as client:
        taken = {"token": token, "password": PASSWORD}
        assert client.post(f"{SESSION}/invitation", json=taken).status_code == 204
        sign_in(client, "ada")
        assert client.get(SESSION).json()["must_add_totp"]


def test_keys_that_were_made_before_go_on(store: Store, address: str) -> None:
    account = person(store, "ada", Role.SUPERVISOR)
    with program(store, address, account, [Permission.SUBJECT_READ]) as client:
        assert client.get("/api/v1/subjects").status_code == 200


@pytest.fixture
def without(context: Context, store: Store, app: FastAPI) -> Iterator[str]:
    """The same server, as it is by default."""
    plain = Settings(store=StoreSettings(data_dir=context.settings.store.data_dir))
    made = Context(plain, store, clock=context.clock)
    open_app = create_app(made)
    cheaply(open_app, made)
    with served(open_app) as url:
        yield url


def test_by_default_nobody_must(store: Store, without: str) -> None:
    with browser(store, without, person(store, "ada", Role.ADMINISTRATOR)) as client:
        assert not client.get(SESSION).json()["must_add_totp"]
        assert client.get("/api/v1/users").status_code == 200


def test_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises((ConfigError, ValueError), match="second_factor_for"):
        Settings.model_validate({"server": {"second_factor_for": ["king"]}})
