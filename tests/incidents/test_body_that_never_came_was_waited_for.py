"""A body that came a byte at a time, or not at all, was waited for without end, and held in memory.

Each could hold 256 MiB, and there was no limit on all of them together.
"""

import socket
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from facewarden.server.body_limit import MIB, BodyLimit
from loopback import served

PATH = "/api/v1/search"


async def take(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def limited(**limits: Any) -> Starlette:
    app = Starlette(routes=[Route(PATH, take, methods=["POST"])])
    app.add_middleware(BodyLimit, **limits)
    return app


def begin(url: str, *, length: int, first: bytes = b"") -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    head = f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + first)
    return connection


@pytest.mark.parametrize("limits", [{"silence_s": 0.3}, {"whole_s": 0.3}])
def test_it_is_given_up(limits: dict[str, float]) -> None:
    with served(limited(**limits)) as url, begin(url, length=100, first=b"a") as slow:
        assert b" 408 " in slow.recv(1000)
        assert httpx.post(url + PATH, content=b"abc").text == "3"


def test_all_bodies_together_are_bounded() -> None:
    app = limited(held_bytes=2 * MIB)
    with served(app) as url, begin(url, length=2 * MIB, first=b"a" * (2 * MIB - 1)) as held:
        for _ in range(200):
            refused = httpx.post(url + PATH, content=b"abc" * 1000)
            if refused.status_code == 503:
                break
            time.sleep(0.02)  # the first one is still on its way
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        held.sendall(b"a")
        told = b""
        while not told.endswith(str(2 * MIB).encode()):
            piece = held.recv(1000)
            assert piece, told
            told += piece
        assert httpx.post(url + PATH, content=b"abc").text == "3"
