import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.duty import Duty
from facewarden.errors import ConfigError
from facewarden.pipeline.control import ask
from facewarden.server.delivering import Delivering
from facewarden.server.supervisor import Happening
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from facewarden.watch_places import server_path
from postgres_server import PostgresServer
from unit.alert.broker import Broker, listening
from unit.store.making import an_alert

KEY = TemplateKey(bytes(32))


def settings_of(home: Path, **more: object) -> Settings:
    data_dir = home / "data"
    return Settings.model_validate({"store": StoreSettings(data_dir=data_dir), **more})


def wait(true: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_what_is_left_is_delivered_though_nothing_is_watched(home: Path, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    settings = settings_of(home, sinks=[{"type": "jsonl", "name": "desk", "path": lines}])
    with open_store(sqlite_url(settings.store.path), KEY) as store:
        store.alerts.record(an_alert(1), ["desk"])
        delivering = Delivering(settings, store)
        delivering.start()
        wait(lambda: not store.alerts.backlog())
        told = ask(server_path(settings), {"ask": "status"})
        assert told["delivers"]
        assert [(one["sink"], one["healthy"]) for one in told["sinks"]] == [("desk", True)]
        assert "error" in ask(server_path(settings), {"ask": "explain"})
        store.alerts.record(an_alert(2), ["desk"])
        delivering.stop()
        assert store.alerts.backlog() == 0
        assert len(lines.read_text().splitlines()) == 2
        Duty(store, settings.store.data_dir, "deliver", "delivers").take()


def test_sinks_that_cannot_be_used_stop_the_start(home: Path, tmp_path: Path) -> None:
    tls = {"ca_file": tmp_path / "none.pem"}
    broker = {"type": "mqtt", "name": "hall", "host": "localhost", "tls": tls}
    settings = settings_of(home, sinks=[broker])
    with (
        open_store(sqlite_url(settings.store.path), KEY) as store,
        pytest.raises(ConfigError, match="a certificate cannot be read"),
    ):
        Delivering(settings, store)


def test_another_server_after_a_restart_of_the_database_ends_this_one(
    home: Path, tmp_path: Path, postgres: PostgresServer
) -> None:
    name = postgres.database()
    settings = settings_of(home)
    ended: list[bool] = []
    with (
        open_store(postgres.url(name), KEY, busy_s=5) as here,
        open_store(postgres.url(name), KEY, busy_s=5) as there,
        Duty(here, tmp_path / "here", "serve", "serves") as ours,
        Duty(there, tmp_path / "there", "serve", "serves") as theirs,
    ):
        ours.take()
        postgres.kill()
        postgres.start()
        theirs.take()
        delivering = Delivering(settings, here, serving=ours, relieved=lambda: ended.append(True))
        delivering.start()
        wait(lambda: ended)
        delivering.stop()
    postgres.drop(name)


@pytest.mark.service
def test_brokers_hear_of_the_cameras_of_watches(home: Path, tmp_path: Path, mosquitto: str) -> None:
    with Broker(mosquitto, tmp_path) as broker, listening(broker.port) as heard:
        sink = {"type": "mqtt", "name": "hall", "host": "127.0.0.1", "port": broker.port}
        settings = settings_of(home, sinks=[sink])
        with open_store(sqlite_url(settings.store.path), KEY) as store:
            delivering = Delivering(settings, store)
            delivering.start()
            delivering.happened(Happening(7, "", "running", ""))
            delivering.happened(Happening(7, "gate", "down", "no answer", "North gate"))
            (told,) = heard.wait(1, "facewarden/cameras/")
            delivering.stop()
    assert told.topic == "facewarden/cameras/gate/status"
    body = json.loads(told.payload)
    assert body["camera"] == {"id": "gate", "name": "North gate"}
    assert (body["state"], body["problem"]) == ("down", "no answer")
