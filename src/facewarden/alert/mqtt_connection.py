"""A connection to an MQTT broker that is always there or being rebuilt."""

import logging
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from facewarden.alert.backoff import Backoff
from facewarden.errors import PayloadRejected, SinkUnavailable

ANSWER_S = 8.0
"""Patience with the broker for a connection or an acknowledgement; `Sink` allows ten seconds."""

KEEPALIVE_S = 20
"""A broker that died without a word is noticed within about twice this (MQTT 5 3.1.2.10)."""

REFUSALS = frozenset({0x83, 0x87, 0x90, 0x97, 0x99})
"""PUBACK codes about this one message (MQTT 5 3.4.2.1): not for this receiver, not authorised on
this topic, topic invalid, quota exceeded, format invalid. Others mean the broker."""

OVERHEAD = 16
"""A PUBLISH needs at most 10 bytes beside topic and payload (MQTT 5 3.3)."""

log = logging.getLogger("facewarden.alert")


class TooLarge(PayloadRejected):
    """The broker takes no packet of this size; a smaller one may pass."""


class NotAcknowledged(SinkUnavailable):
    """The message was sent, but the connection ended or stayed silent; perhaps because of it."""


class _ClosingSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho leaves that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  as inherited
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


@dataclass(frozen=True, slots=True)
class Will:
    """A retained message that the broker sends when we vanish."""

    topic: str
    payload: bytes


class _Session:
    """One TCP connection, from connect to loss; never used again after that."""

    def __init__(self) -> None:
        self.connected = False
        self.problem = ""
        self.lost = False
        self.largest_packet = 0
        self.acknowledged: dict[int, ReasonCode] = {}
        self.client: Client | None = None


class MqttConnection:
    """Keeps one session with the broker; a lost one is replaced by a new one, with a new client.

    A client that reconnects by itself would send again what it had not seen acknowledged, and
    old states after new ones: here whoever published is told, and decides.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        client_id: str,
        will: Will,
        trust: ssl.SSLContext | None,
        username: str,
        password: str,
        connected: Callable[[], None],
        backoff: Backoff,
    ) -> None:
        self._host = host
        self._port = port
        self._client_id = client_id
        self._will = will
        if trust is not None:
            trust.sslsocket_class = _ClosingSocket
        self._trust = trust
        self._username = username
        self._password = password
        self._connected = connected
        self._backoff = backoff
        self._session = _Session()
        self._changed = threading.Condition()
        self._attempts_ended = 0
        self._failures = 0
        self._unanswered = 0
        self._hurry = False
        self._closing = False
        self._keeper: threading.Thread | None = None

    def open(self) -> None:
        """Begin to connect, in the background; harmless when open."""
        with self._changed:
            if self._keeper is None and not self._closing:
                self._keeper = threading.Thread(
                    target=self._keep, name=f"mqtt-{self._host}", daemon=True
                )
                self._keeper.start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1 and return when the broker has acknowledged it; from one thread.

        Raises:
            SinkUnavailable: no connection; `NotAcknowledged` when it was lost after sending.
            PayloadRejected: the broker refused this message; `TooLarge` when for its size.
        """
        session = self._ready()
        client = session.client
        assert client is not None  # noqa: S101  a connected session has one
        size = len(payload) + len(topic.encode()) + OVERHEAD
        if session.largest_packet and size > session.largest_packet:
            raise TooLarge(f"{self._where()} takes no packets over {session.largest_packet} bytes")
        with self._changed:
            session.acknowledged.clear()
        sent = client.publish(topic, payload, qos=1, retain=retain)
        with self._changed:
            self._changed.wait_for(
                lambda: sent.mid in session.acknowledged or session.lost, ANSWER_S
            )
            code = session.acknowledged.pop(sent.mid, None)
            self._unanswered = self._unanswered + 1 if code is None else 0
        if code is None:
            # Waiting on would let a late acknowledgement be taken for that of another message.
            self._drop(session)
            raise NotAcknowledged(f"{self._where()}: {session.problem or 'no acknowledgement'}")
        if code.is_failure:
            verdict = PayloadRejected if code.value in REFUSALS else SinkUnavailable
            raise verdict(f"{self._where()}: {code.getName()}")

    def tell(self, topic: str, payload: bytes) -> None:
        """Publish a retained message without waiting; nothing happens without a connection."""
        with self._changed:
            session = self._session
            client = session.client if session.connected and not session.lost else None
        if client is not None:
            client.publish(topic, payload, qos=1, retain=True)

    def close(self, farewell: Callable[[], None]) -> None:
        """Say farewell where there is a connection, and end it."""
        with self._changed:
            alive = self._session.connected and not self._session.lost
        if alive:
            try:
                farewell()
            except (SinkUnavailable, PayloadRejected) as problem:
                log.info("%s: no farewell: %s", self._where(), problem)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._keeper is not None:
            self._keeper.join(ANSWER_S)

    def _ready(self) -> _Session:
        """Return the session, or hurry one attempt along and wait for what comes of it."""
        self.open()
        with self._changed:
            if not self._session.connected or self._session.lost:
                ended = self._attempts_ended
                self._hurry = True
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._attempts_ended != ended or self._closing, ANSWER_S
                )
            session = self._session
            if session.connected and not session.lost:
                return session
            raise SinkUnavailable(f"{self._where()}: {session.problem or 'no connection in time'}")

    def _keep(self) -> None:
        while not self._closing:
            try:
                self._live()
            except Exception as problem:  # noqa: BLE001  without this thread nothing reconnects
                log.warning("%s: unexpected %s", self._where(), type(problem).__name__)
            with self._changed:
                # A broker that connects and breaks on each message is left alone for longer, too.
                wait_s = self._backoff.delay_s(max(1, self._failures, self._unanswered))
                self._changed.wait_for(lambda: self._closing or self._hurry, wait_s)

    def _live(self) -> None:
        """Connect and stay until the session is lost or we close."""
        session = self._connect()
        with self._changed:
            alive = session.connected and not session.lost
            self._failures = 0 if alive else self._failures + 1
            self._hurry = False
        try:
            if alive:
                self._connected()
            with self._changed:
                self._attempts_ended += 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closing or not alive or session.lost)
        finally:
            self._end(session)

    def _connect(self) -> _Session:
        """Make one attempt, and wait until the broker has accepted or refused it."""
        session = _Session()
        try:
            session.client = client = self._client(session)
            with self._changed:
                self._session = session
            client.connect(self._host, self._port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as problem:
            with self._changed:
                session.problem = _reason(problem)
                session.lost = True
            return session
        client.loop_start()
        with self._changed:
            if not self._changed.wait_for(
                lambda: session.connected or session.lost or self._closing, ANSWER_S
            ):
                session.problem = "connected, but the broker does not answer"
                session.lost = True
        return session

    def _client(self, session: _Session) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = ANSWER_S / 2
        client.suppress_exceptions = True
        if self._trust is not None:
            client.tls_set_context(self._trust)
        if self._username:
            client.username_pw_set(self._username, self._password or None)
        client.will_set(self._will.topic, self._will.payload, qos=1, retain=True)

        def on_connect(
            _client: Client,
            _data: Any,
            _flags: ConnectFlags,
            code: ReasonCode,
            more: Properties | None,
        ) -> None:
            with self._changed:
                if code.is_failure:
                    session.problem = f"the broker refused the connection: {code.getName()}"
                    session.lost = True
                else:
                    session.largest_packet = getattr(more, "MaximumPacketSize", 0)
                    session.connected = True
                self._changed.notify_all()

        def on_disconnect(
            _client: Client,
            _data: Any,
            _flags: DisconnectFlags,
            code: ReasonCode,
            _more: Properties | None,
        ) -> None:
            with self._changed:
                session.problem = session.problem or f"connection lost: {code.getName()}"
                session.lost = True
                self._changed.notify_all()

        def on_publish(
            _client: Client, _data: Any, mid: int, code: ReasonCode, _more: Properties
        ) -> None:
            with self._changed:
                session.acknowledged[mid] = code
                self._changed.notify_all()

        client.on_connect = on_connect
        client.on_disconnect = on_disconnect
        client.on_publish = on_publish
        return client

    def _drop(self, session: _Session) -> None:
        with self._changed:
            session.lost = True
            self._changed.notify_all()

    def _end(self, session: _Session) -> None:
        client = session.client
        if client is not None:
            # After an unanswered message the will should be sent, but a broker that hears us
            # takes this for a farewell: the next session says online again at once.
            if client.disconnect() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                log.debug("%s: nothing to disconnect", self._where())
            with suppress(AttributeError):  # paho forgets its thread while it waits for its end
                client.loop_stop()
            session.client = None

    def _where(self) -> str:
        return f"MQTT broker {self._host}:{self._port}"


def _reason(problem: OSError | ValueError) -> str:
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {problem.verify_message}"
    if isinstance(problem, OSError):
        return (problem.strerror or type(problem).__name__).lower()
    return type(problem).__name__
