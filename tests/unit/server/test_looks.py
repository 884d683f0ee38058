"""Reports, models, status and metrics."""

import httpx
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.server.app import create_app
from facewarden.server.context import Context, ServerOptions
from loopback import served
from unit.server.conftest import Login


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


@pytest.mark.parametrize("path", ["/api/v1/status", "/api/v1/doctor", "/api/v1/models"])
def test_strangers_see_nothing(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 401
