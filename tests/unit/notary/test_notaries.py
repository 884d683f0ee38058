import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from facewarden.config.audit import AuditSettings
from facewarden.errors import DataError, PayloadRejected, SinkUnavailable
from facewarden.govern.chain import Noted
from facewarden.notary.file_notary import FileNotary
from facewarden.notary.from_settings import notaries_from
from facewarden.notary.head_note import read, written
from facewarden.notary.http_notary import HttpNotary
from facewarden.notary.mqtt_notary import MqttNotary
from facewarden.notary.noting import Noting
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from unit.alert.broker import Broker, free_port, listening
from unit.store.making import HOUR, NOW

HEAD = Noted(7, "ab" * 32)
NOTE = written(HEAD, NOW)


@contextmanager
def service(status: int, answer: bytes) -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    """Serve one answer on loopback; yield the address and what was posted, with its token."""
    posted: list[tuple[bytes, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((body, self.headers.get("Authorization", "")))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/notes?token=secret", posted
        server.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    key = TemplateKey(bytes(range(32)))
    with open_store(sqlite_url(tmp_path / "s.sqlite"), key, clock=lambda: NOW) as opened:
        opened.watchlists.ensure("missing")
        yield opened


def test_a_file_grows_by_a_line_and_is_read_back(tmp_path: Path) -> None:
    notary = FileNotary(tmp_path / "notes")
    assert notary.note(NOTE) == "byte 0"
    assert notary.note(written(Noted(8, "cd" * 32), NOW)) == f"byte {len(NOTE) + 1}"
    assert list(read((tmp_path / "notes").read_text())) == [HEAD, Noted(8, "cd" * 32)]
    assert (tmp_path / "notes").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "absent" / "notes", tmp_path / "link", tmp_path):
        with pytest.raises(SinkUnavailable, match="cannot be written"):
            FileNotary(path).note(NOTE)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[1]",
        '{"format": "facewarden audit head 1", "position": 1}',
        '{"format": "facewarden audit head 1", "position": true, "hash": "%s"}' % ("a" * 64),
        '{"format": "facewarden audit head 1", "position": 1, "hash": "%s"}' % ("G" * 64),
        '{"format": "another", "position": 1, "hash": "%s"}' % ("a" * 64),
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="line 1 is no note"):
        list(read(text))


def test_a_service_is_posted_to_and_its_answer_is_the_receipt() -> None:
    with service(201, b"receipt 17\n\x1b[31m") as (url, posted):
        notary = HttpNotary(url, token="t")
        receipt = notary.note(NOTE)
        assert "secret" not in notary.target
    assert receipt == "201 receipt 17 \\x1b[31m"
    assert posted == [(NOTE, "Bearer t")]


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, PayloadRejected), (503, SinkUnavailable), (302, SinkUnavailable)],
)
def test_a_service_that_refuses(status: int, error: type[Exception]) -> None:
    with service(status, b"") as (url, posted), pytest.raises(error) as caught:
        HttpNotary(url).note(NOTE)
    assert "secret" not in str(caught.value)
    assert len(posted) == 1


def test_nobody_there() -> None:
    with pytest.raises(SinkUnavailable):
        HttpNotary(f"http://127.0.0.1:{free_port()}/").note(NOTE)


def test_a_broker_acknowledges_and_keeps_the_newest(mosquitto: str, tmp_path: Path) -> None:
    with Broker(mosquitto, tmp_path) as broker:
        notary = MqttNotary("127.0.0.1", broker.port, topic_prefix="fw", client_id="audit")
        assert notary.note(NOTE) == "acknowledged"
        with listening(broker.port) as heard:
            (message,) = heard.wait(1, "fw/audit/head")
        assert message.payload == NOTE
        assert message.retain


def test_once_in_a_period_everywhere_and_one_failure_is_alone(store: Store, tmp_path: Path) -> None:
    settings = AuditSettings.model_validate(
        {
            "noted_at": [
                {"type": "http", "url": f"http://127.0.0.1:{free_port()}/"},
                {"type": "file", "path": str(tmp_path / "notes")},
            ],
            "every_hours": 1,
        }
    )
    noting = Noting(store, notaries_from(settings), settings.every)
    failed, done = noting.where_due(NOW)
    assert (failed.receipt, bool(failed.problem)) == ("", True)
    assert (done.receipt, done.problem) == ("byte 0", "")
    assert [one.method for one in noting.where_due(NOW + HOUR / 2)] == ["http"]
    assert [one.method for one in noting.where_due(NOW + HOUR)] == ["http", "file"]
    back = noting.where_due(NOW - timedelta(days=9))
    assert [one.method for one in back] == ["http", "file"]
    notes = list(read((tmp_path / "notes").read_text()))
    assert len(notes) == 3
    assert store.audit.check(notes).fault is None
    assert [one.noted for one in store.proof.receipts()] == notes[::-1]
    assert set(store.proof.noted()) == set(notes)
