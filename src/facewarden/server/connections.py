"""Connections that do not do their part: too many, too slow, or deaf; each is bounded or ended.

uvicorn has no limit on the time that a request's head may take, on how long a client may not read
its answer, and on the connections of one client. These are its two protocols with those limits.
"""

import asyncio
import resource
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from facewarden.access.bucket import Bucket, Rate
from facewarden.server.headers import ALWAYS
from facewarden.server.limits import network
from facewarden.server.problems import MEDIA_TYPE, plain

HEAD_S: Final = 10.0
"""For the first line and the headers; 16 KiB of them (h11's limit) at 13 kbit/s."""
REST_S: Final = 5.0
"""For what is left of a body that was answered already, such as one that was refused."""
STALL_S: Final = 30.0
"""Without reading: 48 KiB, the gap between asyncio's two water marks, at 13 kbit/s."""
MOST: Final = 1500
"""Connections at once: 500 streams of events, 200 live views, and the six that a browser opens for
each of 100 people."""
MOST_OF_ONE: Final = 600
"""Of one address, or one network of 64 bits: 200 clients behind one address (the aim of
`scripts/bench serve_load`) with three each. Others keep 900."""
PINGS: Final = Rate(per_s=1.0, burst=20)
"""Browsers send none; clients in Python one each 20 s."""
POLICY_VIOLATION: Final = 1008
"""RFC 6455, 7.4.1."""
DEAF_BYTES: Final = 1 << 20
"""Unread answers to pings, which uvicorn writes without waiting for the client to read."""
MESSAGE_BYTES: Final = 1024
"""Of a client through a WebSocket: nothing is expected."""
DESCRIPTORS: Final = MOST + 500
"""Files that the process may have open: its connections, and store, models, pipes of workers."""


def make_room() -> None:
    """Let this process have as many files open as its connections need, where it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class HttpConnection(H11Protocol):
    """HTTP/1.1 with limits on what a client may keep us waiting for.

    Behind trusted proxies all connections are the proxies': the bound of one address is theirs.
    """

    head_s = HEAD_S
    rest_s = REST_S
    stall_s = STALL_S
    most = MOST
    most_of_one = MOST_OF_ONE

    network = ""
    _waiting: asyncio.TimerHandle | None = None
    _resting = False
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection in, or end it at once where there are too many."""
        super().connection_made(transport)
        self.network = network(self.client[0]) if self.client else ""
        alike = 0
        if not self.config.proxy_headers:
            alike = sum(getattr(one, "network", "") == self.network for one in self.connections)
        if len(self.connections) > self.most or alike > self.most_of_one:
            transport.abort()
            return
        self._wait(self.head_s, self._no_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait(0.0, None)
        self._read_again()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; a head that has begun must end soon."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            if self.conn.our_state is not h11.DONE:
                self._wait(0.0, None)
        elif (self._waiting is None or self._resting) and not self.transport.is_closing():
            self._wait(self.head_s, self._no_head)

    def on_response_complete(self) -> None:
        """Go on after an answer; what is left of a body that nobody wanted must end soon."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._wait(self.rest_s, self.transport.abort)
            self._resting = True

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand over to the other protocol."""
        self._wait(0.0, None)
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Begin to wait for a client that does not read."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._read_again()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  as inherited
        """Answer what is no HTTP, or has too long a head, as everything else: as a problem."""
        self._refuse(400, "this is no HTTP, or its head is longer than 16 KiB")

    def _wait(self, seconds: float, then: Callable[[], None] | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._resting = False
        self._waiting = self.loop.call_later(seconds, then) if then is not None else None

    def _read_again(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _no_head(self) -> None:
        self._waiting = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._refuse(408, "the request did not come")

    def _refuse(self, status: int, detail: str) -> None:
        body = plain(HTTPStatus(status), detail).model_dump_json().encode()
        headers = {
            **ALWAYS, "Content-Type": MEDIA_TYPE, "Cache-Control": "no-store",
            "Content-Length": str(len(body)), "Connection": "close",
        }  # fmt: skip
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            head = self.conn.send(h11.Response(status_code=status, headers=lines))
            rest = self.conn.send(h11.Data(data=body)), self.conn.send(h11.EndOfMessage())
        except h11.LocalProtocolError:  # in the middle of another answer
            self.transport.abort()
            return
        self.transport.write(b"".join(piece or b"" for piece in (head, *rest)))
        self.transport.close()


class SocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket whose client has nothing to say but pings, few of them, and reads.

    Streams go one way here. What a client sends is no fault, but it is not paid for.
    """

    stall_s = STALL_S

    network = ""
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it over from HTTP."""
        super().connection_made(transport)
        self.network = network(self.client[0]) if self.client else ""
        self._pings = Bucket(PINGS.burst, self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._read_again()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for a client that does not read."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._read_again()
        super().resume_writing()

    def handle_ping(self) -> None:
        """Answer a ping, unless they are many or their answers are not read."""
        deaf = self.transport.get_write_buffer_size() > DEAF_BYTES
        if deaf or self._pings.take(PINGS, self.loop.time()) > 0.0:
            self.transport.abort()
        else:
            super().handle_ping()

    def send_receive_event_to_app(self) -> None:
        """End a stream to which its client says something."""
        self.frames = []
        if not self.close_sent:
            self.conn.fail(POLICY_VIOLATION, "nothing is expected here")
            self.handle_parser_exception()

    def _read_again(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
