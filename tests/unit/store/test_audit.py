import hashlib
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from facewarden.data.audit_break import Break
from facewarden.errors import DataError
from facewarden.store.access import Access, accessing
from facewarden.store.audit import prune
from facewarden.store.governance_tables import audit_picture
from facewarden.store.open import Store
from facewarden.store.tables import audit
from unit.store.making import NOW, SECOND


@pytest.fixture
def filled(store: Store) -> Store:
    for number in range(5):
        store.audit.append("rita", "search.run", f"camera:{number}", {"hits": number, "k": "ä"})
    return store


def test_events_come_back_in_order(filled: Store) -> None:
    events = filled.audit.tail(3)
    assert [event.position for event in events] == [4, 5, 6]
    assert events[0].object == "camera:2"
    assert events[0].details == {"hits": 2, "k": "ä"}
    assert (events[0].actor, events[0].action, events[0].at) == ("rita", "search.run", NOW)
    assert filled.audit.verify() is None


def test_chain_can_be_computed_by_anybody(filled: Store, path: Path) -> None:
    raw = sqlite3.connect(path)
    before = "0" * 64
    rows = raw.execute(
        "SELECT position, at, actor, action, object, details, hash FROM audit ORDER BY position"
    ).fetchall()
    raw.close()
    for *words, found in rows:
        text = json.dumps(words, separators=(",", ":"), ensure_ascii=False)
        before = hashlib.sha256((before + text).encode()).hexdigest()
        assert found == before
    assert len(rows) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "sam"},
        {"action": "search.read"},
        {"object": "camera:9"},
        {"details": '{"hits":0}'},
        {"at": NOW + SECOND},
        {"hash": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changed_row_is_found(filled: Store, change: dict[str, object]) -> None:
    with filled._database.write() as connection:
        connection.execute(update(audit).where(audit.c.position == 4).values(**change))
    bad = filled.audit.verify()
    assert bad is not None
    assert bad.position == 4


def test_missing_row_is_found(filled: Store) -> None:
    with filled._database.write() as connection:
        connection.execute(audit.delete().where(audit.c.position == 3))
    bad = filled.audit.verify()
    assert bad is not None
    assert bad.position == 4


def test_oldest_rows_can_go_and_the_rest_still_proves_itself(filled: Store) -> None:
    with filled._database.write() as connection:
        connection.execute(update(audit).where(audit.c.position <= 3).values(at=NOW - SECOND))
        # A row that a clock put back has dated early stays: only the oldest end can go.
        connection.execute(update(audit).where(audit.c.position == 5).values(at=NOW - SECOND))
        assert prune(connection, NOW) == 3
    assert [event.position for event in filled.audit.tail(10)] == [4, 5, 6]
    filled.audit.append("rita", "search.run", "x", {})
    bad = filled.audit.verify()
    assert bad is not None
    assert bad.position == 5  # the row whose time was changed above, not the first one kept
    with filled._database.write() as connection:
        assert prune(connection, NOW + SECOND) == 4
        assert prune(connection, NOW + SECOND) == 0
    filled.audit.append("rita", "search.run", "x", {})
    assert filled.audit.verify() is None
    assert [event.position for event in filled.audit.tail(10)] == [8]


def test_details_must_be_json(store: Store) -> None:
    for bad in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises(DataError, match="not JSON"):
            store.audit.append("rita", "a", "b", bad)


def test_event_falls_with_its_change(store: Store) -> None:
    def fail() -> None:
        with store._database.write() as connection:
            store.audit.note(connection, "subject.add", "subject:1", {})
            raise RuntimeError

    before = store.audit.tail(1)
    with pytest.raises(RuntimeError):
        fail()
    assert store.audit.tail(1) == before


def test_who_from_where_and_why_are_hashed(filled: Store) -> None:
    with accessing(Access("ada", "192.0.2.7", "lookup:3")):
        filled.audit.append("", "reference.read_image", "reference:1", {"subject": 1})
        with ThreadPoolExecutor(1) as threads:
            run = copy_context().run
            threads.submit(run, filled.audit.append, "bob", "x.y", "z:1", {}).result()
    filled.audit.append("", "x.y", "z:1", {})
    first, second, third = filled.audit.tail(3)
    assert first.actor == "ada"
    assert first.details == {"subject": 1, "origin": "192.0.2.7", "purpose": "lookup:3"}
    assert (second.actor, second.details["origin"]) == ("bob", "192.0.2.7")
    assert (third.actor, third.details) == ("tester", {})
    assert filled.audit.check().fault is None


@pytest.mark.parametrize("purpose", ["because of Max Muster", "x\ny", "é", ":1", "a:" + "1" * 65])
def test_a_purpose_is_no_text(purpose: str) -> None:
    with pytest.raises(DataError, match="word or a reference"):
        Access("ada", "192.0.2.7", purpose)


def test_cut_off_and_computed_anew_show_against_a_note(filled: Store) -> None:
    head = filled.audit.head()
    assert filled.audit.check([head]).compared == 1
    with filled._database.write() as connection:
        connection.execute(delete(audit).where(audit.c.position >= 5))
    assert filled.audit.check().fault is None
    fault = filled.audit.check([head]).fault
    assert fault is not None
    assert (fault.kind, fault.position) == (Break.CUT_OFF, 6)
    filled.audit.append("mallory", "x.y", "z:1", {})
    filled.audit.append("mallory", "x.y", "z:1", {})
    fault = filled.audit.check([head]).fault
    assert fault is not None
    assert fault.kind is Break.REPLACED


def test_the_searched_picture_is_sealed_and_goes_with_its_entry(filled: Store) -> None:
    picture = b"\xff\xd8 thumbnail"
    at = filled.audit.append("ada", "identify", "lookup:1", {}, picture=picture)
    assert filled.audit.tail(1)[0].details["picture"] == hashlib.sha256(picture).hexdigest()
    assert filled.audit.picture(at) == picture
    assert filled.audit.tail(1)[0].object == f"audit:{at}"
    assert filled.audit.picture(1) == b""
    with filled._database.write() as connection:
        (sealed,) = connection.execute(select(audit_picture.c.sealed)).one()
        assert picture not in sealed
        prune(connection, NOW + SECOND)
        assert connection.execute(select(audit_picture)).all() == []


def test_pages_newest_first(filled: Store) -> None:
    assert [event.position for event in filled.audit.page(limit=2)] == [6, 5]
    assert [event.position for event in filled.audit.page(before=5, limit=2)] == [4, 3]
