"""Reports, models, status and metrics."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from facewarden.access.principal import Permission, Role, Scope
from facewarden.server.app import create_app
from facewarden.server.context import Context, ServerOptions
from facewarden.store.open import Store
from factories import alert
from loopback import served
from unit.server.conftest import Login
from unit.server.signing import person, program


def test_the_report_of_the_watch(administrator: httpx.Client, login: Login) -> None:
    found = administrator.get("/api/v1/reports/watch")
    assert found.status_code == 200
    assert found.json()["total"]["alerts"] == 0
    page = administrator.get("/api/v1/reports/watch.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src" not in page.headers["content-security-policy"]
    backwards = {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert administrator.get("/api/v1/reports/watch", params=backwards).status_code == 422
    limited = login(Role.SUPERVISOR, Scope(watchlists=frozenset({"missing"})))
    assert limited.get("/api/v1/reports/watch").status_code == 403


def test_models_and_status(administrator: httpx.Client) -> None:
    models = administrator.get("/api/v1/models")
    assert models.status_code == 200
    status = administrator.get("/api/v1/status").json()
    assert (status["deliveries_waiting"], status["streams"]) == (0, 0)
    checks = administrator.get("/api/v1/doctor").json()["checks"]
    assert [check["name"] for check in checks] == ["models", "store", "disk"]


def test_metrics_by_key_or_from_this_machine_where_that_is_wanted(
    administrator: httpx.Client, client: httpx.Client, login: Login, context: Context
) -> None:
    administrator.get("/api/v1/alerts/" + "0" * 32)
    page = administrator.get("/metrics")
    assert page.status_code == 200
    assert 'route="/api/v1/alerts/{alert_id}",status="404"' in page.text
    assert "facewarden_deliveries_waiting 0.0" in page.text
    assert "0" * 32 not in page.text
    assert client.get("/metrics").status_code == 401
    assert login(Role.VIEWER).get("/metrics").status_code == 403
    options = ServerOptions(open_metrics=True)
    with served(create_app(Context(context.settings, context.store, options=options))) as address:
        assert httpx.get(f"{address}/metrics").status_code == 200


LIMITS = {
    "to a list": Scope(watchlists=frozenset({"missing"})),
    "to a group": Scope(camera_groups=frozenset({"gate"})),
}


@pytest.mark.parametrize("name", LIMITS)
def test_who_is_limited_learns_nothing_of_the_whole(login: Login, store: Store, name: str) -> None:
    limited = login(Role.OPERATOR, LIMITS[name])
    told = []
    for number in range(2):  # before and after something happens that they may not see
        assert limited.get("/metrics").status_code == 403
        assert limited.get("/api/v1/sinks").status_code == 403
        told.append([limited.get(path).content for path in ("/api/v1/status", "/api/v1/doctor")])
        store.watchlists.ensure("hidden")
        hidden = replace(alert(number, camera_id="yard"), watchlist="hidden")
        store.alerts.record(hidden, ["desk"])
    assert told[0][0] == told[1][0]
    checks = [
        [one for one in json.loads(page)["checks"] if one["name"] == "store"] for _, page in told
    ]
    assert checks[0] == checks[1]


def test_each_sink_and_what_waits_for_it(
    administrator: httpx.Client, login: Login, store: Store
) -> None:
    assert administrator.get("/api/v1/sinks").json() == []
    for number in range(3):
        store.alerts.record(alert(number), ["desk", "radio"])
    now = datetime.now(UTC)
    for one in store.alerts.pending("desk", now, 10)[:2]:
        store.alerts.accepted(one, now)
    first = store.alerts.pending("radio", now, 10)[0]
    retry_at = now + timedelta(minutes=5)
    store.alerts.failed(first, "503 from 192.0.2.1 about Ann", retry_at)
    desk, radio = administrator.get("/api/v1/sinks").json()
    assert (desk["name"], desk["waiting"], desk["last_problem"]) == ("desk", 1, "")
    assert datetime.fromisoformat(desk["last_delivered_at"]) == now
    assert (radio["name"], radio["waiting"], radio["type"]) == ("radio", 3, "")
    assert radio["last_problem"] == "503 from 192.0.2.1 about Ann"
    assert datetime.fromisoformat(radio["retry_at"]) == retry_at
    assert radio["last_delivered_at"] is None
    auditor = login(Role.AUDITOR).get("/api/v1/sinks")
    assert auditor.status_code == 200
    assert "Ann" not in auditor.text  # auditors see what was done, never whose face it was


def test_a_key_limited_to_groups_makes_no_camera(login: Login, store: Store, address: str) -> None:
    """Ids are unique over all groups: that one is taken would tell of a camera that is hidden."""
    administrator = login(Role.ADMINISTRATOR)
    made = {"id": "yard", "setup": {"source": "rtsp://192.0.2.1/", "group": "yard"}}
    assert administrator.post("/api/v1/cameras", json=made).status_code == 201
    said = []
    gate = Scope(camera_groups=frozenset({"gate"}))
    with program(store, address, person(store, "ada"), [Permission.CAMERA_WRITE], gate) as limited:
        for camera_id in ("yard", "attic"):
            body = {"id": camera_id, "setup": {"source": "rtsp://192.0.2.1/", "group": "gate"}}
            answer = limited.post("/api/v1/cameras", json=body)
            said.append((answer.status_code, answer.text))
    assert said[0] == said[1]
    assert said[0][0] == 403


@pytest.mark.parametrize("path", ["/api/v1/status", "/api/v1/doctor", "/api/v1/models"])
def test_strangers_see_nothing(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 401
