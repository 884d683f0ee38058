"""Which entries of the audit log are wanted, beside a slow twin that reads every one of them."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from facewarden.data.audit_break import Break
from facewarden.errors import DataError
from facewarden.govern.chain import check
from facewarden.store.audit import AuditEvent
from facewarden.store.audit_export import read_export
from facewarden.store.audit_filter import AuditWanted
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url

BEGUN = datetime(2026, 11, 22, 8, tzinfo=UTC)
ACTIONS = ("subject.add", "subject.addition", "subjects.add", "subject", "alert.review")
OBJECTS = ("subject:1", "subject:17", "subject", "alert:a_b", "alert:a%", "subjects:1")


class Clock:
    """Goes on by a minute with each look, and was set back once."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        back = timedelta(minutes=30 if self.looks > 60 else 0)
        return BEGUN + timedelta(minutes=self.looks) - back


@pytest.fixture
def filled(store: Store) -> Store:
    chance = random.Random(20261122)
    store._database.clock = Clock()
    for _ in range(120):
        who, action, of = (
            chance.choice(words) for words in (("ann", "Ann", "bob"), ACTIONS, OBJECTS)
        )
        store.audit.append(who, action, of, {})
    return store


def fits(word: str, given: str, mark: str) -> bool:
    return not given or word == given or (mark not in given and word.startswith(given + mark))


def slow(events: list[AuditEvent], wanted: AuditWanted) -> list[int]:
    """Return the positions of what is wanted, newest first."""
    return [
        one.position
        for one in reversed(events)
        if (not wanted.actor or one.actor == wanted.actor)
        and fits(one.action, wanted.action, ".")
        and fits(one.object, wanted.object, ":")
        and (wanted.since is None or one.at >= wanted.since)
        and (wanted.until is None or one.at < wanted.until)
    ]


WANTED = {
    "everything": AuditWanted(),
    "actor": AuditWanted(actor="ann"),
    "nobody": AuditWanted(actor="eve"),
    "action": AuditWanted(action="subject.add"),
    "kind of action": AuditWanted(action="subject"),
    "object": AuditWanted(object="subject:1"),
    "kind of object": AuditWanted(object="subject"),
    "a mark of LIKE": AuditWanted(object="alert:a_b"),
    "another one": AuditWanted(object="%"),
    "since": AuditWanted(since=BEGUN + timedelta(minutes=50)),
    "until": AuditWanted(until=BEGUN + timedelta(minutes=50)),
    "across the clock set back": AuditWanted(
        since=BEGUN + timedelta(minutes=40), until=BEGUN + timedelta(minutes=55)
    ),
    "no time": AuditWanted(since=BEGUN + timedelta(days=1)),
    "a time that ends before it begins": AuditWanted(since=BEGUN + timedelta(hours=1), until=BEGUN),
    "all of it": AuditWanted("ann", "subject", "subject", BEGUN, BEGUN + timedelta(minutes=80)),
}


@pytest.mark.parametrize("name", WANTED)
def test_pages_are_what_reading_all_finds(filled: Store, name: str) -> None:
    expected = slow(filled.audit.tail(1000), WANTED[name])
    found: list[int] = []
    while page := filled.audit.page(
        wanted=WANTED[name], before=found[-1] if found else None, limit=7
    ):
        found += [one.position for one in page]
    assert found == expected
    lines = [json.loads(line) for line in filled.proof.extract(WANTED[name])]
    assert [line["position"] for line in lines[1:]] == expected


def test_some_are_chosen_and_some_are_not(filled: Store) -> None:
    """Guards the twin: a filter that chose all or nothing would agree with it."""
    whole = filled.audit.count()
    for name in ("actor", "kind of action", "object", "a mark of LIKE", "since", "all of it"):
        assert 0 < len(slow(filled.audit.tail(1000), WANTED[name])) < whole, name


def test_an_extract_is_no_chain(filled: Store) -> None:
    with pytest.raises(DataError, match="extract of an audit log"):
        read_export(filled.proof.extract(WANTED["actor"]))
    start, links = read_export(filled.proof.lines())
    assert check(links, start=start).fault is None
    with filled._database.write() as connection:
        connection.execute(text("UPDATE audit SET actor = 'eve' WHERE position = 9"))
    start, links = read_export(filled.proof.lines())
    fault = check(links, start=start).fault
    assert fault is not None
    assert fault.kind is Break.CHANGED


def plan(store: Store, wanted: AuditWanted) -> str:
    """Return how SQLite finds the entries of a page, the statement last asked for."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    database = store._database

    def note(
        _: object, __: object, statement: str, values: tuple[object, ...], *___: object
    ) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    store.audit.page(wanted=wanted)
    event.remove(database.engine, "before_cursor_execute", note)
    with database.read() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1][0]}", asked[-1][1]).all()
    return "\n".join(str(row[-1]) for row in rows)


USED: dict[str, Callable[[AuditWanted], AuditWanted]] = {
    "actor": lambda one: replace(one, actor="x"),
    "action": lambda one: replace(one, action="subject"),
    "object": lambda one: replace(one, object="subject:1"),
    "time": lambda one: replace(one, since=BEGUN),
}


@pytest.mark.parametrize("name", USED)
def test_entries_that_are_not_told_are_not_read(path: Path, key: TemplateKey, name: str) -> None:
    with open_store(sqlite_url(path), key) as store:
        found = plan(store, USED[name](AuditWanted()))
    assert "ix_audit_page" in found, found
    assert "SCAN audit\n" not in found + "\n"
