import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from facewarden.alert.backoff import Backoff
from facewarden.alert.mqtt_sink import MqttOptions, MqttSink, MqttTls
from facewarden.errors import ConfigError, PayloadRejected, SinkUnavailable
from unit.alert.broker import Broker, free_port, listening
from unit.alert.certificates import Authority
from unit.alert.samples import make_alert, make_delivery, make_snapshot

pytestmark = pytest.mark.service

PASSWORD = "a-password"


@contextmanager
def sinking(port: int, **changes: object) -> Iterator[MqttSink]:
    options = {"host": "127.0.0.1", "port": port, **changes}
    sink = MqttSink("mqtt", MqttOptions(**options))  # type: ignore[arg-type]
    try:
        yield sink
    finally:
        sink.close()


def test_an_alert_arrives_with_its_picture(mosquitto: str, tmp_path: Path) -> None:
    delivery = make_delivery()
    with (
        Broker(mosquitto, tmp_path) as broker,
        listening(broker.port) as heard,
        sinking(broker.port) as sink,
    ):
        sink.deliver(delivery)
        (message,) = heard.wait(1, "facewarden/alerts/")
    assert message.topic == "facewarden/alerts/entrance"
    assert message.qos == 1
    assert not message.retain
    body = json.loads(message.payload)
    assert body["alert_id"] == delivery.alert.alert_id
    assert body["snapshot"]["width_px"] == 64


def test_the_status_is_online_while_we_live_and_offline_after(
    mosquitto: str, tmp_path: Path
) -> None:
    with Broker(mosquitto, tmp_path) as broker:
        with listening(broker.port) as heard, sinking(broker.port) as sink:
            sink.open()
            assert [m.payload for m in heard.wait(1, "facewarden/status")] == [b"online"]
            with listening(broker.port) as late:
                (retained,) = late.wait(1, "facewarden/status")
                assert retained.retain
                assert retained.payload == b"online"
        with listening(broker.port) as after:
            (retained,) = after.wait(1, "facewarden/status")
            assert retained.payload == b"offline"


def test_a_crash_is_told_by_the_last_will(mosquitto: str, tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from facewarden.alert.mqtt_sink import MqttOptions, MqttSink\n"
        "MqttSink('mqtt', MqttOptions('127.0.0.1', int(sys.argv[1]))).open()\n"
        "time.sleep(60)\n"
    )
    with Broker(mosquitto, tmp_path) as broker, listening(broker.port) as heard:
        process = subprocess.Popen([sys.executable, "-c", script, str(broker.port)])
        heard.wait(1, "facewarden/status", timeout=30)
        process.kill()
        process.wait()
        payloads = [m.payload for m in heard.wait(2, "facewarden/status")]
    assert payloads == [b"online", b"offline"]


def test_camera_states_are_kept_and_told_again(mosquitto: str, tmp_path: Path) -> None:
    broker = Broker(mosquitto, tmp_path)
    with sinking(broker.port) as sink:
        started = time.monotonic()
        sink.camera_status("door", "Door", "connecting", "")
        assert time.monotonic() - started < 0.5
        sink.camera_status("door", "Door", "running", "")
        with broker, listening(broker.port) as heard:
            sink.deliver(make_delivery())
            body = json.loads(heard.wait(1, "facewarden/cameras/")[-1].payload)
            assert (body["camera"], body["state"]) == ({"id": "door", "name": "Door"}, "running")
            sink.camera_status("door", "Door", "failed", "no route to host")
            body = json.loads(heard.wait(2, "facewarden/cameras/")[-1].payload)
            assert (body["state"], body["problem"]) == ("failed", "no route to host")
            with listening(broker.port) as late:
                (retained,) = late.wait(1, "facewarden/cameras/door/status")
                assert json.loads(retained.payload)["state"] == "failed"
        with broker, listening(broker.port) as heard:  # it has forgotten everything
            sink.deliver(make_delivery())
            (again,) = heard.wait(1, "facewarden/cameras/")
            assert json.loads(again.payload)["state"] == "failed"
            assert heard.wait(1, "facewarden/status")[-1].payload == b"online"


def test_states_may_be_told_from_many_threads(mosquitto: str, tmp_path: Path) -> None:
    with (
        Broker(mosquitto, tmp_path) as broker,
        listening(broker.port) as heard,
        sinking(broker.port) as sink,
    ):
        sink.deliver(make_delivery())
        threads = [
            threading.Thread(target=sink.camera_status, args=(f"c{n}", "", "running", ""))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({m.topic for m in heard.wait(8, "facewarden/cameras/")}) == 8


@pytest.mark.parametrize(
    ("camera_id", "level"),
    [
        ("a/b", "a%2Fb"),
        ("#", "%23"),
        ("+", "%2B"),
        ("$SYS", "%24SYS"),
        ("100%", "100%25"),
        ("Tür 2", "T%C3%BCr%202"),
        ("a\x00\n", "a%00%0A"),
        ("..", ".."),
    ],
)
def test_a_camera_id_stays_one_level(
    mosquitto: str, tmp_path: Path, camera_id: str, level: str
) -> None:
    with (
        Broker(mosquitto, tmp_path) as broker,
        listening(broker.port) as heard,
        sinking(broker.port, topic_prefix="site/one") as sink,
    ):
        sink.deliver(make_delivery(make_alert(camera_id=camera_id)))
        (message,) = heard.wait(1, "site/one/alerts/")
    assert message.topic == f"site/one/alerts/{level}"
    assert json.loads(message.payload)["camera"]["id"] == camera_id


def test_nobody_there_is_said_at_once() -> None:
    with sinking(free_port()) as sink:
        for _ in range(3):
            started = time.monotonic()
            with pytest.raises(SinkUnavailable, match="refused"):
                sink.deliver(make_delivery())
            assert time.monotonic() - started < 1


def test_a_name_that_does_not_exist() -> None:
    with sinking(1883, host="no-such-host.invalid") as sink, pytest.raises(SinkUnavailable):
        sink.deliver(make_delivery())


def test_a_server_that_is_no_broker_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facewarden.alert.mqtt_connection.ANSWER_S", 0.5)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        sinking(silent.getsockname()[1]) as sink,
        pytest.raises(SinkUnavailable),
    ):
        sink.deliver(make_delivery())


def test_a_broker_that_breaks_on_each_message_is_left_alone_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Counting(Backoff):
        def delay_s(self, failures: int) -> float:
            counts.append(failures)
            return 0.01

    counts: list[int] = []
    monkeypatch.setattr("facewarden.alert.mqtt_sink.RECONNECT", Counting())
    delivery = make_delivery()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=break_on_messages, args=(server,), daemon=True).start()
        with sinking(server.getsockname()[1]) as sink:
            for _ in range(20):
                with pytest.raises(SinkUnavailable):
                    sink.deliver(delivery)
    assert max(counts) > 3


def break_on_messages(server: socket.socket) -> None:
    """Accept each MQTT 5 connection, and end it at the first message; until the server closes."""
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"\x20\x03\x00\x00\x00")  # CONNACK, success
                connection.recv(4096)


def test_the_broker_restarts(mosquitto: str, tmp_path: Path) -> None:
    back = threading.Event()
    broker = Broker(mosquitto, tmp_path).start()
    with sinking(broker.port) as sink:
        sink.deliver(make_delivery())
        broker.stop()
        with pytest.raises(SinkUnavailable):
            sink.deliver(make_delivery())
        sink.announce_to(back.set)
        with broker:
            assert back.wait(20)  # without an alert to hurry it along
            with listening(broker.port) as heard:
                assert heard.wait(1, "facewarden/status")[0].payload == b"online"
                delivery = make_delivery()
                sink.deliver(delivery)
                (message,) = heard.wait(1, "facewarden/alerts/")
            assert json.loads(message.payload)["alert_id"] == delivery.alert.alert_id


def test_user_and_password(
    mosquitto: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    users = tmp_path / "users"
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", str(users), "warden", PASSWORD],
        check=True,
        capture_output=True,
    )
    lines = f"allow_anonymous false\npassword_file {users}"
    options = {"username": "warden", "password": PASSWORD}
    with (
        Broker(mosquitto, tmp_path, lines) as broker,
        listening(broker.port, user="warden", password=PASSWORD) as heard,
    ):
        for user, password in (("", ""), ("warden", "wrong-one")):
            with sinking(broker.port, username=user, password=password) as sink:
                with pytest.raises(SinkUnavailable, match="Not authorized") as problem:
                    sink.deliver(make_delivery())
                assert "wrong-one" not in str(problem.value)
        with sinking(broker.port, **options) as sink:
            sink.deliver(make_delivery())
            heard.wait(1, "facewarden/alerts/")
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(MqttOptions("h", **options))  # type: ignore[arg-type]


def test_a_topic_we_may_not_write_to_refuses_that_alert_only(
    mosquitto: str, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.write_text(
        "topic write facewarden/status\ntopic write facewarden/alerts/yard\ntopic read #\n"
    )
    lines = f"allow_anonymous true\nacl_file {rules}"
    with Broker(mosquitto, tmp_path, lines) as broker, sinking(broker.port) as sink:
        with pytest.raises(PayloadRejected, match="Not authorized"):
            sink.deliver(make_delivery(make_alert(camera_id="vault")))
        sink.deliver(make_delivery(make_alert(camera_id="yard")))


@pytest.mark.parametrize(("limit", "dropped"), [("message_size_limit", 2), ("max_packet_size", 0)])
def test_an_alert_too_large_for_the_broker_goes_without_its_picture(
    mosquitto: str, tmp_path: Path, limit: str, dropped: int
) -> None:
    lines = f"allow_anonymous true\n{limit} 20000"
    large = make_delivery(make_alert(snapshot=make_snapshot(300)))
    with (
        Broker(mosquitto, tmp_path, lines) as broker,
        listening(broker.port) as heard,
        sinking(broker.port) as sink,
    ):
        for _ in range(dropped):
            with pytest.raises(SinkUnavailable):
                sink.deliver(large)
        sink.deliver(large)
        (message,) = heard.wait(1, "facewarden/alerts/")
        assert json.loads(message.payload)["snapshot"] is None
        with pytest.raises(SinkUnavailable if dropped else PayloadRejected):
            sink.deliver(make_delivery(make_alert(subject_name="x" * 30_000)))
        sink.deliver(make_delivery())


def test_tls(mosquitto: str, tmp_path: Path) -> None:
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    certificate, key = ours.issue("127.0.0.1")
    own_certificate, own_key = ours.issue("warden")
    lines = (
        f"allow_anonymous true\ncafile {ours.file}\ncertfile {certificate}\nkeyfile {key}\n"
        "require_certificate true"
    )
    trust = ssl.create_default_context(cafile=str(ours.file))
    trust.load_cert_chain(own_certificate, own_key)
    with Broker(mosquitto, tmp_path, lines) as broker, listening(broker.port, trust) as heard:
        for tls in (
            None,
            MqttTls(),
            MqttTls(other.file, own_certificate, own_key),
            MqttTls(ours.file),
        ):
            with sinking(broker.port, tls=tls) as sink, pytest.raises(SinkUnavailable):
                sink.deliver(make_delivery())
        tls = MqttTls(ours.file, own_certificate, own_key)
        with sinking(broker.port, tls=tls) as sink:
            sink.deliver(make_delivery())
            heard.wait(1, "facewarden/alerts/")
        with (
            sinking(broker.port, tls=tls, host="localhost") as sink,
            pytest.raises(SinkUnavailable, match="certificate"),
        ):
            sink.deliver(make_delivery())


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="certificate"):
        MqttSink("mqtt", MqttOptions("h", tls=MqttTls(tmp_path / "none.pem")))


@pytest.mark.parametrize("prefix", ["", "a/#", "+", "/a", "$SYS", "a\0"])
def test_what_is_no_prefix(prefix: str) -> None:
    with pytest.raises(ConfigError):
        MqttSink("mqtt", MqttOptions("h", topic_prefix=prefix))


def test_closing_is_quick_without_a_broker() -> None:
    started = time.monotonic()
    with sinking(free_port()) as sink:
        sink.open()
    with sinking(free_port()):
        pass
    assert time.monotonic() - started < 5
    assert not [t for t in threading.enumerate() if t.name.startswith("mqtt-")]
