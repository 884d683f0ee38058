"""From the outbox to real receivers, with some of them in trouble."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from facewarden.alert.apprise_sink import AppriseOptions, AppriseSink
from facewarden.alert.backoff import Backoff
from facewarden.alert.deliverer import Deliverer
from facewarden.alert.email_sink import EmailOptions, EmailSink
from facewarden.alert.jsonl_sink import JsonlOptions, JsonlSink
from facewarden.alert.mqtt_sink import MqttOptions, MqttSink
from facewarden.alert.payload import schema
from facewarden.alert.sink import Sink
from facewarden.alert.webhook_signature import HEADER, verify
from facewarden.alert.webhook_sink import WebhookOptions, WebhookSink
from reference.memory_outbox import MemoryOutbox
from unit.alert.broker import Broker, free_port, listening
from unit.alert.mailbox import mailbox
from unit.alert.receiver import receiving
from unit.alert.samples import make_alert

pytestmark = pytest.mark.service

QUICK = Backoff(first_s=0.05, longest_s=0.2)


@contextmanager
def delivering(outbox: MemoryOutbox, *sinks: Sink) -> Iterator[Deliverer]:
    deliverer = Deliverer(outbox, sinks, backoff=QUICK)
    deliverer.start()
    try:
        yield deliverer
    finally:
        assert deliverer.stop(15)


def mqtt(port: int) -> MqttSink:
    return MqttSink("mqtt", MqttOptions("127.0.0.1", port))


def test_one_alert_reaches_every_kind_of_sink(mosquitto: str, tmp_path: Path) -> None:
    lines = tmp_path / "alerts.jsonl"
    alert = make_alert()
    outbox = MemoryOutbox()
    with (
        Broker(mosquitto, tmp_path) as broker,
        listening(broker.port) as heard,
        receiving() as hook,
        receiving() as chat,
        mailbox() as box,
        delivering(
            outbox,
            mqtt(broker.port),
            WebhookSink("webhook", WebhookOptions(hook.url, "secret")),
            EmailSink("email", EmailOptions("127.0.0.1", box.port, "w@a.org", ["b@a.org"], "none")),
            AppriseSink("apprise", AppriseOptions([f"json://127.0.0.1:{chat.port}"])),
            JsonlSink("jsonl", JsonlOptions(lines)),
        ) as deliverer,
    ):
        outbox.put(alert, "mqtt", "webhook", "email", "apprise", "jsonl")
        deliverer.wake()
        assert deliverer.drain(20)
        (message,) = heard.wait(1, "facewarden/alerts/")
        assert all(status.healthy for status in deliverer.status().values())
    ((headers, posted),) = hook.posts
    assert verify("secret", posted, headers[HEADER], time.time())
    for raw in (message.payload, posted, lines.read_bytes()):
        body = json.loads(raw)
        Draft202012Validator(schema()).validate(body)
        assert body["alert_id"] == alert.alert_id
        assert alert.snapshot
        assert body["snapshot"]["sha256"] == hashlib.sha256(alert.snapshot.jpeg).hexdigest()
    assert len(box.mails) == 1
    assert len(chat.posts) == 1


def test_a_broker_that_restarts_loses_nothing(mosquitto: str, tmp_path: Path) -> None:
    outbox = MemoryOutbox()
    first = make_alert()
    broker = Broker(mosquitto, tmp_path).start()
    with delivering(outbox, mqtt(broker.port)) as deliverer:
        with listening(broker.port) as before:
            for revision in (1, 2):
                outbox.put(replace(first, revision=revision), "mqtt")
            deliverer.wake()
            assert deliverer.drain(10)
            before.wait(2, "facewarden/alerts/")
        broker.stop()
        for revision in range(3, 8):
            outbox.put(replace(first, revision=revision), "mqtt")
            deliverer.wake()
        assert not deliverer.drain(0.3)
        assert not deliverer.status()["mqtt"].healthy
        with broker, listening(broker.port) as after:
            assert deliverer.drain(20)
            outbox.put(replace(first, revision=8), "mqtt")
            deliverer.wake()
            # Earlier ones may have been published before this listener was back.
            assert json.loads(after.wait_for_last(b'"revision":8'))["revision"] == 8
    revisions = [json.loads(m.payload)["revision"] for m in after.messages if "alerts" in m.topic]
    assert revisions == sorted(revisions)
    assert all(entry.accepted_at for entry in outbox.entries)


def test_a_sink_that_is_down_holds_no_other(mosquitto: str, tmp_path: Path) -> None:
    outbox = MemoryOutbox()
    down = free_port()
    with (
        Broker(mosquitto, tmp_path) as broker,
        receiving() as slow,
        delivering(
            outbox,
            mqtt(broker.port),
            MqttSink("no broker", MqttOptions("127.0.0.1", down)),
            WebhookSink("no hook", WebhookOptions(f"http://127.0.0.1:{down}/")),
            WebhookSink("slow", WebhookOptions(slow.url, timeout_s=5.0)),
        ) as deliverer,
    ):
        slow.before_answer = lambda: time.sleep(0.3)
        for _ in range(20):
            outbox.put(make_alert(), "mqtt", "no broker", "no hook", "slow")
            deliverer.wake()
        for _ in range(500):
            if deliverer.status()["mqtt"].delivered == 20:
                break
            time.sleep(0.01)
        status = deliverer.status()
    assert status["mqtt"].delivered == 20
    assert status["mqtt"].healthy
    assert status["slow"].delivered < 20
    for name in ("no broker", "no hook"):
        assert status[name].delivered == 0
        assert "refused" in status[name].last_problem.lower()


def test_what_one_process_left_the_next_delivers() -> None:
    outbox = MemoryOutbox()
    with receiving() as hook:
        options = WebhookOptions(hook.url)
        hook.judge = lambda _: 500
        outbox.put(make_alert(), "webhook")
        with delivering(outbox, WebhookSink("webhook", options)) as deliverer:
            assert not deliverer.drain(0.2)
        hook.judge = None
        with delivering(outbox, WebhookSink("webhook", options)) as deliverer:
            assert deliverer.drain(10)
    keys = {headers["Idempotency-Key"] for headers, _ in hook.posts}
    assert len(keys) == 1


def test_a_payload_that_crashes_the_receiver_lets_the_others_pass() -> None:
    outbox = MemoryOutbox()
    poison = make_alert()
    with receiving() as hook:
        hook.judge = lambda body: 500 if poison.alert_id.encode() in body else 204
        with delivering(outbox, WebhookSink("webhook", WebhookOptions(hook.url))) as deliverer:
            outbox.put(poison, "webhook")
            for _ in range(5):
                outbox.put(make_alert(), "webhook")
            deliverer.wake()
            for _ in range(1000):
                if deliverer.status()["webhook"].delivered == 5:
                    break
                time.sleep(0.01)
            assert deliverer.status()["webhook"].delivered == 5
            assert not deliverer.drain(0)
