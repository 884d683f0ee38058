"""A time whose offset leads before the year 1 or beyond 9999 was answered with status 500."""

import pytest

from facewarden.access.principal import Role
from facewarden.store.open import Store
from unit.server.conftest import Login, address, app, client, context, login, settings, store

__all__ = ["address", "app", "client", "context", "login", "settings", "store"]

BEYOND = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
EDGES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
ASKED = ("alerts", "sightings", "audit", "reports/watch")


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("end", ["since", "until"])
def test_a_time_that_is_asked_for(login: Login, path: str, end: str) -> None:
    administrator = login(Role.ADMINISTRATOR)
    for time in BEYOND:
        answer = administrator.get(f"/api/v1/{path}", params={end: time})
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    for time in EDGES:
        answer = administrator.get(f"/api/v1/{path}", params={end: time})
        assert answer.status_code in {200, 422}, answer.text


def test_a_time_that_is_written_down(login: Login, store: Store) -> None:
    store.watchlists.ensure("missing")
    administrator = login(Role.ADMINISTRATOR)

    def answer(time: str) -> int:
        details = {"name": "Ann", "expires_at": time}
        body = {"details": details, "watchlist": "missing"}
        return administrator.post("/api/v1/subjects", json=body).status_code

    assert [answer(time) for time in (*BEYOND, EDGES[1])] == [422, 422, 201]
    plan = dict.fromkeys(("purpose", "place", "legal_basis"), "x")
    lists = {"cameras": ["gate"], "watchlists": ["missing"]}
    body = plan | lists | {"starts_at": BEYOND[0], "ends_at": BEYOND[1]}
    assert administrator.post("/api/v1/deployments", json=body).status_code == 422
