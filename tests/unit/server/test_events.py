import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from websockets.sync.client import connect

from facewarden.access.principal import Role, Scope
from facewarden.api.events import CameraEvent
from facewarden.data import SubjectDetails
from facewarden.server import feed as feeding
from facewarden.server.context import Context
from facewarden.server.routes import events
from facewarden.store.open import Store
from factories import alert
from unit.server.conftest import Login, key_of


@pytest.fixture
def subject_id(store: Store) -> int:
    store.watchlists.ensure("missing")
    return store.watchlists.add_subject(SubjectDetails("Ann"), "missing")


class Raiser:
    def __init__(self, store: Store, subject_id: int) -> None:
        self._store, self._subject = store, subject_id

    def __call__(self, number: int, watchlist: str = "missing", revision: int = 1) -> None:
        now = datetime.now(UTC)
        self._store.alerts.record(
            replace(
                alert(number, revision=revision),
                subject_id=self._subject,
                watchlist=watchlist,
                seen_at=now,
                last_seen_at=now,
                received_at=now,
                decided_at=now,
            ),
            [],
        )


@pytest.fixture
def raises(store: Store, subject_id: int) -> Raiser:
    return Raiser(store, subject_id)


def messages(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Part a stream of server-sent events into fields; comments and retry are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                yield fields
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


def numbers(found: list[dict[str, str]]) -> list[int]:
    return [int(json.loads(one["data"])["alert"]["alert_id"], 16) for one in found]


def take(client: httpx.Client, count: int, **headers: str) -> list[dict[str, str]]:
    with client.stream("GET", "/api/v1/events", headers=headers) as answer:
        assert answer.status_code == 200
        stream = messages(answer.iter_lines())
        return [next(stream) for _ in range(count)]


def test_a_client_that_comes_back_misses_nothing(login: Login, raises: Raiser) -> None:
    operator = login(Role.OPERATOR)
    raises(1)
    first = take(operator, 1, **{"Last-Event-ID": "0"})
    assert numbers(first) == [1]
    raises(2)
    raises(3)
    again = take(operator, 2, **{"Last-Event-ID": first[0]["id"]})
    assert numbers(again) == [2, 3]


def test_what_comes_while_one_follows(login: Login, raises: Raiser, context: Context) -> None:
    operator = login(Role.OPERATOR)
    with operator.stream("GET", "/api/v1/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = messages(answer.iter_lines())
        while not context.feed.streams:
            pass
        timer = threading.Timer(0.3, raises, (1,))
        timer.start()
        began = datetime.now(UTC)
        found = [next(stream)]
        assert numbers(found) == [1]
        assert (datetime.now(UTC) - began).total_seconds() < 5
        raises(1, revision=2)
        assert json.loads(next(stream)["data"])["alert"]["revision"] == 2
        timer.join()


def test_only_what_exists_for_them(login: Login, raises: Raiser) -> None:
    limited = login(Role.OPERATOR, Scope(watchlists=frozenset({"missing"})))
    raises(1, "barred")
    raises(2)
    raises(3, "barred")
    raises(4)
    assert numbers(take(limited, 2, **{"Last-Event-ID": "0"})) == [2, 4]


def test_a_change_that_never_was_means_reload(login: Login, raises: Raiser) -> None:
    raises(1)
    (message,) = take(login(Role.OPERATOR), 1, **{"Last-Event-ID": "999999"})
    assert message["event"] == "reload"


def test_too_much_was_missed(login: Login, raises: Raiser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "BATCH", 2)
    for number in range(1, 5):
        raises(number)
    (message,) = take(login(Role.OPERATOR), 1, **{"Last-Event-ID": "0"})
    assert message["event"] == "reload"


def test_a_slow_client_is_dropped_and_told(
    login: Login, raises: Raiser, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "QUEUE", 0)
    operator = login(Role.OPERATOR)
    with operator.stream("GET", "/api/v1/events") as answer:
        stream = messages(answer.iter_lines())
        while not context.feed.streams:
            pass
        threading.Timer(0.3, raises, (1,)).start()
        assert next(stream)["event"] == "reload"
        assert next(stream, None) is None


def test_a_camera_goes_down(login: Login, store: Store, context: Context) -> None:
    operator = login(Role.OPERATOR)
    with operator.stream("GET", "/api/v1/events") as answer:
        stream = messages(answer.iter_lines())
        while not context.feed.streams:
            pass
        event = CameraEvent(deployment_id=1, camera_id="gate", state="down", problem="no answer")
        context.feed.happened(event)
        message = next(stream)
        assert message["event"] == "camera"
        assert json.loads(message["data"])["camera"]["problem"] == "no answer"


def test_a_stream_ends_by_itself(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LASTS_S", 0.2)
    answer = login(Role.OPERATOR).get("/api/v1/events")
    assert "retry: " in answer.text


def test_the_websocket_says_the_same(
    address: str, store: Store, raises: Raiser, context: Context
) -> None:
    raises(1)
    key = key_of(store, "socket", Role.OPERATOR)
    where = address.replace("http", "ws") + "/api/v1/events/ws?after=0"
    headers = {"Authorization": f"Bearer {key.written()}"}
    with connect(where, additional_headers=headers) as socket:
        assert json.loads(socket.recv(5))["alert"]["alert_id"] == f"{1:032x}"
        raises(2)
        assert json.loads(socket.recv(5))["alert"]["alert_id"] == f"{2:032x}"
    deadline = datetime.now(UTC).timestamp() + 5
    while context.feed.streams and datetime.now(UTC).timestamp() < deadline:
        pass
    assert context.feed.streams == 0


def test_nobody_follows_without_a_credential(client: httpx.Client, login: Login) -> None:
    assert client.get("/api/v1/events").status_code == 401
    assert login(Role.AUDITOR).get("/api/v1/events").status_code == 403
