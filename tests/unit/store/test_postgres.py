"""What only a database server does: go away, come back, refuse, be shared by machines."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import make_url, text

from facewarden.access.principal import Role, Scope
from facewarden.data import SubjectDetails
from facewarden.errors import (
    DataError,
    FacewardenError,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from facewarden.pipeline.recorder import Recorder
from facewarden.store.address import holds_store, parsed
from facewarden.store.claim import Claim
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from facewarden.store.people_tables import account
from facewarden.store.postgres import place_of
from facewarden.store.postgres_faults import translated
from facewarden.store.retention import RetentionPolicy
from postgres_server import PASSWORD, PostgresServer
from unit.store.making import DAY, NOW, a_reference, a_sighting, an_alert


@pytest.fixture
def address(postgres: PostgresServer, empty_store: str) -> Iterator[str]:
    name = postgres.database(empty_store)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def server(address: str, key: TemplateKey) -> Iterator[Store]:
    with open_store(address, key, actor="tester", clock=lambda: NOW, busy_s=5) as opened:
        opened.watchlists.ensure("missing")
        yield opened


def test_a_new_database_becomes_a_store_when_asked(
    postgres: PostgresServer, key: TemplateKey
) -> None:
    url = postgres.url(postgres.database())
    assert not holds_store(url)
    with pytest.raises(StoreError, match="there is no store at postgresql://"):
        open_store(url, key, create=False)
    assert not holds_store(url)
    open_store(url, key).close()
    assert holds_store(url)
    with open_store(url.replace("+psycopg", ""), key, create=False) as store:
        assert store.watchlists.all() == []
    postgres.drop(parsed(url).database or "")


def test_a_database_of_something_else_is_left_alone(
    postgres: PostgresServer, key: TemplateKey
) -> None:
    name = postgres.database()
    with psycopg.connect(postgres.url(name, driver="")) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="not a store of facewarden"):
        open_store(postgres.url(name), key)
    postgres.drop(name)


def test_commits_are_on_the_disk_and_reads_see_one_moment(server: Store) -> None:
    counted = text("SELECT count(*) FROM subject")
    with server._database.read() as connection:
        settings = {
            name: connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("synchronous_commit", "transaction_isolation", "transaction_read_only")
        }
        before = connection.execute(counted).scalar_one()
        server.watchlists.add_subject(SubjectDetails("A"), "missing")
        assert connection.execute(counted).scalar_one() == before == 0
    assert settings == {
        "synchronous_commit": "on",
        "transaction_isolation": "repeatable read",
        "transaction_read_only": "on",
    }


def test_nothing_in_clear_in_the_servers_files(server: Store, postgres: PostgresServer) -> None:
    # Words of this test alone: others leave stores of the days before sealing on this server.
    name, case = "Anselm Quittenbaum", "CASE-9038"
    one = server.watchlists.add_subject(SubjectDetails(name, case, notes="hums waltzes"), "missing")
    server.watchlists.add_references(one, [a_reference(77031)])
    alert = an_alert(1, subject_id=one, subject_name=name, external_reference=case)
    server.alerts.record(alert, ["desk"])
    with server._database.write() as connection:
        connection.execute(text("SELECT 1"))
    with psycopg.connect(postgres.url("postgres", driver=""), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    raw = [file.read_bytes() for file in (postgres.folder / "data").rglob("*") if file.is_file()]
    assert sum(map(len, raw)) > 1_000_000
    for word in (b"Quittenbaum", b"CASE-9038", b"hums waltz", b"photograph-77031"):
        assert not any(word in one for one in raw), word


def test_a_removed_subject_leaves_the_tables(server: Store, postgres: PostgresServer) -> None:
    gone = server.watchlists.add_subject(SubjectDetails("A"), "missing")
    server.watchlists.add_references(gone, [a_reference(1)])
    with server._database.read() as connection:
        sealed = bytes(connection.execute(text("SELECT sealed FROM template")).scalar_one())
    server.watchlists.remove_subject(gone)
    with psycopg.connect(postgres.url("postgres", driver=""), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    base = postgres.folder / "data/base"
    left = [file for file in base.rglob("*") if file.is_file() and sealed in file.read_bytes()]
    assert left == []
    keep = RetentionPolicy(DAY, DAY, DAY, DAY, DAY, DAY, timedelta())
    assert server.purge(keep, NOW)["subjects"] == 0


def test_a_writer_that_waits_too_long_is_told(address: str, server: Store) -> None:
    key = TemplateKey(bytes(range(32)))
    with open_store(address, key, busy_s=0.2) as other, server._database.write():
        assert other.watchlists.all()  # readers do not wait
        with pytest.raises(StoreBusy, match="another process has held") as caught:
            other.watchlists.ensure("vip")
    assert not isinstance(caught.value, StoreUnreachable)
    server.watchlists.ensure("vip")


def test_one_claim_at_a_time_and_none_of_the_dead(address: str, server: Store) -> None:
    script = """
import sys
from facewarden.store.address import parsed
from facewarden.store.claim import Claim
from facewarden.store.database import Database
claim = Claim(Database(parsed(sys.argv[1]), busy_s=5), "watch")
print("held", flush=True)
sys.stdin.readline()
"""
    child = subprocess.Popen(
        [sys.executable, "-c", script, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    database = server._database
    with pytest.raises(StoreBusy, match="another process does this for the store: watch"):
        Claim(database, "watch")
    server.claim("deliver").release()
    child.kill()
    child.communicate()
    deadline = time.monotonic() + 10
    while True:
        try:
            claim = Claim(database, "watch")
            break
        except StoreBusy:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    with claim, pytest.raises(StoreBusy):
        Claim(database, "watch")
    for _ in range(200):  # what was given back is free at once, not when its session has ended
        Claim(database, "watch").release()


@pytest.mark.usefixtures("sqlite_only")
def test_a_file_has_no_claims(store: Store) -> None:
    with store.claim("watch"), store.claim("watch"):
        pass


def test_records_wait_for_a_server_that_was_killed(
    postgres: PostgresServer, server: Store, caplog: pytest.LogCaptureFixture
) -> None:
    server.alerts.record(an_alert(1), ["desk"])
    written = threading.Event()
    claim = Claim(server._database, "watch")
    recorder = Recorder(
        server.alerts,
        server.sightings,
        server.activity,
        sinks_of=lambda _: ["desk"],
        recorded=lambda _: written.set(),
        retry_s=0.05,
    )
    recorder.start()
    postgres.kill()
    try:
        started = time.monotonic()
        with pytest.raises(StoreUnreachable) as caught:
            server.alerts.find()
        assert time.monotonic() - started < 5
        assert "\n" not in str(caught.value)
        with caplog.at_level(logging.ERROR):
            recorder.alert(an_alert(2))
            recorder.sighting(a_sighting())
            assert not written.wait(0.3)
        assert caplog.text.count("kept in memory, trying again") == 1
    finally:
        postgres.start()
    assert recorder.flush(20)
    recorder.stop(5)
    assert recorder.lost == 0
    assert server.alerts.count() == 2
    assert server.alerts.backlog("desk") == 2
    assert server.audit.verify() is None
    assert len(server.sightings.find()) == 1
    claim.release()  # its connection is gone, and with it the claim
    server.claim("watch").release()
    assert PASSWORD not in caplog.text


ADDRESSES: dict[str, tuple[Callable[[PostgresServer], str], str]] = {
    "wrong password": (lambda s: s.url("postgres", password="hunter2"), "password authentication"),
    "no such database": (lambda s: s.url("nowhere"), "nowhere"),
    "nobody there": (lambda _: "postgresql://u:hunter2@127.0.0.1:1/d", "refused"),
    "no such option": (lambda s: s.url("postgres") + "&colour=hunter2", "colour"),
    "no TLS there": (
        lambda _: "postgresql://u:hunter2@127.0.0.1:1/d?sslmode=verify-full&password=hunter2",
        "127.0.0.1",
    ),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_what_cannot_be_reached_is_told_in_a_line_without_a_password(
    postgres: PostgresServer, key: TemplateKey, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    make, words = ADDRESSES[name]
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError) as caught:
        open_store(make(postgres), key)
    told = str(caught.value)
    assert words in told
    assert "\n" not in told
    for secret in ("hunter2", PASSWORD):
        assert secret not in told + caplog.text


def test_a_place_never_shows_credentials() -> None:
    url = make_url("postgresql://u:secret@h:5433/d?password=secret&sslmode=require")
    assert place_of(url) == "postgresql://h:5433/d"
    assert place_of(make_url("postgresql://u:secret@/d?host=/run/postgresql")) == (
        "postgresql:///run/postgresql/d"
    )


class Complaint(psycopg.Error):
    def __init__(self, code: str) -> None:
        super().__init__("first line\nDETAIL: Key (name)=(Anna) exists")
        self.sqlstate = code


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("53100", StoreFull),
        ("53300", StoreUnreachable),
        ("55P03", StoreBusy),
        ("40001", StoreBusy),
        ("40P01", StoreBusy),
        ("57P01", StoreUnreachable),
        ("57P03", StoreUnreachable),
        ("08006", StoreUnreachable),
        ("28P01", StoreUnreachable),
        ("25006", StoreError),
        ("42501", StoreError),
        ("22003", DataError),
        ("99999", StoreError),
    ],
)
def test_codes_of_the_server(code: str, kind: type[FacewardenError]) -> None:
    found = translated(Complaint(code), "postgresql://h/d")
    assert type(found) is kind
    assert "Anna" not in str(found)
    assert isinstance(found, DataError) or "postgresql://h/d" in str(found)


def test_values_of_a_refused_row_are_not_told(server: Store) -> None:
    login = "a-login-that-nobody-must-read"
    server.people.create(login, Role.VIEWER, Scope(), actor="tester")
    columns = ", ".join(one.name for one in account.c if not one.primary_key)
    again = f"INSERT INTO account ({columns}) SELECT {columns} FROM account"

    def insert_again() -> None:
        with server._database.write() as connection:
            connection.execute(text(again))

    with pytest.raises(DataError, match="unique constraint") as caught:
        insert_again()
    assert login not in str(caught.value)
