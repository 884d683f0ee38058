"""A browser that went away in a handshake or in mid-upload was logged as our own fault."""

import logging
import socket
import time

import httpx
import pytest

from unit.server.conftest import address, app, client, context, settings, store, url

__all__ = ["address", "app", "client", "context", "settings", "store", "url"]

UPGRADE = (
    "GET /api/v1/events/ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)
BODY = (
    "POST /api/v1/session HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    "Content-Length: 500\r\n\r\n{"
)
RESET = b"\1\0\0\0\0\0\0\0"


@pytest.mark.parametrize("half", [UPGRADE, BODY], ids=["handshake", "upload"])
def test_nothing_is_logged_of_it(address: str, half: str, caplog: pytest.LogCaptureFixture) -> None:
    host, port = address.removeprefix("http://").split(":")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            with socket.create_connection((host, int(port)), timeout=10) as gone:
                gone.sendall(half.encode())
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        time.sleep(0.3)
        assert httpx.get(f"{address}/health/live").status_code == 200
    assert [record.getMessage() for record in caplog.records] == []
