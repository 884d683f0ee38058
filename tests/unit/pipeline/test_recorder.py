import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from facewarden.data import Alert, AlertLook, Snapshot, Templates
from facewarden.data.sighting import Sighting
from facewarden.errors import DataError, StoreFull
from facewarden.pipeline.recorder import ActivityCount, Recorder
from factories import NOW, after, alert


class Log:
    """Keeps what is recorded; raises the next of `faults`, where there is one, instead."""

    def __init__(self, faults: Sequence[Exception] = ()) -> None:
        self.faults = list(faults)
        self.rows: list[tuple[str, object]] = []
        self.tried = 0
        self.probes: list[Templates | None] = []

    def _keep(self, kind: str, row: object) -> None:
        self.tried += 1
        if self.faults:
            raise self.faults.pop(0)
        self.rows.append((kind, row))

    def record(
        self,
        alert: Alert,
        sinks: Sequence[str],
        probe: Templates | None = None,
        looks: Sequence[AlertLook] = (),
        strip: Snapshot | None = None,
    ) -> None:
        self.probes.append(probe)
        self._keep("alert", (alert.alert_id, alert.revision, tuple(sinks)))

    def keep_looks(self, alert_id: str, looks: Sequence[AlertLook]) -> None:
        self._keep("looks", (alert_id, tuple(looks)))

    def touch(self, alert_id: str, last_seen_at: datetime) -> None:
        self.rows.append(("touch", (alert_id, last_seen_at)))


class Sightings:
    def __init__(self, log: Log) -> None:
        self.log = log

    def record(self, sighting: Sighting) -> None:
        self.log._keep("sighting", sighting.sighting_id)


class Activity:
    def __init__(self, log: Log) -> None:
        self.log = log

    def add(self, camera_id: str, at: object, **counts: float) -> None:
        self.log._keep("activity", (camera_id, counts))


def recorder(
    log: Log, *, capacity: int = 100, recorded: Callable[[Alert], None] = lambda _: None
) -> Recorder:
    return Recorder(
        log,
        Sightings(log),
        Activity(log),
        sinks_of=lambda watchlist: [f"{watchlist}-sink"],
        recorded=recorded,
        capacity=capacity,
        retry_s=0.01,
    )


def sighting(number: int) -> Sighting:
    return Sighting(f"run:{number}", "gate", "missing", 1, "", NOW, after(1), 0.5, 1)


COUNT = ActivityCount("gate", NOW, 10.0, 0.5, 50, 2, 7, 3, 1)


def full() -> StoreFull:
    return StoreFull("the disk of the store is full")


def test_everything_is_written_in_order() -> None:
    log, told = Log(), []
    writing = recorder(log, recorded=lambda alert: told.append(alert.alert_id))
    writing.start()
    for number in range(20):
        writing.alert(alert(number))
        writing.sighting(sighting(number))
    writing.activity(COUNT)
    assert writing.stop(5)
    expected: list[tuple[str, object]] = []
    for number in range(20):
        expected.append(("alert", (f"{number:032x}", 1, ("missing-sink",))))
        expected.append(("sighting", f"run:{number}"))
    counts = {
        "watched_s": 10.0, "down_s": 0.5, "analysed": 50, "dropped": 2, "faces": 7, "tracks": 3,
        "rejected_before": 1,
    }  # fmt: skip
    assert log.rows == [*expected, ("activity", ("gate", counts))]
    assert told == [f"{number:032x}" for number in range(20)]
    assert writing.lost == 0


def test_a_sighting_keeps_its_alert_recent() -> None:
    log = Log()
    writing = recorder(log)
    writing.start()
    writing.sighting(replace(sighting(1), alert_id="a1"))
    assert writing.stop(5)
    assert log.rows == [("sighting", "run:1"), ("touch", ("a1", after(1)))]


def test_looks_that_joined_are_written_behind_their_alert() -> None:
    one = AlertLook(2, NOW, 0.8, 0.6, Snapshot(b"jpeg", 1, 1, (0, 0, 1, 1)))
    log = Log([full()])
    writing = recorder(log)
    writing.start()
    writing.alert(alert(1), None, [one])
    writing.looks(alert(1).alert_id, [one])
    assert writing.stop(5)
    assert [kind for kind, _ in log.rows] == ["alert", "looks"]
    assert log.rows[1] == ("looks", (alert(1).alert_id, (one,)))


def test_a_full_disk_keeps_everything_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = Log([full() for _ in range(5)])
    told: list[int] = []
    writing = recorder(log, recorded=lambda alert: told.append(alert.revision))
    for revision in (1, 2, 3):
        writing.alert(alert(revision=revision))
    with caplog.at_level(logging.WARNING):
        writing.start()
        assert writing.flush(5)
    assert [row[1] for row in log.rows] == [
        (f"{1:032x}", revision, ("missing-sink",)) for revision in (1, 2, 3)
    ]
    assert log.tried == 8
    assert told == [1, 2, 3]
    assert writing.problem == ""
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "the disk of the store is full; kept in memory" in caplog.messages[0]
    assert "can be written again" in caplog.messages[1]
    assert writing.stop(5)


def test_the_problem_is_there_to_be_read_while_it_lasts() -> None:
    log = Log([full() for _ in range(10_000)])
    writing = recorder(log)
    writing.start()
    writing.alert(alert())
    assert not writing.flush(0.1)
    assert "full" in writing.problem
    log.faults.clear()
    assert writing.flush(5)
    assert writing.stop(5)


def test_stop_tells_what_could_not_be_written(caplog: pytest.LogCaptureFixture) -> None:
    log = Log([full() for _ in range(100_000)])
    writing = recorder(log)
    writing.start()
    for number in range(3):
        writing.alert(alert(number))
    assert writing.stop(0.1) is False
    assert log.rows == []
    assert "3 records could not be written" in caplog.text


def test_stop_is_not_held_up_by_a_writer_that_hangs() -> None:
    held = threading.Event()

    class Hanging(Log):
        def record(
            self,
            alert: Alert,
            sinks: Sequence[str],
            probe: Templates | None = None,
            looks: Sequence[AlertLook] = (),
            strip: Snapshot | None = None,
        ) -> None:
            held.wait(10)

    writing = recorder(Hanging())
    writing.start()
    writing.alert(alert())
    began = time.monotonic()
    assert writing.stop(0.1) is False
    assert time.monotonic() - began < 5
    held.set()


def test_what_does_not_fit_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    writing = recorder(Log(), capacity=2)
    for number in range(5):
        writing.alert(alert(number))
    assert writing.lost == 3
    assert "3 records lost" in caplog.text
    writing.start()
    assert writing.stop(5)


@pytest.mark.parametrize(
    "poison", [DataError("a row does not fit the store"), ValueError("?"), RuntimeError("?")]
)
def test_a_record_that_can_never_be_written_does_not_hold_the_others(
    poison: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    log = Log([poison])
    writing = recorder(log)
    writing.start()
    for number in range(3):
        writing.alert(alert(number))
    assert writing.stop(5)
    assert len(log.rows) == 2
    assert writing.lost == 1
    assert "could not be written and was dropped" in caplog.text


def test_a_listener_that_fails_does_not_write_twice() -> None:
    def fail(_: Alert) -> None:
        raise OSError("deliverer gone")

    log = Log()
    writing = recorder(log, recorded=fail)
    writing.start()
    writing.alert(alert(1))
    writing.alert(alert(2))
    assert writing.stop(5)
    assert len(log.rows) == 2


def test_nothing_is_lost_when_many_threads_write() -> None:
    log = Log([full() for _ in range(3)])
    writing = recorder(log, capacity=10_000)
    writing.start()

    def write(base: int) -> None:
        for number in range(100):
            writing.alert(alert(base + number))

    threads = [threading.Thread(target=write, args=(base,)) for base in (0, 1000, 2000, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert writing.stop(10)
    numbers = [int(str(row[1][0]), 16) for row in log.rows]  # type: ignore[index]
    assert len(numbers) == 400
    for base in (0, 1000, 2000, 3000):
        assert [n for n in numbers if base <= n < base + 1000] == list(range(base, base + 100))
