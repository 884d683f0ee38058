import json
import logging
import ssl
import time
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from facewarden.alert.webhook_signature import sign, verify
from facewarden.alert.webhook_sink import WebhookOptions, WebhookSink
from facewarden.errors import ConfigError, PayloadRejected, SinkUnavailable
from unit.alert.broker import free_port
from unit.alert.certificates import Authority
from unit.alert.receiver import receiving
from unit.alert.samples import NOON, make_alert, make_delivery

SECRET = "a secret of the receiver"


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def sink(url: str, **changes: object) -> WebhookSink:
    return WebhookSink("hook", WebhookOptions(**{"url": url, "secret": SECRET, **changes}))  # type: ignore[arg-type]


def test_a_post_is_signed_and_names_its_alert() -> None:
    delivery = make_delivery()
    with receiving() as receiver:
        hook = sink(receiver.url, headers={"Authorization": "Bearer b"})
        hook.deliver(delivery)
        hook.close()
    ((headers, body),) = receiver.posts
    assert json.loads(body)["alert_id"] == delivery.alert.alert_id
    assert headers["Content-Type"] == "application/json"
    assert headers["Idempotency-Key"] == delivery.idempotency_key
    assert headers["X-Facewarden-Event"] == "raised"
    assert headers["Authorization"] == "Bearer b"
    assert verify(SECRET, body, headers["X-Facewarden-Signature"], time.time())
    assert not verify("another", body, headers["X-Facewarden-Signature"], time.time())
    assert not verify(SECRET, body + b" ", headers["X-Facewarden-Signature"], time.time())


def test_without_a_secret_there_is_no_signature() -> None:
    with receiving() as receiver:
        hook = sink(receiver.url, secret="")
        hook.deliver(make_delivery())
        hook.close()
    assert "X-Facewarden-Signature" not in receiver.posts[0][0]


@pytest.mark.parametrize(
    ("header", "now_s", "accepted"),
    [
        (sign("s", b"body", 1000), 1000, True),
        (sign("s", b"body", 1000), 1300, True),
        (sign("s", b"body", 1000), 1301, False),
        (sign("s", b"body", 1000), 699, False),
        (sign("s", b"body", 1000).replace("t=1000", "t=1001"), 1000, False),
        (sign("s", b"body", 1000)[:-1], 1000, False),
        ("", 1000, False),
        ("t=x,v1=y", 1000, False),
        ("t=1000,v1=\xe9", 1000, False),
    ],
    ids=["now", "old", "too old", "future", "moved", "cut", "empty", "nonsense", "not ascii"],
)
def test_verification(header: str, now_s: float, accepted: bool) -> None:
    assert verify("s", b"body", header, now_s) is accepted


def test_the_signature_is_the_documented_one() -> None:
    """RFC 2104 over `1.{}`, computed with openssl dgst -sha256 -hmac key."""
    assert sign("key", b"{}", 1) == (
        "t=1,v1=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224"
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_accepted(status: int) -> None:
    with receiving() as receiver:
        receiver.answers = [(status, {})]
        hook = sink(receiver.url)
        hook.deliver(make_delivery())
        hook.close()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_later(status: int) -> None:
    with receiving() as receiver:
        receiver.answers = [(status, {})]
        hook = sink(receiver.url)
        with pytest.raises(SinkUnavailable, match=str(status)):
            hook.deliver(make_delivery())
        hook.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422])
def test_refused(status: int) -> None:
    with receiving() as receiver, receiving() as elsewhere:
        receiver.answers = [(status, {"Location": elsewhere.url})]
        hook = sink(receiver.url)
        with pytest.raises(PayloadRejected, match=str(status)):
            hook.deliver(make_delivery())
        hook.close()
        assert elsewhere.posts == []


@pytest.mark.parametrize(
    ("value", "least_s", "most_s"),
    [
        ("7", 7, 7),
        ("0", 0, 0),
        ("999999", 300, 300),
        (http_date(NOON + timedelta(seconds=100)), 99, 101),
        (http_date(NOON - timedelta(days=1)), 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("\u0667", 0, 0),
        ("", 0, 0),
    ],
    ids=["7 s", "0 s", "a week", "a date", "the past", "a word", "negative", "arabic", "none"],
)
def test_retry_after(value: str, least_s: float, most_s: float) -> None:
    with receiving() as receiver:
        receiver.answers = [(503, {"Retry-After": value} if value.isascii() else {})]
        hook = WebhookSink("hook", WebhookOptions(receiver.url), clock=lambda: NOON)
        with pytest.raises(SinkUnavailable) as later:
            hook.deliver(make_delivery())
        hook.close()
    assert least_s <= later.value.retry_after_s <= most_s


def test_connections_are_kept() -> None:
    with receiving() as receiver:
        receiver.answers = [(200, {}), (500, {}), (404, {}), (200, {})]
        hook = sink(receiver.url)
        for _ in range(4):
            with suppress(SinkUnavailable, PayloadRejected):
                hook.deliver(make_delivery())
        hook.close()
    assert len(receiver.posts) == 4
    assert len(receiver.connections) == 1


def test_no_cookies_are_kept() -> None:
    with receiving() as receiver:
        receiver.answers = [(200, {"Set-Cookie": "who=facewarden; Path=/"})]
        hook = sink(receiver.url)
        for _ in range(2):
            hook.deliver(make_delivery())
        hook.close()
    assert ["Cookie" in headers for headers, _ in receiver.posts] == [False, False]


def test_nobody_there() -> None:
    hook = sink(f"http://127.0.0.1:{free_port()}/token-in-path")
    started = time.monotonic()
    with pytest.raises(SinkUnavailable) as problem:
        hook.deliver(make_delivery())
    hook.close()
    assert time.monotonic() - started < 5
    assert "token" not in str(problem.value)


def test_no_answer_in_time() -> None:
    with receiving() as receiver:
        receiver.before_answer = lambda: time.sleep(0.5)
        hook = sink(receiver.url, timeout_s=0.1)
        with pytest.raises(SinkUnavailable, match="in time"):
            hook.deliver(make_delivery())
        hook.close()


def test_secrets_are_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving() as receiver:
        receiver.answers = [(500, {}), (404, {}), (200, {})]
        options = WebhookOptions(receiver.url, SECRET, {"Authorization": "Bearer b-token"})
        hook = WebhookSink("hook", options)
        seen = [repr(options), repr(hook)]
        for _ in range(3):
            try:
                hook.deliver(make_delivery())
            except (SinkUnavailable, PayloadRejected) as problem:
                seen.append(str(problem))
        hook.close()
    for text in [*seen, caplog.text]:
        assert SECRET not in text
        assert "hush" not in text
        assert "b-token" not in text


def test_a_key_beyond_ascii_is_escaped() -> None:
    with receiving() as receiver:
        hook = sink(receiver.url)
        hook.deliver(make_delivery(sink="büro\r\nX-Evil: 1"))
        hook.close()
    headers, _ = receiver.posts[0]
    assert "X-Evil" not in headers
    assert headers["Idempotency-Key"].endswith("b%C3%BCro%0D%0AX-Evil:%201")


def test_https_is_verified(tmp_path: Path) -> None:
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*ours.issue("127.0.0.1"))
    with receiving(server) as receiver:
        url = receiver.url.replace("http:", "https:")
        for ca_file in (None, other.file):
            hook = sink(url, ca_file=ca_file)
            with pytest.raises(SinkUnavailable, match="certificate"):
                hook.deliver(make_delivery())
            hook.close()
        assert receiver.posts == []
        hook = sink(url, ca_file=ours.file)
        hook.deliver(make_delivery())
        hook.close()
        assert len(receiver.posts) == 1


@pytest.mark.parametrize("url", ["ftp://x/hush", "hush", "http://", "http://[::1/hush", ""])
def test_what_is_no_web_address(url: str) -> None:
    with pytest.raises(ConfigError) as problem:
        sink(url)
    assert "hush" not in str(problem.value)


def test_a_name_with_every_trick_in_it_arrives() -> None:
    name = 'Zoë "\\\u202e\x1b[31m\r\n</script> 李\ud800'
    with receiving() as receiver:
        hook = sink(receiver.url)
        hook.deliver(make_delivery(make_alert(subject_name=name)))
        hook.close()
    assert json.loads(receiver.posts[0][1])["subject"]["name"] == name.replace("\ud800", "?")
