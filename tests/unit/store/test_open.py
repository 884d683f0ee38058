import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from facewarden.errors import KeyRefused, StoreBusy, StoreError, StoreVersion
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.tables import metadata


def test_files_and_directory_are_private(path: Path, key: TemplateKey) -> None:
    with open_store(sqlite_url(path), key) as store:
        store.watchlists.ensure("missing")
        assert path.parent.stat().st_mode & 0o777 == 0o700
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"), 0o600)


@pytest.mark.usefixtures("sqlite_only")
def test_settings_that_durability_and_erasure_rest_on(store: Store) -> None:
    with store._database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


@pytest.mark.parametrize("name", ["plain.sqlite", "a b%c.sqlite", "ä?x=1#.sqlite"])
def test_opens_again_with_what_was_written(tmp_path: Path, key: TemplateKey, name: str) -> None:
    url = sqlite_url(tmp_path / name)
    with open_store(url, key) as store:
        store.watchlists.ensure("missing")
    assert (tmp_path / name).is_file()
    with open_store(url, key, create=False) as store:
        assert [found.name for found in store.watchlists.all()] == ["missing"]


def test_migrations_build_the_tables_of_the_code(store: Store) -> None:
    with store._database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_wrong_key_is_refused(store: Store, url: str) -> None:
    with pytest.raises(KeyRefused, match="not the key of the store") as caught:
        open_store(url, TemplateKey(b"x" * 32))
    assert "restore that key" in caught.value.remedy


def test_newer_store_is_refused_with_both_revisions(tmp_path: Path, key: TemplateKey) -> None:
    path = tmp_path / "store.sqlite"
    open_store(sqlite_url(path), key).close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE alembic_version SET version_num = 'fw9999'")
    raw.commit()
    raw.close()
    with pytest.raises(StoreVersion) as caught:
        open_store(sqlite_url(path), key)
    assert re.fullmatch(r"revision fw\d{4} or older", caught.value.expected)
    assert "fw9999" in caught.value.found


def test_other_files_are_refused_and_left_alone(tmp_path: Path, key: TemplateKey) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"these are words, not a database. " * 100)
    database = tmp_path / "database"
    raw = sqlite3.connect(database)
    raw.execute("CREATE TABLE recipes (name TEXT)")
    raw.close()
    for path, words in ((text, "not a store"), (database, "not a store of facewarden")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=words):
            open_store(sqlite_url(path), key)
        if path is text:
            assert path.read_bytes() == before
    raw = sqlite3.connect(database)
    assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    raw.close()


def test_absent_store_is_not_made_unless_wanted(tmp_path: Path, key: TemplateKey) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        open_store(sqlite_url(tmp_path / "absent" / "s.sqlite"), key, create=False)
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    "url",
    [
        *("", "store.sqlite", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d"),
        *(
            "postgresql+asyncpg://u:secret@h/d",
            "postgresql://u:secret@h",
            "postgresql://u:secret@h:x/d",
        ),
    ],
)
def test_other_addresses_are_refused_without_their_password(url: str, key: TemplateKey) -> None:
    with pytest.raises(StoreError, match="address") as caught:
        open_store(url, key)
    assert "secret" not in str(caught.value)


def test_directory_that_is_a_file_is_refused(tmp_path: Path, key: TemplateKey) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        open_store(sqlite_url(tmp_path / "file" / "s.sqlite"), key)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(sqlite_url(tmp_path), key)


def test_closed_store_says_so(path: Path, key: TemplateKey) -> None:
    store = open_store(sqlite_url(path), key)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.watchlists.all()


def test_locked_store_is_busy(path: Path, key: TemplateKey) -> None:
    open_store(sqlite_url(path), key).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_store(sqlite_url(path), key, busy_s=0.05) as store:
        assert store.watchlists.all() == []
        with pytest.raises(StoreBusy, match="another process"):
            store.watchlists.ensure("missing")
        other.execute("ROLLBACK")
        other.close()
        store.watchlists.ensure("missing")


def test_processes_that_open_a_new_store_at_once_all_can(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
key = TemplateKey.load(folder / "key", env={}, create=True)
with open_store(sqlite_url(folder / "store.sqlite"), key) as store:
    store.watchlists.ensure("missing")
"""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin
        child.stdin.write("\n")
        child.stdin.flush()
    results = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0] * 4, results


def test_read_only_directory_is_named(key: TemplateKey) -> None:
    # Root may write anywhere, so the attempt is made by another user where we are root.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        open_store(sqlite_url(path), key).close()
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.getuid() == 0:
                    os.setresuid(65534, 65534, 65534)
                try:
                    open_store(sqlite_url(path), key).watchlists.ensure("missing")
                except StoreError as error:
                    code = 0 if "writable" in error.remedy else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        Path(folder).chmod(0o700)
        assert os.waitstatus_to_exitcode(status) == 0
