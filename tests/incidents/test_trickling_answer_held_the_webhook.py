"""A receiver whose header trickled in, a byte at a time, held a webhook for as long as it liked.

The time-out counted anew with each byte: nothing was delivered, nothing failed, nothing was said.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from facewarden.alert.webhook_sink import WebhookOptions, WebhookSink
from facewarden.data import Delivery
from facewarden.errors import SinkUnavailable
from unit.store.making import an_alert

GOOD = b"HTTP/1.1 204 No Content\r\n\r\n"


@contextmanager
def receiver(good_first: int) -> Iterator[int]:
    """Accept so many posts, on one connection, then answer a byte every 50 ms."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    for _ in range(good_first):
                        read_post(connection)
                        connection.sendall(GOOD)
                    read_post(connection)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\nX: ")
                    while not done.wait(0.05):
                        connection.sendall(b"x")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            done.set()
            thread.join(5)


def read_post(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)


@pytest.mark.parametrize("good_first", [0, 2], ids=["new connection", "kept connection"])
def test_an_attempt_ends_as_a_whole(good_first: int) -> None:
    with receiver(good_first) as port:
        sink = WebhookSink("hook", WebhookOptions(f"http://127.0.0.1:{port}/", timeout_s=0.2))
        for _ in range(good_first):
            sink.deliver(Delivery(1, "hook", "key", 0, an_alert()))
        began_s = time.monotonic()
        with pytest.raises(SinkUnavailable, match="the connection broke"):
            sink.deliver(Delivery(1, "hook", "key", 0, an_alert()))
        assert time.monotonic() - began_s < 20  # without the deadline it never ends
        sink.close()
