"""The broker's settings, with a real broker: only who has the password writes, and only there."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from unit.deploy.test_container import ROOT, secrets

__all__ = ["secrets"]


@pytest.fixture(scope="module")
def broker(
    mosquitto: str, secrets: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("broker")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text()
    for inside, here in (
        ("listener 1883", f"listener {port} 127.0.0.1"),
        ("/run/secrets/mosquitto_passwords", str(folder / "passwords")),
        ("/mosquitto/config/acl", str(folder / "acl")),
        ("/mosquitto/data/", f"{folder}/"),
    ):
        assert inside in text
        text = text.replace(inside, here)
    (folder / "mosquitto.conf").write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
    (folder / "passwords").write_bytes((secrets / "mosquitto_passwords").read_bytes())
    (folder / "acl").write_bytes((ROOT / "deploy/mosquitto/acl").read_bytes())
    for name in ("passwords", "acl"):
        (folder / name).chmod(0o600)
    process = subprocess.Popen(
        [mosquitto, "-c", str(folder / "mosquitto.conf")], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(10)


def connected(port: int, login: str, password: str) -> bool:
    codes: list[bool] = []
    client = paho.Client(CallbackAPIVersion.VERSION2)
    if login:
        client.username_pw_set(login, password)
    client.on_connect = lambda _c, _u, _f, reason, _p: codes.append(not reason.is_failure)
    client.connect("127.0.0.1", port)
    deadline = time.monotonic() + 10
    while not codes and time.monotonic() < deadline:
        client.loop(0.1)
    client.disconnect()
    return bool(codes) and codes[0]


def test_only_who_has_the_password_gets_in(broker: int, secrets: Path) -> None:
    password = (secrets / "mqtt_password").read_text()
    assert connected(broker, "facewarden", password)
    assert not connected(broker, "facewarden", "facewarden")
    assert not connected(broker, "", "")
