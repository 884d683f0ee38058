"""Notes for an MQTT broker, where whoever keeps them listens."""

import ssl

from facewarden.alert.backoff import Backoff
from facewarden.alert.mqtt_connection import MqttConnection, Will

OFFLINE = b"offline"


class MqttNotary:
    """Publishes each note, retained and at QoS 1, on `<prefix>/audit/head`.

    A retained message shows the newest note to whoever asks later; the older ones are kept by a
    subscriber. The connection lasts for one note.
    """

    method = "mqtt"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        topic_prefix: str,
        client_id: str,
        trust: ssl.SSLContext | None = None,
        username: str = "",
        password: str = "",
    ) -> None:
        self._host = host
        self._port = port
        self._prefix = topic_prefix
        self._client_id = client_id
        self._trust = trust
        self._username = username
        self._password = password

    @property
    def target(self) -> str:
        """Broker and topic."""
        return f"{self._host}:{self._port}/{self._prefix}/audit/head"

    def note(self, text: bytes) -> str:
        """Publish one note; the receipt is that the broker has acknowledged it."""
        connection = MqttConnection(
            self._host,
            self._port,
            client_id=self._client_id,
            will=Will(f"{self._prefix}/audit/status", OFFLINE),
            trust=self._trust,
            username=self._username,
            password=self._password,
            connected=lambda: None,
            backoff=Backoff(first_s=1.0, longest_s=1.0),
        )
        try:
            connection.publish(f"{self._prefix}/audit/head", text, retain=True)
        finally:
            connection.close(lambda: None)
        return "acknowledged"
