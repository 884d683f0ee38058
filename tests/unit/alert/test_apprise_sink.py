import base64
import json
import logging
from dataclasses import replace

import pytest

from facewarden.alert.apprise_sink import AppriseOptions, AppriseSink
from facewarden.errors import ConfigError, PayloadRejected, SinkUnavailable
from unit.alert.broker import free_port
from unit.alert.receiver import receiving
from unit.alert.samples import make_alert, make_delivery


def json_url(port: int) -> str:
    return f"json://user:pass-word@127.0.0.1:{port}/token-in-path"


def test_a_service_gets_the_facts_and_the_picture() -> None:
    delivery = make_delivery(make_alert(subject_name="Ada <b>&\\n :smile: Example"))
    assert delivery.alert.snapshot
    with receiving() as receiver:
        AppriseSink("chat", AppriseOptions([json_url(receiver.port)])).deliver(delivery)
    body = json.loads(receiver.posts[0][1])
    assert body["title"] == "Candidate for review at Entrance (Hall 2)"
    assert "Ada <b>&\\n :smile: Example" in body["message"]
    assert "not an identification" in body["message"]
    (picture,) = body["attachments"]
    assert base64.b64decode(picture["base64"]) == delivery.alert.snapshot.jpeg


@pytest.mark.parametrize("wanted", [True, False])
def test_without_a_picture(wanted: bool) -> None:
    delivery = make_delivery(make_alert(snapshot=None)) if wanted else make_delivery()
    with receiving() as receiver:
        options = AppriseOptions([json_url(receiver.port)], include_snapshot=wanted)
        AppriseSink("chat", options).deliver(delivery)
    assert json.loads(receiver.posts[0][1])["attachments"] == []


def test_an_sms_is_one_short_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback service, told that it takes as little as an SMS."""
    sink = AppriseSink(
        "sms", AppriseOptions(["sns://A1234567890123456/secret/us-east-1/15551234567"])
    )
    (plugin,) = next(iter(sink._services.values()))
    assert plugin.body_maxlen < 1000
    with receiving() as receiver:
        sink = AppriseSink("sms", AppriseOptions([json_url(receiver.port)]))
        (plugin,) = next(iter(sink._services.values()))
        monkeypatch.setattr(plugin, "body_maxlen", 160)
        monkeypatch.setattr(plugin, "attachment_support", False)
        sink.deliver(make_delivery())
    body = json.loads(receiver.posts[0][1])
    assert body["title"] == ""
    assert body["attachments"] == []
    assert body["message"] == (
        "Candidate for review: Ada Example [missing] at Entrance (Hall 2), "
        "12:00:02 UTC, similarity 0.62 (needs 0.41)"
    )
    assert len(body["message"]) <= 160


def test_who_has_it_is_not_told_again() -> None:
    delivery = make_delivery()
    with receiving() as one, receiving() as two:
        two.answers = [(500, {})]
        sink = AppriseSink("chat", AppriseOptions([json_url(one.port), json_url(two.port)]))
        with pytest.raises(PayloadRejected) as problem:  # only this alert waits: one got it
            sink.deliver(delivery)
        sink.deliver(replace(delivery, reached=problem.value.reached))
        assert (len(one.posts), len(two.posts)) == (1, 2)
        sink.deliver(make_delivery())
        assert (len(one.posts), len(two.posts)) == (2, 3)


def test_an_alert_goes_to_no_other_address() -> None:
    with receiving() as named, receiving() as other:
        named.answers = [(307, {"Location": other.url})]
        sink = AppriseSink("chat", AppriseOptions([json_url(named.port)]))
        with pytest.raises(SinkUnavailable):
            sink.deliver(make_delivery())
    assert (len(named.posts), len(other.posts)) == (1, 0)


def test_secrets_are_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving() as receiver:
        urls = [json_url(receiver.port), json_url(free_port())]
        options = AppriseOptions(urls)
        sink = AppriseSink("chat", options)
        receiver.answers = [(500, {})]
        with pytest.raises(SinkUnavailable) as problem:
            sink.deliver(make_delivery())
        sink.close()
    for text in (caplog.text, repr(options), repr(sink), str(problem.value)):
        assert "pass-word" not in text
        assert "token-in-path" not in text


@pytest.mark.parametrize("url", ["", "hush", "nosuch://hush", "tgram://hush"])
def test_what_is_no_service(url: str) -> None:
    with pytest.raises(ConfigError) as problem:
        AppriseSink("chat", AppriseOptions([url]))
    assert "hush" not in str(problem.value)
