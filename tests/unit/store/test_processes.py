"""Several processes on one store, and processes that are killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facewarden.store.open import Store
from unit.store.making import MODEL, NOW, PICTURE, an_alert

WRITER = Path(__file__).with_name("writing_process.py")
TESTS = Path(__file__).parents[2]

Start = Callable[[str, int, int], "subprocess.Popen[str]"]


@pytest.fixture
def start(store: Store, url: str) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(mode: str, first: int, count: int) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [sys.executable, str(WRITER), url, mode, str(first), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            text=True,
        )
        started.append(child)
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        return child

    yield begin
    for child in started:
        child.kill()
        child.communicate()


def go(child: "subprocess.Popen[str]") -> None:
    assert child.stdin
    child.stdin.write("\n")
    child.stdin.flush()


def test_two_processes_and_threads_of_a_third_write_at_once(store: Store, start: Start) -> None:
    before = store.watchlists.version()
    watch, enrol = start("alerts", 1000, 60), start("enrol", 1, 40)
    go(watch)
    go(enrol)
    for number in range(60):
        store.alerts.record(an_alert(number), ["desk"])
    outputs = [child.communicate(timeout=60)[0].split() for child in (watch, enrol)]
    assert [child.returncode for child in (watch, enrol)] == [0, 0]
    assert [len(set(lines)) for lines in outputs] == [60, 40]
    assert store.alerts.backlog("desk") == 120
    assert store.alerts.backlog("mail") == 60
    assert len(store.watchlists.gallery(MODEL, ["missing"])) == 80
    assert store.watchlists.version() == before + 80
    assert store.audit.verify() is None
    assert len(store.audit.tail(1000)) == 81


@pytest.mark.parametrize("commits", [1, 7, 30])
def test_what_was_committed_survives_kill_9(store: Store, start: Start, commits: int) -> None:
    child = start("alerts", 1, 100_000)
    go(child)
    assert child.stdout
    said = [child.stdout.readline().strip() for _ in range(commits)]
    child.send_signal(signal.SIGKILL)
    said += child.stdout.read().split()  # `communicate` would miss what readline has buffered
    found = store.alerts.find(limit=10_000)
    assert {one.alert.alert_id for one in found} >= set(said)
    assert len(found) - len(said) in {0, 1}  # killed between the commit and the word
    for one in found:
        assert [delivery.sink for delivery in one.deliveries] == ["desk", "mail"]
        assert store.alerts.get(one.alert.alert_id).alert.snapshot == PICTURE
    assert len(store.alerts.pending("mail", NOW, 10_000)) == len(found)
    if store._database.engine.dialect.name != "sqlite":
        return
    with store._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_nothing_half_written_is_left_by_kill_9(store: Store, start: Start) -> None:
    child = start("halfway", 1, 1)
    go(child)
    assert child.stdout
    assert child.stdout.readline() == "halfway\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert store.alerts.find() == []
    store.alerts.record(an_alert(1), ["desk"])  # and the lock is free
    assert store.alerts.backlog() == 1
