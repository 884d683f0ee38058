import httpx
import pytest
from fastapi import FastAPI

from facewarden.errors import (
    ConfigError,
    DataError,
    FacewardenError,
    ImageRefused,
    ModelMissing,
    StoreBusy,
    StoreError,
    StoreFull,
)
from facewarden.server.app import create_app
from facewarden.server.context import Context, ServerOptions
from facewarden.server.problems import Conflict, NotFound, Stale
from loopback import served


def raising(app: FastAPI, error: Exception) -> None:
    @app.get("/api/v1/raises")
    def raises() -> None:
        raise error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (Conflict("no"), 409),
        (Stale("no"), 412),
        (DataError("no"), 422),
        (ConfigError("no"), 422),
        (ImageRefused("no"), 422),
        (StoreError("no"), 409),
        (StoreBusy("no"), 503),
        (StoreFull("no"), 507),
        (ModelMissing("no"), 503),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_a_problem(
    app: FastAPI, client: httpx.Client, error: FacewardenError, status: int
) -> None:
    error.expected, error.found, error.remedy = "a", "b", "c"
    raising(app, error)
    answer = client.get("/api/v1/raises")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["expected"], told["found"], told["remedy"]) == ("a", "b", "c")
    assert told["status"] == status


def test_an_unforeseen_failure_tells_nothing(
    app: FastAPI, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    raising(app, ValueError("rtsp://admin:secret@camera"))
    answer = client.get("/api/v1/raises")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "/api/v1/raises" in caplog.text


def test_an_unknown_path_and_a_wrong_method_are_problems(client: httpx.Client) -> None:
    assert client.get("/api/v1/nothing").json()["title"] == "not found"
    answer = client.post("/health/live")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == "GET"


def test_headers_of_every_answer(client: httpx.Client) -> None:
    for path in ("/health/live", "/api/v1/nothing"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers


def test_https_is_asked_for_where_it_is_there(context: Context) -> None:
    secure = Context(context.settings, context.store, options=ServerOptions(https=True))
    with served(create_app(secure)) as address:
        headers = httpx.get(f"{address}/health/live").headers
    assert "max-age" in headers["strict-transport-security"]


def test_live_and_ready(client: httpx.Client, context: Context) -> None:
    assert client.get("/health/live").json() == {"status": "alive"}
    assert client.get("/health/ready").json() == {"status": "ready", "store": True}
    context.store.close()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "store": False}


def test_a_body_that_is_too_large(app: FastAPI, client: httpx.Client) -> None:
    @app.post("/api/v1/takes")
    def takes(body: list[str]) -> int:
        return len(body)

    assert client.post("/api/v1/takes", json=["x"]).json() == 1
    large = b'["' + b"x" * (1 << 20) + b'"]'
    said = client.post("/api/v1/takes", content=large)
    assert said.status_code == 413
    unsaid = client.post("/api/v1/takes", content=iter([large[:1000], large[1000:]]))
    assert unsaid.status_code == 413
    assert unsaid.headers["content-type"] == "application/problem+json"


def test_a_wrong_request_names_what_is_wrong_and_repeats_none_of_it(
    app: FastAPI, client: httpx.Client
) -> None:
    @app.post("/api/v1/takes")
    def takes(body: list[int]) -> int:
        return len(body)

    answer = client.post("/api/v1/takes", json=["<script>secret"])
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["where"] == "body.0"
    assert "secret" not in answer.text


class Lifetime:
    def __init__(self, log: list[str], name: str) -> None:
        self._log, self._name = log, name

    def start(self) -> None:
        self._log.append(f"start {self._name}")

    def stop(self) -> None:
        self._log.append(f"stop {self._name}")


def test_lifetimes_start_in_order_and_stop_in_reverse(context: Context) -> None:
    log: list[str] = []
    parts = (Lifetime(log, "a"), Lifetime(log, "b"))
    with served(create_app(Context(context.settings, context.store, lifetimes=parts))):
        assert log == ["start a", "start b"]
    assert log == ["start a", "start b", "stop b", "stop a"]
