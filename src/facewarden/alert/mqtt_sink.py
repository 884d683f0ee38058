"""Alerts, and the state of facewarden and its cameras, for an MQTT 5 broker."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from facewarden.alert.backoff import Backoff
from facewarden.alert.clock import Clock, utc_now
from facewarden.alert.mqtt_connection import MqttConnection, NotAcknowledged, TooLarge, Will
from facewarden.alert.payload import encode, payload
from facewarden.data import Delivery
from facewarden.errors import ConfigError

RECONNECT = Backoff(first_s=1.0, longest_s=15.0)
"""Between attempts while no alert waits; an alert that waits hurries one along. A broker that is
restarted hears "online" again within this."""

PATIENCE = 2
"""Brokers with a limit on messages may drop the connection instead of refusing, mosquitto 2.0 with
message_size_limit among them. Once may be chance; after this often the picture stays behind."""

ONLINE, OFFLINE = b"online", b"offline"


@dataclass(frozen=True, slots=True)
class MqttTls:
    """Encryption; the broker's certificate and name are always verified.

    Attributes:
        ca_file: authority to trust instead of those of the system.
        cert_file, key_file: what we show a broker that asks for a certificate; both or neither.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """Which broker.

    Attributes:
        client_id: unique at the broker: of two clients with one id, each throws the other out.
        topic_prefix: what every topic starts with; no wildcards.
        tls: None connects without encryption.
        include_snapshot: whether the picture goes along, in base64.
    """

    host: str
    port: int = 1883
    client_id: str = "facewarden"
    topic_prefix: str = "facewarden"
    username: str = ""
    password: str = field(default="", repr=False)
    tls: MqttTls | None = None
    include_snapshot: bool = True


class MqttSink:
    """Publishes to topics below the prefix, everything at QoS 1.

    - `alerts/<camera>`: the payload; accepted when the broker has acknowledged it.
    - `status`, retained: online, or offline after `close` and, by the last will, after a crash.
    - `cameras/<camera>/status`, retained: JSON from `camera_status`.

    In a camera's level everything but letters, digits and _.-~ is percent-encoded (RFC 3986), so
    that an id cannot add a level or a wildcard. An alert that is too large for the broker goes
    without its picture.

    Raises:
        ConfigError: a prefix that is no topic, certificates that cannot be read.
    """

    def __init__(self, name: str, options: MqttOptions, *, clock: Clock = utc_now) -> None:
        self._name = name
        self._options = options
        self._clock = clock
        self._cameras: dict[str, bytes] = {}
        self._broken_by: dict[str, int] = {}
        self._telling = threading.Lock()
        self._available: Callable[[], None] = lambda: None
        prefix = options.topic_prefix
        if not prefix or set(prefix) & set("+#\0") or prefix.startswith(("/", "$")):
            raise ConfigError(f"sink {name}: not a topic to start with", found=repr(prefix))
        self._connection = MqttConnection(
            options.host,
            options.port,
            client_id=options.client_id,
            will=Will(self._topic("status"), OFFLINE),
            trust=_trust(name, options.tls),
            username=options.username,
            password=options.password,
            connected=self._introduce,
            backoff=RECONNECT,
        )

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        return self._name

    def open(self) -> None:
        """Connect in the background, so that the status is known before the first alert."""
        self._connection.open()

    def announce_to(self, available: Callable[[], None]) -> None:
        """Call `available` at every connection; see `Announcing`."""
        self._available = available

    def deliver(self, delivery: Delivery) -> None:
        """Publish one alert; see `Sink.deliver`."""
        topic = self._topic("alerts", delivery.alert.camera_id)
        key = delivery.idempotency_key
        small = not self._options.include_snapshot or self._broken_by.get(key, 0) >= PATIENCE
        body = payload(delivery, self._clock(), with_snapshot=not small)
        try:
            try:
                self._connection.publish(topic, encode(body))
            except TooLarge:
                if body["snapshot"] is None:
                    raise
                self._connection.publish(topic, encode({**body, "snapshot": None}))
        except NotAcknowledged:
            self._broken_by[key] = self._broken_by.get(key, 0) + 1
            raise
        self._broken_by.pop(key, None)

    def camera_status(self, camera_id: str, name: str, state: str, problem: str) -> None:
        """Publish, and after every reconnection publish again, how a camera is doing.

        Returns at once, from any thread; without a connection it is kept until there is one.
        """
        body = {
            "camera": {"id": camera_id, "name": name},
            "state": state,
            "problem": problem,
            "at": self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        topic = self._topic("cameras", camera_id, "status")
        # One at a time: of two states of one camera, the broker must keep the later one.
        with self._telling:
            self._cameras[topic] = encode(body)
            self._connection.tell(topic, self._cameras[topic])
        self._connection.open()

    def close(self) -> None:
        """Say offline and disconnect."""
        self._connection.close(
            lambda: self._connection.publish(self._topic("status"), OFFLINE, retain=True)
        )

    def _introduce(self) -> None:
        with self._telling:
            self._connection.tell(self._topic("status"), ONLINE)
            for topic, state in self._cameras.items():
                self._connection.tell(topic, state)
        self._available()

    def _topic(self, *levels: str) -> str:
        return "/".join([self._options.topic_prefix, *(quote(level, safe="") for level in levels)])


def _trust(name: str, tls: MqttTls | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    try:
        trust = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
        if tls.cert_file:
            trust.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as problem:
        raise ConfigError(
            f"sink {name}: a certificate cannot be read",
            found=problem.strerror or type(problem).__name__,
        ) from None
    return trust
