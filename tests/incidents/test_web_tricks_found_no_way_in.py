"""What pages of others, proxies and crafted requests try against a server that is signed in to.

Nothing broke here but one thing: metrics that are open to this machine were open to any page whose
name leads to this machine (DNS rebinding).
"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from facewarden.config.settings import Settings
from facewarden.data import SubjectDetails
from facewarden.server.app import create_app
from facewarden.server.context import Context, ServerOptions
from facewarden.store.open import Store
from loopback import served
from unit.server.conftest import address, app, client, context, settings, store
from unit.server.signing import PASSWORD, browser, cheaply, person

__all__ = ["address", "app", "client", "context", "settings", "store"]

HTML = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
SCRIPTS = (
    "Ζηνοβία",
    "זנוביה",
    "冠狀",
    "ज़ेनोबिया",
    "🦉" * 10,
    "a\u0301" * 20,
    HTML,
    "'; DROP TABLE--",
)


@pytest.fixture
def ada(store: Store, address: str, context: Context, app: FastAPI) -> Iterator[httpx.Client]:
    cheaply(app, context)
    store.watchlists.ensure("missing")
    with browser(store, address, person(store, "ada")) as signed_in:
        yield signed_in


def test_a_change_needs_the_token_of_its_page(ada: httpx.Client, store: Store) -> None:
    token = ada.headers.pop("x-csrf-token")
    body = {"watchlist": "missing", "details": {"name": "Ann"}}
    for headers in (
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": token[:-1]},
        {"Content-Type": "text/plain"},
        {"X-HTTP-Method-Override": "GET"},
    ):
        sent = ada.post("/api/v1/subjects", content=json.dumps(body), headers=headers)
        assert sent.status_code == 403, headers
    assert store.watchlists.subjects() == []


def test_nobody_is_signed_in_by_a_form_of_another_page(ada: httpx.Client, address: str) -> None:
    text = json.dumps({"login": "ada", "password": PASSWORD})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        sent = httpx.post(f"{address}/api/v1/session", content=text, headers={"Content-Type": kind})
        assert sent.status_code >= 400, kind
        assert "set-cookie" not in sent.headers


def test_the_cookie_is_for_this_server_alone(address: str, ada: httpx.Client) -> None:
    given = {"login": "ada", "password": PASSWORD}
    cookie = httpx.post(f"{address}/api/v1/session", json=given).headers["set-cookie"].lower()
    for word in ("httponly", "samesite=strict", "path=/", "max-age="):
        assert word in cookie
    assert "domain=" not in cookie


def test_text_of_any_script_comes_back_as_it_was_and_as_data(
    ada: httpx.Client, store: Store
) -> None:
    for text in SCRIPTS:
        made = ada.post(
            "/api/v1/subjects", json={"watchlist": "missing", "details": {"name": text}}
        )
        assert made.status_code == 201, made.text
        assert made.json()["details"]["name"] == text
        assert made.headers["content-type"] == "application/json"
        assert made.headers["x-content-type-options"] == "nosniff"
    long = {"watchlist": "missing", "details": {"name": "n" * 10_000}}
    assert ada.post("/api/v1/subjects", json=long).status_code == 422
    assert ada.get("/api/v1/subjects", params={"q": "n" * 10_000}).status_code == 422
    assert ada.get(f"/api/v1/watchlists/{'n' * 10_000}").status_code == 422


def test_no_header_is_made_of_what_somebody_typed(ada: httpx.Client, store: Store) -> None:
    subject_id = store.watchlists.add_subject(SubjectDetails("Ann"), "missing")
    split = "a.jpg\r\nSet-Cookie: facewarden_session=x"
    path = f"/api/v1/subjects/{subject_id}/references"
    answers = [
        ada.post(path, params={"filename": split}, content=b"\xff\xd8\xff"),
        ada.get("/api/v1/alerts", params={"camera": split}),
        ada.get("/api/v1/oidc/callback", params={"error": split}),
        ada.get(f"/{'%0d%0aSet-Cookie:%20a=b'}"),
    ]
    assert all("set-cookie" not in answer.headers for answer in answers)


@pytest.mark.parametrize("path", ["/api/v1/session", "/", "/api/v1/nothing", "/../etc/passwd"])
def test_no_page_may_frame_or_sniff_or_keep(ada: httpx.Client, path: str) -> None:
    headers = ada.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers
    if path.startswith("/api"):
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"]
)
def test_open_metrics_are_open_to_this_machines_own_names_only(
    settings: Settings, store: Store, name: str, tmp_path: Path
) -> None:
    app = create_app(Context(settings, store, options=ServerOptions(open_metrics=True)))
    with served(app) as url:
        assert httpx.get(f"{url}/metrics").status_code == 200
        assert httpx.get(f"{url}/metrics", headers={"Host": name}).status_code == 401


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1.evil.example"]
)
def test_a_stream_is_opened_by_own_pages_only(ada: httpx.Client, address: str, origin: str) -> None:
    host = address.removeprefix("http://")
    cookie = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    lines = [
        "GET /api/v1/events/ws HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Cookie: {cookie}",
    ]

    def first_line(origin: str) -> str:
        asked = lines + ([f"Origin: {origin}"] if origin else [])
        where, port = host.split(":")
        with socket.create_connection((where, int(port)), timeout=10) as connection:
            connection.sendall(("\r\n".join(asked) + "\r\n\r\n").encode())
            return connection.recv(100).decode().splitlines()[0]

    assert " 403 " in first_line(origin)
    assert " 101 " in first_line(address)


def test_what_is_refused_does_not_repeat_a_secret(ada: httpx.Client, store: Store) -> None:
    secret = "hunter2-hunter2"
    unknown, broken = f"x://u:{secret}@h/", f"rtsp://u:{secret}@h h/"
    bodies = (
        ("/api/v1/session", {"login": "ada", "password": secret, "more": secret}),
        ("/api/v1/session/password", {"current": secret, "new": secret, "x": secret}),
        ("/api/v1/cameras", {"id": "a", "password": secret, "setup": {"source": unknown}}),
        ("/api/v1/cameras", {"id": "a", "password": secret, "setup": {"source": broken}}),
        ("/api/v1/session/invitation", {"token": secret, "password": secret}),
    )  # fmt: skip
    for path, body in bodies:
        answer = ada.post(path, json=body)
        assert answer.status_code >= 400
        assert secret not in answer.text, path
    told = "".join(json.dumps(dict(event.details)) + event.object for event in store.audit.tail(50))
    assert secret not in told
