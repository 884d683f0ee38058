"""The container: nothing runs as root, no password is in its files, all that is named is there."""

import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import absent
from facewarden.config.load import load_settings
from facewarden.config.sinks import MqttSettings
from facewarden.server.address import require_safe

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {name for name, service in SERVICES.items() if service.get("image") == "facewarden"}


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for program in ("openssl", "mosquitto_passwd"):
        if shutil.which(program) is None:
            absent(f"no {program} (Debian: apt-get install openssl mosquitto)")
    folder = tmp_path_factory.mktemp("made") / "secrets"
    made = subprocess.run([ROOT / "deploy/make-secrets", folder, "watch.example"], check=False)
    assert made.returncode == 0
    return folder


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert "privileged" not in service
    assert "cap_add" not in service
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")
    writable = {volume.split(":")[0] for volume in service.get("volumes", ())}
    assert {one for one in writable if not one.startswith(".")} <= COMPOSE["volumes"].keys()
    assert all(volume.endswith(":ro") for volume in service["volumes"] if volume[0] in "./")


def test_only_facewarden_has_a_way_out() -> None:
    assert COMPOSE["networks"]["inner"]["internal"] is True
    outside = {name for name, service in SERVICES.items() if service["networks"] != ["inner"]}
    assert outside == OURS


def test_no_secret_is_written_down(secrets: Path) -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert "PASSWORD" not in name or name.endswith("_FILE"), name
            assert value
    for name, entry in COMPOSE["secrets"].items():
        assert entry["file"].endswith(f"/{name}")
        # Compose stops with these words where nothing is set.
        assert entry["file"].startswith("${FACEWARDEN_SECRETS:?first deploy/make-secrets")
    used = {one for service in SERVICES.values() for one in service.get("secrets", ())}
    assert used == COMPOSE["secrets"].keys() == {one.name for one in secrets.iterdir()}


def test_secrets_are_made_once_and_differ(secrets: Path, tmp_path: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700
    # Whoever made them adds accounts of listeners with mosquitto_passwd.
    modes = {one.name: one.stat().st_mode & 0o777 for one in secrets.iterdir()}
    assert modes.pop("mosquitto_passwords") == 0o644
    assert set(modes.values()) == {0o444}
    again = subprocess.run(
        [ROOT / "deploy/make-secrets", secrets], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "exists already" in again.stderr
    password = (secrets / "mqtt_password").read_text()
    assert len(password) == 48
    assert password != (secrets / "postgres_password").read_text()
    assert password not in (secrets / "mosquitto_passwords").read_text()
    assert (secrets / "postgres_password").read_text() in (secrets / "store_url").read_text()


def test_the_settings_of_the_container_are_valid(secrets: Path, tmp_path: Path) -> None:
    path = tmp_path / "facewarden.yaml"
    text = (ROOT / "deploy/container.yaml").read_text()
    path.write_text(text.replace("/run/secrets", str(secrets)))
    settings = load_settings(path)
    assert settings.server.https
    require_safe(settings.server.host, tls=settings.server.https, behind_proxy=False)
    assert str(settings.store.database).startswith("postgresql+psycopg://facewarden:")
    (sink,) = settings.sinks
    assert isinstance(sink, MqttSettings)
    assert sink.host in SERVICES
    assert f":{settings.server.port}" in SERVICES["facewarden"]["ports"][0]


def test_the_image_runs_as_somebody_without_rights() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    for name in OURS:
        assert SERVICES[name]["user"] == "10001:10001"
    assert "HEALTHCHECK" in DOCKERFILE
    assert not re.search(r"(?i)(ENV|ARG)[^\n]*(password|secret|token|key)", DOCKERFILE)
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for name in (word for line in copied for word in line.split()):
        assert (ROOT / name).exists(), name
        assert f"!{name}" in (ROOT / ".dockerignore").read_text().splitlines(), name
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


@contextmanager
def answering(status: int, secrets: Path) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *words: Any) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(secrets / "tls_certificate", secrets / "tls_key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/health/ready"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def health(address: str) -> int:
    return subprocess.run(
        [sys.executable, ROOT / "deploy/health.py"],
        env={"FACEWARDEN_HEALTH_URL": address},
        check=False,
        stderr=subprocess.DEVNULL,
        timeout=30,
    ).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_health_says_what_the_server_says(secrets: Path, status: int, code: int) -> None:
    with answering(status, secrets) as address:
        assert health(address) == code


@pytest.mark.parametrize("address", ["https://127.0.0.1:1/", "no address", ""])
def test_health_of_nothing_is_bad(address: str) -> None:
    assert health(address) == 1
