import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from facewarden.data import SubjectDetails
from facewarden.errors import FacewardenError, StoreBusy, StoreError, StoreFull
from facewarden.store.faults import store_faults
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from unit.store.making import a_reference, an_alert

CASES: list[tuple[str, type[StoreError]]] = [
    ("database or disk is full", StoreFull),
    ("database is locked", StoreBusy),
    ("database table is locked: alert", StoreBusy),
    ("attempt to write a readonly database", StoreError),
    ("unable to open database file", StoreError),
    ("file is not a database", StoreError),
    ("database disk image is malformed", StoreError),
    ("disk I/O error", StoreError),
]


@pytest.mark.parametrize(("words", "kind"), CASES)
@pytest.mark.parametrize("wrapped", [True, False])
def test_words_of_sqlite_become_our_errors(
    words: str, kind: type[StoreError], wrapped: bool
) -> None:
    error: Exception = sqlite3.OperationalError(words)
    if wrapped:
        error = OperationalError("INSERT INTO subject", {"name": "Anna"}, error)
    with pytest.raises(StoreError) as caught, store_faults("sqlite:///x"):
        raise error
    assert type(caught.value) is kind
    assert caught.value.remedy
    assert words in caught.value.found
    assert "Anna" not in str(caught.value)


def test_unknown_words_and_other_errors() -> None:
    with pytest.raises(StoreError, match="no such table"), store_faults("x"):
        raise sqlite3.OperationalError("no such table: y")
    with pytest.raises(KeyError), store_faults("x"):
        raise KeyError


def test_full_store_says_so_and_keeps_what_it_has(path: Path, key: TemplateKey) -> None:
    with open_store(sqlite_url(path), key) as store:
        store.watchlists.ensure("missing")
        subject_id = store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
        with store._database.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        def limit(connection: Any, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages + 8}")

        event.listen(store._database.engine, "connect", limit)
        store._database.engine.dispose()
        recorded = 0
        found = None
        while found is None:
            try:
                store.alerts.record(an_alert(recorded), ["desk"])
                recorded += 1
            except StoreFull as error:
                found = error
        assert found.remedy
        with pytest.raises(StoreFull):
            store.watchlists.add_references(subject_id, [a_reference(n) for n in range(20)])
        assert len(store.alerts.find()) == store.alerts.backlog() == recorded > 0
        assert store.watchlists.references(subject_id) == []

        event.remove(store._database.engine, "connect", limit)
        store._database.engine.dispose()
        store.alerts.record(an_alert(recorded), ["desk"])
        assert store.alerts.backlog() == recorded + 1


FILL = """
import sys
from pathlib import Path
from facewarden.errors import StoreError
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from unit.store.making import an_alert
store = open_store(sqlite_url(Path(sys.argv[1])), TemplateKey(bytes(range(32))))
number = 0
try:
    while True:
        store.alerts.record(an_alert(number), ["desk"])
        number += 1
except StoreError as error:
    print(number, error, flush=True)
"""


def test_system_that_refuses_to_write_loses_nothing_committed(path: Path, key: TemplateKey) -> None:
    # The limit on the size of a file is the refusal every system can give, root or not.
    open_store(sqlite_url(path), key).close()
    size = 600_000

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    child = subprocess.run(
        [sys.executable, "-c", FILL, str(path)],
        preexec_fn=limit,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    number, words = child.stdout.split(" ", 1)
    assert "disk" in words
    with open_store(sqlite_url(path), key) as store:
        assert store.alerts.backlog() == int(number) > 0
        store.alerts.record(an_alert(int(number)), ["desk"])


def test_damaged_store_says_so(path: Path, key: TemplateKey) -> None:
    with open_store(sqlite_url(path), key) as store:
        for number in range(50):
            store.alerts.record(an_alert(number), ["desk"])
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(byte ^ 0x5A for byte in content[4096:])
    path.write_bytes(content)
    with pytest.raises(FacewardenError, match="damaged"):
        open_store(sqlite_url(path), key).alerts.find()
