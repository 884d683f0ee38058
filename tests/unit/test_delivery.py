"""Who delivers; `doors` are the sinks, one line of JSON per alert."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facewarden.alert.jsonl_sink import JsonlOptions, JsonlSink
from facewarden.alert.mqtt_sink import MqttOptions, MqttSink
from facewarden.alert.sink import Sink
from facewarden.delivery import Delivery
from facewarden.duty import Duty
from facewarden.errors import ConfigError
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from postgres_server import PostgresServer
from unit.alert.broker import Broker, listening
from unit.store.making import an_alert

KEY = TemplateKey(bytes(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(sqlite_url(tmp_path / "a" / "s.sqlite"), KEY) as opened:
        yield opened


def lines_to(path: Path) -> Callable[[], list[Sink]]:
    return lambda: [JsonlSink("desk", JsonlOptions(path))]


def delivery(store: Store, folder: Path, sinks: Callable[[], list[Sink]] = list) -> Delivery:
    return Delivery(store.alerts, sinks, Duty(store, folder, "deliver", "delivers"), poll_s=0.05)


def wait(true: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def keys(path: Path) -> list[str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["idempotency_key"] for line in lines]


def test_one_of_several_delivers_and_another_takes_over(store: Store, tmp_path: Path) -> None:
    first, second = (delivery(store, tmp_path) for _ in range(2))
    first.look()
    second.look()
    second.wake()
    assert (first.ours, second.ours) == (True, False)
    first.stop(0.1)
    second.look()
    assert second.ours
    first.look()  # one that has ended does not begin again
    assert not first.ours
    second.stop(0.1)
    third = delivery(store, tmp_path)
    third.look()
    assert third.ours
    third.stop(0.1)


def test_one_that_never_delivered_ends(store: Store, tmp_path: Path) -> None:
    first, second = (delivery(store, tmp_path, lines_to(tmp_path / "lines")) for _ in range(2))
    first.look()
    second.stop(0.1)
    assert second.status() == {}
    assert second.as_json() == []
    assert [entry["sink"] for entry in first.as_json()] == ["desk"]
    first.stop(0.1)


def test_what_others_leave_in_the_outbox_is_delivered(store: Store, tmp_path: Path) -> None:
    store.alerts.record(an_alert(1), ["desk"])
    one = delivery(store, tmp_path, lines_to(tmp_path / "lines"))
    one.look()
    wait(lambda: not store.alerts.backlog())
    store.alerts.record(an_alert(2), ["desk"])  # nobody wakes it
    wait(lambda: not store.alerts.backlog())
    one.stop(1)
    assert len(keys(tmp_path / "lines")) == 2


def test_sinks_that_cannot_be_used_are_told_at_once(store: Store, tmp_path: Path) -> None:
    first = delivery(store, tmp_path)
    first.look()
    with pytest.raises(ConfigError):  # though it is not its turn
        delivery(store, tmp_path, lambda: [MqttSink("hall", MqttOptions("x", topic_prefix="+"))])
    first.stop(0.1)


def test_while_sinks_cannot_be_made_anew_another_process_delivers(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken: list[str] = []

    def sinks() -> list[Sink]:
        for problem in broken:
            raise ConfigError(problem)
        return lines_to(tmp_path / "lines")()

    class Lost(Duty):
        def keep(self) -> bool:
            if kept:
                return True
            self.release()  # as the database does when it ends
            return False

    kept = [True]
    one = Delivery(store.alerts, sinks, Lost(store, tmp_path, "deliver", "delivers"), poll_s=0.05)
    other = delivery(store, tmp_path, lines_to(tmp_path / "lines"))
    one.look()
    assert one.ours
    broken.append("its authority cannot be read")
    kept.clear()
    for _ in range(3):
        one.look()
    assert [record.message for record in caplog.records] == [
        "this process cannot deliver: its authority cannot be read"
    ]
    other.look()
    assert (one.ours, other.ours) == (False, True)
    other.stop(1)
    kept.append(True)
    broken.clear()
    one.look()
    assert one.ours
    store.alerts.record(an_alert(1), ["desk"])
    wait(lambda: not store.alerts.backlog())
    one.stop(1)


def test_after_a_restart_of_the_database_one_machine_delivers(
    postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = postgres.database()
    lines = tmp_path / "lines"
    with (
        open_store(postgres.url(name), KEY, busy_s=5) as here,
        open_store(postgres.url(name), KEY, busy_s=5) as there,
    ):
        one = delivery(here, tmp_path / "here", lines_to(lines))
        other = delivery(there, tmp_path / "there", lines_to(lines))
        one.look()
        other.look()
        assert (one.ours, other.ours) == (True, False)
        with caplog.at_level(logging.CRITICAL):
            postgres.kill()
            one.look()
            other.look()
            postgres.start()
            one.look()
            other.look()
            assert (one.ours, other.ours) == (True, False)
            postgres.kill()
            postgres.start()
            other.look()
            one.look()
        assert (one.ours, other.ours) == (False, True)
        here.alerts.record(an_alert(1), ["desk"])
        wait(lambda: not here.alerts.backlog())
        other.stop(1)

        def taken_over() -> bool:
            one.look()
            return one.ours

        wait(taken_over)
        here.alerts.record(an_alert(2), ["desk"])
        one.wake()
        wait(lambda: not here.alerts.backlog())
        one.stop(1)
    postgres.drop(name)
    assert len(keys(lines)) == len(set(keys(lines))) == 2


@pytest.mark.service
def test_only_who_delivers_is_online_and_tells_of_cameras(
    store: Store, tmp_path: Path, mosquitto: str
) -> None:
    with Broker(mosquitto, tmp_path) as broker, listening(broker.port) as heard:

        def sinks() -> list[Sink]:
            return [MqttSink("hall", MqttOptions("127.0.0.1", broker.port))]

        def status() -> list[bytes | bytearray]:
            return [m.payload for m in heard.messages if m.topic == "facewarden/status"]

        first, second = (delivery(store, tmp_path, sinks) for _ in range(2))
        first.look()
        second.look()
        second.camera_status("door", "Door", "watching", "")  # kept until its turn
        first.camera_status("gate", "Gate", "watching", "")
        heard.wait(1, "facewarden/cameras/")
        first.stop(1)
        second.look()
        wait(lambda: status()[-1:] == [b"online"] and len(status()) >= 3)
        assert status() == [b"online", b"offline", b"online"]
        told = heard.wait(2, "facewarden/cameras/")
        assert [json.loads(m.payload)["camera"]["id"] for m in told] == ["gate", "door"]
        second.stop(1)
        wait(lambda: status()[-1] == b"offline")
