"""A WebSocket's pings were answered without end, read or not; what it said was read and dropped.

A client that sent pings and read nothing had its answers kept in memory, as many as it liked.
"""

import asyncio
import os
import socket
import struct
from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from loopback import served

HEAD = (
    "GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, PING = 0x1, 0x9


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    while (await socket.receive())["type"] != "websocket.disconnect":
        await asyncio.sleep(0)


APP = Starlette(routes=[WebSocketRoute("/", stream)])


def frame(opcode: int, data: bytes) -> bytes:
    """Return a masked frame (RFC 6455, 5.2) with a mask of zeros."""
    length = (
        bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    )
    return bytes([0x80 | opcode]) + length + bytes(4) + data


def open_socket(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.sendall(HEAD.encode())
    assert b" 101 " in connection.recv(4096)
    return connection


def ended(connection: socket.socket) -> bytes:
    told = b""
    try:
        while piece := connection.recv(4096):
            told += piece
    except ConnectionError:
        pass
    return told


def test_a_few_pings_are_answered() -> None:
    with served(APP) as url, open_socket(url) as connection:
        for number in range(10):
            said = frame(PING, bytes([number]))
            connection.sendall(said)
            assert connection.recv(100) == bytes([0x8A, 1, number])


def test_a_flood_of_pings_ends_the_connection() -> None:
    with served(APP) as url, open_socket(url) as connection:
        flood = frame(PING, os.urandom(125)) * 10_000
        with suppress(ConnectionError):
            connection.sendall(flood)
        assert len(ended(connection)) < len(flood) // 2
        open_socket(url).close()


@pytest.mark.parametrize("said", [b"hello", b"a" * 60_000], ids=["a word", "a giant"])
def test_who_says_something_is_told_that_nothing_is_expected(said: bytes) -> None:
    with served(APP) as url, open_socket(url) as connection:
        connection.sendall(frame(TEXT, said))
        told = ended(connection)
        assert told[0] == 0x88  # a close frame
        assert struct.unpack(">H", told[2:4]) == (1008,)
