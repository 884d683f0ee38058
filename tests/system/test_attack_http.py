"""Requests made to do harm, against a server in a process of its own, by nobody and by somebody."""

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from facewarden.access.principal import Role
from facewarden.server.connections import MOST_OF_ONE
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from system.processes import wait_for
from system.serving import ServeProcess, key_of

pytestmark = pytest.mark.slow

MIB = 1 << 20
GROWTH = 100 * MIB
"""Of a process that was quiet before: buffers of connections, and what the allocator keeps."""
SESSION = "/api/v1/session"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServeProcess, str]]:
    """A server, and a key of an operator."""
    home = tmp_path_factory.mktemp("attack") / "home"
    home.mkdir(mode=0o700)
    key = TemplateKey.load(home / "facewarden.key", env={}, create=True)
    with open_store(sqlite_url(home / "facewarden.sqlite"), key) as store:
        store.watchlists.ensure("missing")
        words = key_of(store, "grace", Role.OPERATOR)
    made = ServeProcess(home, log=home.parent / "serve.log")
    made.start()
    made.wait_for_models()
    yield made, words
    made.kill()


@pytest.fixture
def serving(server: tuple[ServeProcess, str]) -> Iterator[ServeProcess]:
    """The server; afterwards it answers as before, and has given back what it took."""
    one = server[0]
    assert one.process is not None
    process = psutil.Process(one.process.pid)
    before = process.memory_info().rss
    yield one
    assert httpx.get(f"{one.address}/health/ready", timeout=20).status_code == 200
    assert process.memory_info().rss < before + GROWTH
    wait_for(lambda: process.num_fds() < 50, 20)
    assert "unexpected" not in one.said(), one.said()[-2000:]


def connected(serving: ServeProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", serving.port), timeout=20)


def first_line(serving: ServeProcess, request: bytes) -> bytes:
    """Return the first line of the answer; empty when there is none."""
    with connected(serving) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
        with suppress(ConnectionError):
            return connection.recv(4096).split(b"\r\n")[0]
    return b""


def test_five_hundred_slow_heads_and_bodies_keep_nobody_out(serving: ServeProcess) -> None:
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    halves = (b"", b"G", head + b"X: ", head + b"Content-Length: 900\r\n\r\n{")
    with ExitStack() as held:
        for number in range(500):
            held.enter_context(connected(serving)).sendall(halves[number % len(halves)])
        assert httpx.get(f"{serving.address}/health/live", timeout=20).status_code == 200


def test_one_address_leaves_room_for_others(serving: ServeProcess) -> None:
    with ExitStack() as held:
        for _ in range(MOST_OF_ONE):
            held.enter_context(connected(serving))
        time.sleep(0.2)
        assert first_line(serving, b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n") == b""
        with socket.create_connection(
            ("127.0.0.1", serving.port), 20, source_address=("127.0.0.2", 0)
        ) as other:
            other.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
            assert other.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"a" * MIB + b"\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 100_000 + b"\r\n", {400}),
        (b"GET /" + b"a" * MIB + b" HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), {400}),
        (b"\0" * 1000, {400}),
        (b"GET / HTTP/1.1\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", {400}),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
         b"Content-Length: 6\r\n\r\n12345", {400}),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 30
         + b"\r\n\r\n", {400, 413}),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n", {413}),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         {400, 422}),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
         {400, 501}),
        (b"TRACE / HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n", {405}),
        (b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n", {404, 405}),
        (b"GET http://evil.example/health/live HTTP/1.1\r\nHost: evil.example\r\n\r\n", {404}),
    ],
    ids=["cookie", "headers", "path", "tls", "zeros", "no host", "two hosts", "negative",
         "two lengths", "endless length", "10 MB", "no chunk", "gzip", "trace", "connect", "proxy"],
)  # fmt: skip
def test_what_is_no_request_is_refused(
    serving: ServeProcess, request_: bytes, statuses: set[int]
) -> None:
    answered = first_line(serving, request_)
    assert int(answered.split()[1]) in statuses, answered


def test_an_endless_body_ends(serving: ServeProcess) -> None:
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    sent = 0
    with connected(serving) as endless, suppress(ConnectionError):
        endless.sendall(head)
        began_s = time.monotonic()
        while time.monotonic() - began_s < 20:
            endless.sendall(piece)
            sent += len(piece)
        pytest.fail(f"{sent // MIB} MiB were taken")


@pytest.mark.parametrize("depth", [100, 10_000, 500_000])
def test_deep_json_is_refused(serving: ServeProcess, depth: int) -> None:
    for body in (b"[" * depth + b"]" * depth, b'{"a":' * (depth // 6) + b"1" + b"}" * (depth // 6)):
        answer = httpx.post(
            serving.address + SESSION, content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in {400, 422, 429}, answer.text
        assert len(answer.content) < 5000


def test_no_path_leads_out_of_the_assets(serving: ServeProcess) -> None:
    page = httpx.get(serving.address)
    version = re.search(r"/assets/([0-9a-f]+)/", page.text)
    assert version
    base = f"/assets/{version[1]}"
    for path in (
        "/../pages.py", "/%2e%2e/pages.py", "/%2e%2e%2fpages.py", "//etc/passwd", "/%00",
        "/%c0%ae%c0%ae/pages.py", "/..%5cpages.py", "/%252e%252e/pages.py", "/js/../../pages.py",
        "/", "/js%00.js", "/" + "a/" * 2000, "/%ff%fe", "/%0d%0aX-Made:%20up",
    ):  # fmt: skip
        for prefix in (base, "/assets/x", "/assets", "//assets", "/%2e%2e/assets"):
            with connected(serving) as connection:
                connection.sendall(f"GET {prefix}{path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                told = connection.recv(65536)
            assert int(told.split()[1]) in {400, 404, 422}, (prefix, path)
            assert b"x-made" not in told.lower().split(b"\r\n\r\n")[0]


def test_thousands_of_keys_cost_rows_and_no_more(server: tuple[ServeProcess, str]) -> None:
    one, key = server
    with one.client(key) as client:
        statuses = set()
        for number in range(300):
            headers = {"Idempotency-Key": f"abcdefgh-{number}"}
            body = {"details": {"name": "Ann"}, "watchlist": "missing"}
            statuses.add(client.post("/api/v1/subjects", json=body, headers=headers).status_code)
        assert statuses <= {403, 429}  # an operator writes no subjects: nothing is kept of it


def test_no_browser_is_led_here_by_others(server: tuple[ServeProcess, str]) -> None:
    one, key = server
    with one.client(key) as client:
        for origin in ("https://evil.example", "null", one.address):
            asked = client.options(
                "/api/v1/subjects",
                headers={"Origin": origin, "Access-Control-Request-Method": "DELETE"},
            )
            assert not [name for name in asked.headers if name.startswith("access-control")]
        for path in ("/", "/api/v1/watchlists", "/api/v1/nothing", "/metrics"):
            answer = client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "b"})
            assert "evil.example" not in answer.text + str(answer.headers)
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            if path != "/":
                assert answer.headers["cache-control"] == "no-store", path
        overridden = client.post(
            "/api/v1/watchlists/missing", headers={"X-HTTP-Method-Override": "DELETE"}
        )
        assert overridden.status_code == 405
        assert client.get("/api/v1/watchlists").json()


FORGED = "a\r\n12:00:00 ERROR forged\x1b[31m\u202e\x07"


def test_nobody_writes_into_the_log(server: tuple[ServeProcess, str]) -> None:
    one, key = server
    with one.client(key) as client:
        body = json.dumps({"login": FORGED, "password": FORGED, "code": FORGED})
        json_type = {"Content-Type": "application/json"}
        client.post(SESSION, content=body, headers=json_type)
        client.post("/api/v1/session/invitation", content=json.dumps({"token": FORGED}))
        client.get("/api/v1/subjects", params={"q": FORGED, "cursor": FORGED, FORGED: "x"})
        client.get("/api/v1/oidc/callback", params={"state": FORGED, "error": FORGED})
        client.post("/api/v1/search", content=json.dumps({"purpose": FORGED, FORGED: FORGED}))
        client.request("GET", "/%0d%0a12:00:00%20ERROR%20forged%1b%5b31m")
    first_line(one, b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \x1b[31mforged\r\n\r\n")
    said = one.said()
    assert "forged" not in said
    assert "\x1b[31m" not in said


SECRET = "facewarden_session=" + os.urandom(16).hex()


def test_a_made_up_session_is_nobodys(server: tuple[ServeProcess, str]) -> None:
    one, _ = server
    signed_out = httpx.get(one.address + SESSION, headers={"Cookie": SECRET})
    assert signed_out.status_code == 401
    assert "set-cookie" not in signed_out.headers
    for made_up in ("Bearer fw_", "Bearer " + "a" * 5000, "Basic YTpi", "Bearer fw_a_b\u00ff"):
        headers = {"Authorization": made_up.encode("latin-1")}
        assert httpx.get(one.address + SESSION, headers=headers).status_code == 401  # type: ignore[arg-type]


def test_a_stream_ends_for_who_floods_it(server: tuple[ServeProcess, str]) -> None:
    one, key = server
    head = (
        f"GET /api/v1/events/ws HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    for said in (b"\x82\xff" + (1 << 40).to_bytes(8, "big") + bytes(4), b"\x89\x80" + bytes(4)):
        with connected(one) as connection:
            connection.sendall(head.encode())
            assert b" 101 " in connection.recv(4096)
            with suppress(ConnectionError):
                connection.sendall(said * 20_000)
                while connection.recv(65536):
                    pass
            time.sleep(0)
    assert httpx.get(f"{one.address}/health/ready", timeout=20).status_code == 200
    assert Path(one.log).stat().st_size < 200_000
