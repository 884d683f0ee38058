"""A backup: a whole store in one sealed file, made while it is used, restored anywhere."""

import base64
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, update

from facewarden.data import SubjectDetails
from facewarden.errors import FacewardenError, KeyRefused, StoreError, StoreVersion
from facewarden.store import backup as backups
from facewarden.store.backup import PASSING, back_up, open_backup, verify_backup, write_backup
from facewarden.store.backup_records import Manifest
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.restore import restore_backup
from facewarden.store.sealed_file import CHUNK, Passphrase, RecoveryKey, Secret
from facewarden.store.tables import audit, metadata
from postgres_server import PostgresServer
from unit.store.filling import contents, fill, old_store
from unit.store.making import MODEL, NOW, SECOND, an_alert

KEY = TemplateKey(bytes(range(32)))
SECRET = RecoveryKey(bytes(32))
NO_ENV: dict[str, str] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Go between all databases where both ends matter; else stay with files."""
    between = "between" in metafunc.fixturenames
    for name in ("source_url", "target_url"):
        if name in metafunc.fixturenames:
            kinds = ["sqlite", "postgresql"] if between else ["sqlite"]
            metafunc.parametrize(name, kinds, indirect=True)


@pytest.fixture
def between() -> None:
    """Say that a test is about every pair of databases."""


def _address(kind: str, path: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return sqlite_url(path)
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.database()
    request.addfinalizer(lambda: server.drop(name))
    return server.url(name)


@pytest.fixture
def source_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return _address(request.param, tmp_path / "source/store.sqlite", request)


@pytest.fixture
def target_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return _address(request.param, tmp_path / "target/store.sqlite", request)


@pytest.fixture
def store(source_url: str) -> Iterator[Store]:
    with open_store(source_url, KEY, actor="tester", clock=lambda: NOW) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The key of the store, in a file."""
    path = tmp_path / "store.key"
    path.write_bytes(base64.b64encode(bytes(range(32))))
    path.chmod(0o600)
    return path


def restored(path: Path, url: str, key_file: Path, secret: Secret = SECRET) -> None:
    with open_backup(path, secret) as backup:
        restore_backup(backup, url, key_file, env=NO_ENV)


def test_everything_comes_back(
    store: Store, target_url: str, tmp_path: Path, key_file: Path, between: None
) -> None:
    file = tmp_path / "store.backup"
    manifest = back_up(store, file, SECRET, env=NO_ENV)
    before = contents(store)
    assert all(before[table.name] for table in metadata.sorted_tables), "a table was left empty"
    assert file.stat().st_mode & 0o777 == 0o600
    assert manifest.tables["alert"] == 3
    assert before.keys() >= PASSING
    assert not PASSING & manifest.tables.keys()
    assert verify_backup(file, SECRET)[0] == manifest
    restored(file, target_url, key_file)
    with open_store(target_url, KEY, clock=lambda: NOW, create=False) as copy:
        after = contents(copy)
        assert {name for name, rows in before.items() if rows != after[name]} == PASSING
        assert not any(after[name] for name in PASSING)
        assert copy.audit.verify() is None
        assert (copy.audit.head().position, copy.audit.head().hash) == manifest.audit_head
        assert copy.audit.tail(1)[0].action == "store.backup"
        assert [one.details.name for one in copy.watchlists.subjects()] == [
            "Maximiliane Quastenflosser",
            "王小明",
        ]
        assert len(copy.watchlists.gallery(MODEL, ["missing"])) == 6
        assert copy.alerts.get(an_alert(1).alert_id).alert.subject_name
        assert [one.sink for one in copy.alerts.pending("desk", NOW + SECOND, 10)] == ["desk"] * 3
        # The id of a subject who was removed is never given again.
        assert copy.watchlists.add_subject(SubjectDetails("New"), "missing") == 5


def test_nothing_of_it_can_be_read_without_the_secret(
    store: Store, tmp_path: Path, key_file: Path
) -> None:
    file = tmp_path / "store.backup"
    back_up(store, file, SECRET, key_file=key_file, env=NO_ENV)
    raw = file.read_bytes()
    for words in (b"missing", b"rita", b"audit", b"gate", key_file.read_bytes().strip()):
        assert words not in raw


@pytest.mark.parametrize("with_key", [True, False])
def test_the_key_is_in_it_only_when_asked(
    store: Store, target_url: str, tmp_path: Path, key_file: Path, with_key: bool
) -> None:
    file, new = tmp_path / "store.backup", tmp_path / "elsewhere" / "facewarden.key"
    back_up(store, file, SECRET, key_file=key_file if with_key else None, env=NO_ENV)
    if not with_key:
        with pytest.raises(KeyRefused, match="cannot be read"):
            restored(file, target_url, new)
        assert not new.exists()
        return
    restored(file, target_url, new)
    assert new.stat().st_mode & 0o777 == 0o600
    key = TemplateKey.load(new, env=NO_ENV, create=False)
    with open_store(target_url, key, create=False) as copy:
        assert copy.watchlists.subject(1).details.name == "Maximiliane Quastenflosser"


def test_it_is_of_one_moment_while_others_write(
    store: Store, target_url: str, tmp_path: Path, key_file: Path, between: None
) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            store.alerts.record(an_alert(number, subject_id=1), ["desk"])
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifests = [back_up(store, tmp_path / str(n), SECRET, env=NO_ENV) for n in range(5)]
    finally:
        stop.set()
        writer.join()
    counts = [one.tables["alert"] for one in manifests]
    assert counts == sorted(counts)
    restored(tmp_path / "4", target_url, key_file)
    with open_store(target_url, KEY, create=False) as copy:
        deliveries = len(copy.alerts.pending("desk", NOW + SECOND, 100_000))
        assert deliveries == counts[-1]
        assert copy.audit.verify() is None


def altered(raw: bytes) -> dict[str, bytes]:
    middle = len(raw) // 2
    head = raw.index(b"}") + 2 + 32
    first, second = raw[head : head + CHUNK + 16], raw[head + CHUNK + 16 : head + 2 * (CHUNK + 16)]
    return {
        "one bit": raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :],
        "cut off": raw[:middle],
        "cut off at a chunk": raw[: head + CHUNK + 16],
        "no chunk at all": raw[:head],
        "longer": raw + b"x",
        "chunks exchanged": raw[:head] + second + first + raw[head + 2 * (CHUNK + 16) :],
        "a chunk left out": raw[:head] + second + raw[head + 2 * (CHUNK + 16) :],
        "another salt": raw.replace(b'"salt": "', b'"salt": "AAAA', 1),
        "a head without end": raw[:25] + b"{" * 3000,
        "not a backup": b"SQLite format 3\0" + raw,
        "empty": b"",
    }


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sound")
    with open_store(sqlite_url(folder / "source/store.sqlite"), KEY, clock=lambda: NOW) as opened:
        fill(opened)
        back_up(opened, folder / "store.backup", SECRET, env=NO_ENV)
    return (folder / "store.backup").read_bytes()


@pytest.mark.parametrize("how", list(altered(b"." * 25 + b"}" + b"." * 5 * CHUNK)))
def test_an_altered_file_is_refused_and_leaves_nothing(
    sound: bytes, tmp_path: Path, key_file: Path, how: str
) -> None:
    target, bad = tmp_path / "target" / "store.sqlite", tmp_path / "bad.backup"
    bad.write_bytes(altered(sound)[how])
    with pytest.raises(StoreError) as refusal:
        verify_backup(bad, SECRET)
    assert "\n" not in str(refusal.value)
    with pytest.raises(StoreError):
        restored(bad, sqlite_url(target), key_file)
    assert not target.parent.exists() or not list(target.parent.iterdir())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (RecoveryKey(b"x" * 32), "the recovery key does not open the backup"),
        (Passphrase("correct horse battery"), "sealed another way: expected a recovery key"),
    ],
)
def test_another_secret_is_refused(store: Store, tmp_path: Path, given: Secret, words: str) -> None:
    file = tmp_path / "store.backup"
    back_up(store, file, SECRET, env=NO_ENV)
    with pytest.raises(KeyRefused, match=words):
        verify_backup(file, given)


def test_a_passphrase_opens_what_it_sealed(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "store.backup"
    manifest = back_up(store, file, Passphrase("correct horse battery"), env=NO_ENV)
    assert verify_backup(file, Passphrase("correct horse battery"))[0] == manifest
    with pytest.raises(KeyRefused, match="the passphrase does not open the backup"):
        verify_backup(file, Passphrase("correct horse batterz"))


def test_a_store_that_is_not_empty_is_left_alone(
    store: Store, source_url: str, tmp_path: Path, key_file: Path
) -> None:
    file = tmp_path / "store.backup"
    back_up(store, file, SECRET, env=NO_ENV)
    before = contents(store)
    with pytest.raises(StoreError, match="is not empty"):
        restored(file, source_url, key_file)
    assert contents(store) == before


def test_the_key_of_another_store_is_refused(
    store: Store, target_url: str, tmp_path: Path, key_file: Path
) -> None:
    file, other = tmp_path / "store.backup", tmp_path / "other" / "facewarden.key"
    back_up(store, file, SECRET, key_file=key_file, env=NO_ENV)
    TemplateKey.load(other, env=NO_ENV, create=True)
    with pytest.raises(KeyRefused, match="not the key of the store"):
        restored(file, target_url, other)
    restored(file, target_url, key_file)


@pytest.mark.parametrize("newer", [{"revision": "fw9999"}, {"format": 2}])
def test_a_backup_of_a_newer_version_is_refused(
    store: Store,
    target_url: str,
    tmp_path: Path,
    key_file: Path,
    newer: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "store.backup"

    def later(**told: Any) -> Manifest:
        return Manifest(**told | newer)

    with monkeypatch.context() as patched:
        patched.setattr(backups, "Manifest", later)
        back_up(store, file, SECRET, env=NO_ENV)
    with pytest.raises(StoreVersion, match="by a newer facewarden"):
        restored(file, target_url, key_file)


def test_a_file_that_is_there_is_never_replaced(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "store.backup"
    file.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        back_up(store, file, SECRET, env=NO_ENV)
    assert file.read_text() == "mine"
    with pytest.raises(StoreError, match="cannot be written"):
        back_up(store, tmp_path / "nowhere" / "store.backup", SECRET, env=NO_ENV)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["source", "store.backup"]


def test_a_backup_that_fails_leaves_no_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left on device"):
            write_backup(store._database, tmp_path / "store.backup", SECRET)
    assert [one.name for one in tmp_path.iterdir()] == ["source"]


def test_a_backup_of_an_older_schema_is_upgraded(
    target_url: str, tmp_path: Path, key_file: Path, between: None
) -> None:
    file = tmp_path / "store.backup"
    old = Database(make_url(sqlite_url(old_store(tmp_path / "old" / "store.sqlite"))), busy_s=5)
    manifest = write_backup(old, file, SECRET)
    old.close()
    assert manifest.revision == "fw0003"
    restored(file, target_url, key_file)
    with open_store(target_url, KEY, create=False) as copy:
        assert copy.watchlists.subject(1).details.name == "Maximiliane Quastenflosser"
        assert len(copy.watchlists.gallery(MODEL, ["missing", "vip"])) == 3
        assert copy.audit.verify() is None
        assert copy.audit.head().position == manifest.audit_head[0]


def test_a_broken_audit_log_is_said_and_restored_all_the_same(
    store: Store, target_url: str, tmp_path: Path, key_file: Path
) -> None:
    with store._database.write() as connection:
        connection.execute(update(audit).where(audit.c.position == 3).values(actor="nobody"))
    file = tmp_path / "store.backup"
    back_up(store, file, SECRET, env=NO_ENV)
    fault = verify_backup(file, SECRET)[1].fault
    assert fault is not None
    assert fault.position == 3
    restored(file, target_url, key_file)
    with open_store(target_url, KEY, create=False) as copy:
        assert copy.audit.check().fault == fault


def test_a_backup_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FacewardenError, match="cannot be read: found No such file"):
        verify_backup(tmp_path / "none", SECRET)


def test_a_disk_without_second_names_takes_backups(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As exFAT and many network shares."""

    def unable(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unable)
    file = tmp_path / "store.backup"
    write_backup(store._database, file, SECRET)
    assert file.stat().st_mode & 0o777 == 0o600
    made = file.read_bytes()
    with pytest.raises(StoreError, match="exists already"):
        write_backup(store._database, file, SECRET)
    assert file.read_bytes() == made
    assert sorted(one.name for one in tmp_path.iterdir()) == ["source", "store.backup"]
