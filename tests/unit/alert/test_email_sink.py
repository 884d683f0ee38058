import logging
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.alert.email_sink import EmailOptions, EmailSink
from facewarden.data import Presentation, PresentationVerdict
from facewarden.errors import ConfigError, PayloadRejected, SinkUnavailable
from unit.alert.broker import free_port
from unit.alert.certificates import Authority
from unit.alert.mailbox import mailbox
from unit.alert.samples import make_alert, make_delivery

ANN, BEN = "ann@example.org", "ben@example.org"

HEADERS = {
    *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"),
    *("MIME-Version", "Content-Type"),
}


def sink(port: int, **changes: object) -> EmailSink:
    options = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "warden@example.org",
        "recipients": (ANN, BEN),
        "security": "none",
        "timeout_s": 5.0,
        **changes,
    }
    return EmailSink("mail", EmailOptions(**options))  # type: ignore[arg-type]


def test_a_mail_shows_the_facts_and_the_picture() -> None:
    delivery = make_delivery()
    assert delivery.alert.snapshot
    with mailbox() as box:
        sink(box.port).deliver(delivery)
    ((recipients, mail),) = box.mails
    assert recipients == [ANN, BEN]
    assert mail["To"] == f"{ANN}, {BEN}"
    assert mail["From"] == "warden@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert page
    for text in (plain.get_content(), page.get_content()):
        assert "Ada Example" in text
        assert "0.623, needed 0.410" in text
        assert "not an identification" in text
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/jpeg"]
    assert picture.get_content() == delivery.alert.snapshot.jpeg
    assert picture["Content-ID"] == "<candidate>"
    assert picture.get_content_disposition() == "inline"
    assert "cid:candidate" in page.get_content()


def test_the_subject_line_names_the_place_and_not_the_person() -> None:
    with mailbox() as box:
        sink(box.port).deliver(make_delivery(make_alert(revision=2)))
    subject = box.mails[0][1]["Subject"]
    assert subject == "Candidate for review at Entrance (Hall 2), revision 2"


def test_the_subject_line_says_that_it_may_be_a_picture() -> None:
    said = Presentation(PresentationVerdict.ATTACK, 0.12, 0.5, 0.2, 0.05, 5, ("a-model",))
    with mailbox() as box:
        sink(box.port).deliver(make_delivery(make_alert(presentation=said)))
    assert box.mails[0][1]["Subject"] == (
        "Candidate for review at Entrance (Hall 2), may be a photograph or a screen: live 0.12"
    )


@pytest.mark.parametrize("wanted", [True, False])
def test_without_a_picture(wanted: bool) -> None:
    delivery = make_delivery(make_alert(snapshot=None)) if wanted else make_delivery()
    with mailbox() as box:
        sink(box.port, include_snapshot=wanted).deliver(delivery)
    assert {part.get_content_maintype() for part in box.mails[0][1].walk()} == {
        "multipart",
        "text",
    }


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: eve@example.org",
        "=?utf-8?q?a=0D=0ABcc:_eve@example.org?=",
        "a\n\nbody",
        "x" * 2000,
        "Zoë 李",
        "\ud800",
        "<b>&",
        "a\x00b",
    ],
    ids=["header", "encoded", "body", "long", "unicode", "surrogate", "markup", "nul"],
)
def test_names_cannot_add_headers_or_markup(name: str) -> None:
    alert = make_alert(camera_name=name, camera_location=name, subject_name=name)
    with mailbox() as box:
        sink(box.port).deliver(make_delivery(alert))
    ((recipients, mail),) = box.mails
    assert recipients == [ANN, BEN]
    assert mail["Bcc"] is None
    assert mail["Subject"].strip().startswith("Candidate for review at ")
    assert set(mail.keys()) == HEADERS
    page = mail.get_body(("html",))
    assert page
    assert "<b>" not in page.get_content()


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d", "no-at", "a b@c", "a@b\x00", ""])
@pytest.mark.parametrize("field", ["sender", "recipients"])
def test_addresses_cannot_add_headers(address: str, field: str) -> None:
    with pytest.raises(ConfigError, match="mail address"):
        sink(25, **{field: address if field == "sender" else (ANN, address)})


def test_every_attempt_has_one_message_id() -> None:
    delivery, other = make_delivery(), make_delivery()
    with mailbox() as box:
        for one in (delivery, delivery, other):
            sink(box.port).deliver(one)
    first, second, third = (mail["Message-ID"] for _, mail in box.mails)
    assert first == second != third


@pytest.mark.parametrize(
    ("recipients", "data", "problem"),
    [
        ({ANN: ["450 later"], BEN: ["450 later"]}, [], SinkUnavailable),
        ({ANN: ["550 unknown"], BEN: ["550 unknown"]}, [], PayloadRejected),
        ({ANN: ["550 unknown"]}, [], PayloadRejected),
        ({ANN: ["550 unknown"], BEN: ["450 later"]}, [], SinkUnavailable),
        ({}, ["451 later"], SinkUnavailable),
        ({}, ["552 too large"], PayloadRejected),
        ({}, ["554 spam"], PayloadRejected),
    ],
    ids=["all later", "all no", "one no", "one no, one later", "data later", "size", "content"],
)
def test_refusals(
    recipients: dict[str, list[str]], data: list[str], problem: type[Exception]
) -> None:
    with mailbox() as box:
        box.recipient_answers, box.data_answers = recipients, data
        mail = sink(box.port)
        with pytest.raises(problem):
            mail.deliver(make_delivery())


def test_who_has_the_mail_does_not_get_it_again() -> None:
    delivery = make_delivery()
    with mailbox() as box:
        box.recipient_answers = {BEN: ["450 greylisted"]}
        mail = sink(box.port)
        with pytest.raises(PayloadRejected, match="450") as problem:  # only this mail waits
            mail.deliver(delivery)
        assert problem.value.reached == {ANN}
        # What is known is the delivery's: another process knows it, too.
        sink(box.port).deliver(replace(delivery, reached=problem.value.reached))
        assert [to for to, _ in box.mails] == [[ANN], [BEN]]
        mail.deliver(make_delivery())
        assert box.mails[-1][0] == [ANN, BEN]


def test_a_server_that_leaves_between_recipients_has_reached_nobody() -> None:
    delivery = make_delivery()
    with mailbox() as box:
        box.recipient_answers = {BEN: ["421 closing"]}
        mail = sink(box.port)
        with pytest.raises(SinkUnavailable, match="421"):
            mail.deliver(delivery)
        mail.deliver(delivery)
        assert [to for to, _ in box.mails] == [[ANN, BEN]]


def test_a_server_may_take_its_time_over_the_content() -> None:
    with mailbox() as box:
        box.scan_s = 1.5
        sink(box.port, timeout_s=0.5).deliver(make_delivery())
        assert len(box.mails) == 1


def test_lines_that_begin_with_a_dot_arrive() -> None:
    name = "." + "x y " * 40 + "\r\n.\r\nQUIT"
    with mailbox() as box:
        sink(box.port).deliver(make_delivery(make_alert(subject_name=name)))
    plain = box.mails[0][1].get_body(("plain",))
    assert plain
    assert "Subject: .x y" in plain.get_content().replace("\n", " ")


def test_nobody_there() -> None:
    with pytest.raises(SinkUnavailable, match="refused"):
        sink(free_port()).deliver(make_delivery())


def test_a_server_that_hangs_up() -> None:
    def hang_up(server: socket.socket) -> None:
        connection, _ = server.accept()
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, args=(server,))
        thread.start()
        with pytest.raises(SinkUnavailable):
            sink(server.getsockname()[1]).deliver(make_delivery())
        thread.join()


@pytest.mark.parametrize("greeting", [b"220-more\r\n", b"2"], ids=["lines", "bytes"])
def test_a_reply_without_end(greeting: bytes) -> None:
    def trickle(server: socket.socket, wait_s: float) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while True:
                connection.sendall(greeting)
                time.sleep(wait_s)

    for wait_s in (0.0, 0.05):
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=trickle, args=(server, wait_s))
            thread.start()
            with pytest.raises(SinkUnavailable):
                sink(server.getsockname()[1], timeout_s=0.5).deliver(make_delivery())
            thread.join(10)
            assert not thread.is_alive()


def server_tls(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("127.0.0.1"))
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encryption_and_login(
    tmp_path: Path, security: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "facewarden")
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    with mailbox(**{security: server_tls(ours)}) as box:
        box.accounts = {"warden": "pass-word"}
        login = {"username": "warden", "password": "pass-word", "security": security}
        sink(box.port, ca_file=ours.file, **login).deliver(make_delivery())
        assert box.encrypted == [True] or security == "tls"  # there nothing else is spoken
        for ca_file in (None, other.file):
            with pytest.raises(SinkUnavailable):
                sink(box.port, ca_file=ca_file, **login).deliver(make_delivery())
        with pytest.raises(SinkUnavailable, match="535") as problem:
            sink(box.port, ca_file=ours.file, **{**login, "password": "wrong-one"}).deliver(
                make_delivery()
            )
        assert len(box.mails) == 1
    assert "wrong-one" not in str(problem.value)
    assert "pass-word" not in caplog.text
    assert "pass-word" not in repr(EmailOptions("h", 1, "a@b", (ANN,), password="pass-word"))


def test_starttls_goes_no_further_without_it() -> None:
    with mailbox() as box:
        with pytest.raises(SinkUnavailable):
            sink(box.port, security="starttls").deliver(make_delivery())
        assert box.mails == []


def test_no_password_in_the_clear() -> None:
    with pytest.raises(ConfigError, match="in the clear"):
        sink(25, username="u", password="p")


def test_an_authority_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="authority"):
        sink(25, security="tls", ca_file=tmp_path / "none.pem")


def test_a_farewell_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: smtplib.SMTP) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", fail)
    with mailbox() as box:
        sink(box.port).deliver(make_delivery())
        assert len(box.mails) == 1
