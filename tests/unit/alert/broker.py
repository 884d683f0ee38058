"""A real mosquitto on loopback, and a listener that keeps what it hears."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """Start, stop, and start again on the same port."""

    def __init__(self, mosquitto: str, folder: Path, lines: str = "allow_anonymous true") -> None:
        self._mosquitto = mosquitto
        self.port = free_port()
        self._config = folder / f"mosquitto-{self.port}.conf"
        user = "user root\n" if folder.owner() == "root" else ""
        self._config.write_text(f"{user}listener {self.port} 127.0.0.1\n{lines}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Broker":
        self._process = subprocess.Popen(
            [self._mosquitto, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return self
        raise AssertionError("mosquitto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def __enter__(self) -> "Broker":
        return self.start()

    def __exit__(self, *problem: object) -> None:
        self.stop()


@dataclass
class Heard:
    """What a listener has heard, in order."""

    messages: list[MQTTMessage] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int, below: str = "", timeout: float = 10) -> list[MQTTMessage]:
        """Wait for `count` messages on topics that start with `below`."""

        def found() -> list[MQTTMessage]:
            return [m for m in self.messages if m.topic.startswith(below)]

        with self.changed:
            assert self.changed.wait_for(lambda: len(found()) >= count, timeout), [
                m.topic for m in self.messages
            ]
            return found()

    def wait_for_last(self, part: bytes, timeout: float = 10) -> bytes:
        """Wait until the latest message contains `part`, and return it."""

        def last() -> bytes:
            return bytes(self.messages[-1].payload) if self.messages else b""

        with self.changed:
            assert self.changed.wait_for(lambda: part in last(), timeout), last()
            return bytes(last())


@contextmanager
def listening(port: int, tls: Any = None, user: str = "", password: str = "") -> Iterator[Heard]:
    """Subscribe to everything until the block ends; returns once subscribed."""
    heard = Heard()
    ready = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)

    def on_message(_client: Client, _data: Any, message: MQTTMessage) -> None:
        with heard.changed:
            heard.messages.append(message)
            heard.changed.notify_all()

    def on_connect(*_: Any) -> None:
        client.subscribe("#", qos=1)

    client.on_message = on_message
    client.on_subscribe = lambda *_: ready.set()
    client.on_connect = on_connect
    if tls is not None:
        client.tls_set_context(tls)
    if user:
        client.username_pw_set(user, password)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        assert ready.wait(10)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()
