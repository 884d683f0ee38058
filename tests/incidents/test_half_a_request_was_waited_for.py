"""A client that sent half a request, or slowly the rest of a refused one, kept its connection.

Five hundred of them, and nobody else got in. uvicorn has no limit on the time for a head.
"""

import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from facewarden.server.connections import HttpConnection
from loopback import served

WHOLE = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Impatient(HttpConnection):
    head_s = 0.3
    rest_s = 0.3
    stall_s = 0.3
    most_of_one = 5


class WaitsForHeads(Impatient):
    head_s = 10.0
    rest_s = 1.0


async def hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def flood(_: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield bytes(1 << 20)

    return StreamingResponse(pieces())


APP = Starlette(routes=[Route("/", hello, methods=["GET", "POST"]), Route("/flood", flood)])


def connected(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def until_closed(connection: socket.socket, drip: bytes = b"") -> bytes:
    """Return what comes until the other side ends, saying a byte now and then."""
    told = b""
    connection.settimeout(0.05)
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            if drip:
                connection.sendall(drip)
            piece = connection.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            return told
        if not piece:
            return told
        told += piece
    pytest.fail("it was not ended")


def until_said(connection: socket.socket, words: bytes) -> None:
    told = b""
    while words not in told:
        piece = connection.recv(1000)
        assert piece, told
        told += piece


@pytest.mark.parametrize(
    ("before", "drip"),
    [
        (b"", b""),
        (b"GET / HT", b""),
        (b"GET / HTTP/1.1\r\nX: ", b"a"),
        (WHOLE + b"GET / HTTP/1.1\r\n", b""),
        (WHOLE + b"\r\n", b""),
    ],
    ids=["nothing", "half a line", "a header that drips", "after another", "an empty line after"],
)
def test_its_connection_is_ended(before: bytes, drip: bytes) -> None:
    with served(APP, http=Impatient) as url, connected(url) as slow:
        slow.sendall(before)
        told = until_closed(slow, drip)
    assert told.count(b"hello") == before.count(WHOLE)
    if not before.startswith(WHOLE):
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b"application/problem+json" in told


def test_the_rest_of_a_body_nobody_wants_is_not_waited_for() -> None:
    head = b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
    with served(APP, http=Impatient) as url, connected(url) as slow:
        slow.sendall(head)
        assert b"hello" in until_closed(slow, b"1\r\na\r\n")


def test_who_sends_it_all_may_ask_again() -> None:
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\na"
    with served(APP, http=WaitsForHeads) as url, connected(url) as late:
        late.sendall(head)
        until_said(late, b"hello")
        late.sendall(b"b")
        time.sleep(1.2)  # longer than the time for the rest
        late.sendall(WHOLE)
        until_said(late, b"hello")


def test_who_does_not_read_is_not_waited_for() -> None:
    with served(APP, http=Impatient) as url, connected(url) as deaf:
        deaf.sendall(b"GET /flood HTTP/1.1\r\nHost: here\r\n\r\n")
        time.sleep(1.0)
        assert len(until_closed(deaf)) < 1000 << 20


def test_one_address_does_not_take_all_connections() -> None:
    with served(APP, http=Impatient) as url:
        held = [connected(url) for _ in range(5)]
        time.sleep(0.05)
        with connected(url) as more:
            assert until_closed(more, WHOLE) == b""
        for connection in held:
            connection.close()
        time.sleep(0.05)
        assert httpx.get(url).text == "hello"


def test_who_asks_again_and_again_is_answered() -> None:
    with served(APP, http=Impatient) as url, httpx.Client(base_url=url) as client:
        for _ in range(4):
            assert client.get("/").text == "hello"
            time.sleep(0.15)
