"""People for the tests of the server: made in the store, signed in over HTTP or with a key."""

from collections.abc import Iterable
from datetime import timedelta

import httpx
from argon2 import Parameters
from argon2.low_level import Type
from fastapi import FastAPI

from facewarden.access.account import Account
from facewarden.access.passwords import Passwords
from facewarden.access.principal import Permission, Role, Scope
from facewarden.access.tokens import csrf_token
from facewarden.server.context import Context
from facewarden.server.gatekeeper import COOKIE, CSRF_HEADER, Gatekeeper
from facewarden.server.limits import Limits
from facewarden.store.open import Store

CHEAP = Parameters(Type.ID, 19, 16, 32, time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "seven lamps over the quay"
EVERYTHING = Scope()


def cheaply(app: FastAPI, context: Context, limits: Limits | None = None) -> Gatekeeper:
    """Have passwords hashed quickly; all else is as it is."""
    made = Gatekeeper(
        context.store,
        context.settings.server,
        https=context.options.https,
        passwords=Passwords(CHEAP),
        limits=limits,
    )
    app.state.gatekeeper = made
    return made


def person(
    store: Store, login: str, role: Role = Role.ADMINISTRATOR, scope: Scope = EVERYTHING
) -> Account:
    """Make somebody who can sign in with PASSWORD."""
    made = store.people.create(login, role, scope, actor="tester")
    store.people.set_password(made.user_id, Passwords(CHEAP).hashed(PASSWORD), actor="tester")
    found = store.people.get(made.user_id)
    assert found is not None
    return found


def browser(store: Store, address: str, account: Account, *, hours: float = 12) -> httpx.Client:
    """Return a client that is signed in; close it."""
    secret, _ = store.sessions.begin(
        account.user_id, lasts=timedelta(hours=hours), address="", agent="test", how="test"
    )
    client = httpx.Client(base_url=address, headers={CSRF_HEADER: csrf_token(secret)})
    client.cookies.set(COOKIE, secret)
    return client


def program(
    store: Store,
    address: str,
    account: Account,
    permissions: Iterable[Permission],
    scope: Scope = EVERYTHING,
    *,
    hours: float = 1,
) -> httpx.Client:
    """Return a client with an API key; close it."""
    now = store.people._database.clock()
    words, _ = store.api_keys.create(
        account.user_id,
        "test",
        frozenset(permissions),
        scope,
        now + timedelta(hours=hours),
        actor="tester",
    )
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {words.written()}"})


def sign_in(client: httpx.Client, login: str, password: str = PASSWORD, code: str = "") -> str:
    """Sign a client in over HTTP, and have it prove its changes; return the CSRF token."""
    answer = client.post(
        "/api/v1/session", json={"login": login, "password": password, "code": code}
    )
    assert answer.status_code == 200, answer.text
    token = str(answer.json()["csrf_token"])
    client.headers[CSRF_HEADER] = token
    return token
