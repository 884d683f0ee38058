import ast
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

import facewarden.client
from facewarden.access.principal import Role, Scope
from facewarden.api.alerts import NewVerdict, State
from facewarden.api.subjects import Details, NewSubject, SubjectChange
from facewarden.api.watchlists import NewWatchlist
from facewarden.client.client import Client
from facewarden.client.errors import (
    Absent,
    Changed,
    InTheWay,
    NotAllowed,
    NotSignedIn,
    Unreachable,
    Wrong,
)
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.data import Presentation, PresentationVerdict, SubjectDetails
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from factories import alert
from loopback import served
from unit.server.conftest import key_of
from unit.store.making import a_look

PEOPLE = ("/api/v1/session", "/api/v1/oidc", "/api/v1/first-start", "/api/v1/users/me")
"""What is for people at a browser only: a key cannot sign in."""
OTHERS = ("/metrics", "/api/v1/cameras/{camera_id}/live")
"""For Prometheus, and for the dashboard's pictures."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("client") / "store.sqlite"
    with open_store(sqlite_url(path), TemplateKey(bytes(32))) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(store: Store, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("client-settings")
    return create_app(Context(Settings(store=StoreSettings(data_dir=folder)), store))


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture(scope="module")
def server(store: Store, address: str) -> Iterator[Client]:
    with Client(address, key_of(store, "root", Role.ADMINISTRATOR).written()) as client:
        yield client


def spoken() -> Iterator[tuple[str, str]]:
    """Yield method and path of every request that the client's code can make."""
    for file in Path(facewarden.client.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                texts = [word for word in words if isinstance(word, str)]
                match texts:
                    case [method, path, *_] if path.startswith("/"):
                        yield method.lower(), path
                    case [path, *_] if path.startswith("/api/"):
                        yield "get", path


def test_every_route_has_a_method(app: FastAPI) -> None:
    there = {
        (method, path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if not path.startswith(PEOPLE + OTHERS)
    }
    assert there == set(spoken())


def test_subjects_from_writing_down_to_removal(server: Client) -> None:
    server.watchlists.create_watchlist(NewWatchlist(name="missing"))
    with pytest.raises(InTheWay):
        server.watchlists.create_watchlist(NewWatchlist(name="missing"))
    made = server.subjects.create_subject(
        NewSubject(details=Details(name="Ann"), watchlist="missing")
    )
    number = made.value.subject_id
    seen = server.subjects.get_subject(number)
    assert seen == made
    changed = server.subjects.change_subject(number, SubjectChange(notes="tall"), seen.etag)
    assert (changed.value.details.name, changed.value.details.notes) == ("Ann", "tall")
    with pytest.raises(Changed):
        server.subjects.change_subject(number, SubjectChange(notes="small"), seen.etag)
    assert [one.subject_id for one in server.subjects.list_subjects(q="ann")] == [number]
    server.subjects.remove_subject(number, changed.etag)
    with pytest.raises(Absent):
        server.subjects.get_subject(number)


def test_lists_go_on_over_pages(server: Client, store: Store) -> None:
    store.watchlists.ensure("long")
    for number in range(120):
        store.watchlists.add_subject(SubjectDetails(f"Person {number}"), "long")
    names = [one.details.name for one in server.subjects.list_subjects(watchlist="long")]
    assert names == [f"Person {number}" for number in range(120)]


def raised(store: Store, number: int) -> str:
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Ben"), "missing")
    one = replace(alert(number), subject_id=subject_id)
    store.alerts.record(one, [])
    return one.alert_id


def test_alerts_and_verdicts(server: Client, store: Store) -> None:
    alert_id = raised(store, 1)
    found = next(server.alerts.list_alerts(state=State.UNREVIEWED))
    assert found.alert_id == alert_id
    done = server.alerts.review_alert(alert_id, NewVerdict(state=State.CONFIRMED))
    assert done.alert.state is State.CONFIRMED
    assert server.alerts.get_alert(alert_id).verdicts[0].reviewer == "root"
    with pytest.raises(Wrong, match="reason"):
        server.alerts.review_alert(alert_id, NewVerdict(state=State.REJECTED))
    with pytest.raises(Absent):
        server.alerts.get_snapshot(alert_id)


def test_events_follow_without_a_gap(server: Client, store: Store) -> None:
    first = raised(store, 2)
    stream = server.events.follow_events(after="0")
    assert next(one.alert.alert_id for one in stream if one.alert) is not None
    timer = threading.Timer(0.3, raised, (store, 3))
    timer.start()
    seen = (one.alert.alert_id for one in stream if one.alert)
    assert next(one for one in seen if one not in {first, f"{1:032x}"}) == f"{3:032x}"
    timer.join()


def test_looks_of_an_alert(server: Client, store: Store) -> None:
    alert_id = raised(store, 5)
    store.alerts.keep_looks(alert_id, [a_look(2), a_look(1)])
    best, other = server.alerts.get_looks(alert_id).looks
    assert (best.number, other.number) == (1, 2)
    assert best.jpeg == a_look(1).picture.jpeg
    assert server.alerts.get_alert(alert_id).pictured == (1, 2)


def test_alerts_that_are_held(server: Client, store: Store) -> None:
    attack = Presentation(PresentationVerdict.ATTACK, 0.1)
    one = replace(alert(6), presentation=attack, held=True)
    store.alerts.record(one, [], strip=a_look(1).picture)
    assert [found.alert_id for found in server.alerts.list_alerts(held=True)] == [one.alert_id]
    assert one.alert_id not in {found.alert_id for found in server.alerts.list_alerts(held=False)}
    assert server.alerts.get_alert(one.alert_id).presentation_picture
    assert server.alerts.get_presentation_picture(one.alert_id) == a_look(1).picture.jpeg


def test_reports_and_looks(server: Client) -> None:
    until = datetime.now(UTC)
    assert server.reports.get_watch_report(until=until)["total"]["alerts"] >= 0
    assert server.reports.get_watch_report_page().startswith(b"<!")
    assert server.status.get_status().jobs_running == 0
    assert server.health.ready().store
    assert list(server.audit.list_events())
    assert server.jobs.list_jobs() == []


def test_errors_say_what_to_do(store: Store, address: str) -> None:
    with Client(address, "fw_wrong") as nobody, pytest.raises(NotSignedIn):
        nobody.status.get_status()
    key = key_of(store, "viewer", Role.VIEWER, Scope()).written()
    with Client(address, key) as viewer, pytest.raises(NotAllowed, match="right"):
        viewer.subjects.create_subject(NewSubject(details=Details(name="Ann"), watchlist="missing"))
    with Client("http://127.0.0.1:9", "fw_x") as lost, pytest.raises(Unreachable):
        lost.status.get_status()


def test_a_page_of_somebody_else_is_not_taken_for_ours() -> None:
    app = FastAPI()

    @app.get("/api/v1/status")
    def teapot() -> None:
        from fastapi import HTTPException

        raise HTTPException(418, "<html>")

    with served(app) as url, Client(url, "fw_x") as client:
        with pytest.raises(Exception, match="418") as caught:
            client.status.get_status()
        assert "address" in str(caught.value)
