"""A clock that was set back by five hours gave every session five hours more.

And what else a clock that jumps does to who is signed in, and to the order of the audit log.
"""

from datetime import timedelta

import httpx
import pyotp
import pytest

from facewarden.store.open import Store
from unit.server.conftest import address, client, settings, url
from unit.server.people.conftest import Clock, app, clock, context, store
from unit.server.signing import PASSWORD, browser, person

__all__ = ["address", "app", "client", "clock", "context", "settings", "store", "url"]

SESSION = "/api/v1/session"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("back", "status"),
    [
        (timedelta(seconds=30), 200),
        (timedelta(minutes=2), 401),
        (timedelta(hours=5), 401),
        (timedelta(days=400), 401),
    ],
)
def test_a_session_does_not_last_longer(
    store: Store, address: str, clock: Clock, back: timedelta, status: int
) -> None:
    with browser(store, address, person(store, "ada")) as desk:
        assert desk.get(SESSION).status_code == 200
        clock.now -= back
        assert desk.get(SESSION).status_code == status
        clock.now += back
        assert desk.get(SESSION).status_code == 200


def test_a_clock_that_runs_ahead_ends_sessions(store: Store, address: str, clock: Clock) -> None:
    with browser(store, address, person(store, "ada")) as desk:
        clock.forward(hours=13)
        assert desk.get(SESSION).status_code == 401


def test_a_code_is_not_used_twice_and_a_recovery_code_helps(
    store: Store, address: str, clock: Clock
) -> None:
    ada = person(store, "ada")
    store.second_factors.propose(ada.user_id, SECRET)
    codes = store.second_factors.confirm(ada.user_id, pyotp.TOTP(SECRET).at(clock.now), actor="a")
    assert codes is not None
    body = {"login": "ada", "password": PASSWORD}
    for back in (timedelta(0), timedelta(hours=3)):
        clock.now -= back
        now = pyotp.TOTP(SECRET).at(clock.now)
        assert httpx.post(address + SESSION, json=body | {"code": now}).status_code == 401
    assert httpx.post(address + SESSION, json=body | {"code": codes[0]}).status_code == 200


def test_the_audit_log_keeps_its_order(store: Store, address: str, clock: Clock) -> None:
    for jump in (5, -9, 3, -400, 2000):
        clock.forward(hours=jump)
        with browser(store, address, person(store, f"ada{jump}")) as desk:
            assert desk.post("/api/v1/audit/check", json={"noted": []}).json()["intact"] is True
            listed = desk.get("/api/v1/audit").json()["items"]
    positions = [entry["position"] for entry in listed]
    assert positions == sorted(positions, reverse=True)
