import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from facewarden.alert.backoff import Backoff
from facewarden.alert.clock import utc_now
from facewarden.alert.deliverer import Deliverer
from facewarden.alert.outbox import Outbox
from facewarden.alert.sink import Sink
from facewarden.alert.worker import BATCH
from facewarden.data import Alert, Delivery
from facewarden.errors import (
    ConfigError,
    PayloadRejected,
    SinkUnavailable,
    StoreBusy,
    StoreFull,
)
from reference.memory_outbox import MemoryOutbox
from unit.alert.samples import make_alert

QUICK = Backoff(first_s=0.002, longest_s=0.02)


@dataclass
class Scripted:
    """A sink that does what `act` does and keeps what it accepted."""

    name: str = "sink"
    act: Callable[[Delivery], object] = lambda _: None
    tried: list[Delivery] = field(default_factory=list)
    accepted: list[Delivery] = field(default_factory=list)
    closed: int = 0

    def deliver(self, delivery: Delivery) -> None:
        self.tried.append(delivery)
        self.act(delivery)
        self.accepted.append(delivery)

    def close(self) -> None:
        self.closed += 1


def failing(*problems: Exception) -> Callable[[Delivery], None]:
    left = list(problems)

    def act(_: Delivery) -> None:
        if left:
            raise left.pop(0)

    return act


@contextmanager
def delivering(
    outbox: Outbox,
    *sinks: Sink,
    backoff: Backoff = QUICK,
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[Deliverer]:
    deliverer = Deliverer(outbox, sinks, clock=clock, backoff=backoff)
    deliverer.start()
    try:
        yield deliverer
    finally:
        assert deliverer.stop(5)


def put(outbox: MemoryOutbox, count: int, *sinks: str) -> list[Alert]:
    alerts = [make_alert(snapshot=None) for _ in range(count)]
    for alert in alerts:
        outbox.put(alert, *(sinks or ("sink",)))
    return alerts


def test_what_waits_at_the_start_is_delivered_in_order() -> None:
    outbox, sink = MemoryOutbox(), Scripted()
    alerts = put(outbox, 100)
    with delivering(outbox, sink) as deliverer:
        assert deliverer.drain(5)
    assert [d.alert.alert_id for d in sink.accepted] == [a.alert_id for a in alerts]
    assert sink.closed == 1


def test_a_wake_starts_a_delivery_without_waiting_for_a_look() -> None:
    outbox, sink = MemoryOutbox(), Scripted()
    waits = []
    with delivering(outbox, sink) as deliverer:
        time.sleep(0.05)
        for _ in range(20):
            put(outbox, 1)
            started = time.monotonic()
            deliverer.wake()
            assert deliverer.drain(5)
            waits.append(time.monotonic() - started)
    # Not a measure of speed: a look would come after a second.
    assert sum(waits) < 10


def test_what_another_process_commits_is_found() -> None:
    outbox, sink = MemoryOutbox(), Scripted()
    with delivering(outbox, sink) as deliverer:
        time.sleep(0.05)
        put(outbox, 1)
        assert deliverer.drain(5)


def test_an_unavailable_sink_is_tried_again_and_everything_arrives() -> None:
    outbox = MemoryOutbox()
    sink = Scripted(act=failing(*[SinkUnavailable("down")] * 5))
    put(outbox, 3)
    with delivering(outbox, sink) as deliverer:
        assert deliverer.drain(5)
        status = deliverer.status()["sink"]
    assert (status.delivered, status.failed, status.last_problem) == (3, 5, "down")
    assert status.healthy
    assert status.backing_off_until is None


def test_a_clock_that_is_set_back_makes_no_sink_healthy() -> None:
    outbox, back = MemoryOutbox(), timedelta(0)
    sink = Scripted()
    put(outbox, 1)
    with delivering(
        outbox, sink, backoff=Backoff(first_s=30), clock=lambda: utc_now() - back
    ) as deliverer:
        assert deliverer.drain(5)
        back = timedelta(hours=1)
        sink.act = failing(SinkUnavailable("down"))
        put(outbox, 1)
        deliverer.wake()
        assert not deliverer.drain(0.5)
        status = deliverer.status()["sink"]
    assert (status.healthy, status.failed) == (False, 1)


def test_what_was_read_a_while_ago_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facewarden.alert.worker.STALE_S", 0.05)
    outbox = MemoryOutbox()
    looks: list[int] = []
    pending = outbox.pending

    def counted(sink: str, now: datetime, limit: int) -> Sequence[Delivery]:
        if limit == BATCH:  # not the drain's own
            looks.append(len(slow.accepted))
        return pending(sink, now, limit)

    outbox.pending = counted  # type: ignore[method-assign]
    slow = Scripted(act=lambda _: time.sleep(0.06))
    put(outbox, 3)
    with delivering(outbox, slow) as deliverer:
        assert deliverer.drain(5)
    # A subject may be removed at any time: no second delivery rests on the first one's look.
    assert {0, 1, 2} <= set(looks)
    assert len(slow.accepted) == 3


def test_who_has_it_is_known_at_the_next_attempt() -> None:
    outbox = MemoryOutbox()
    refused, gone = PayloadRejected("one of two"), SinkUnavailable("down")
    refused.reached = frozenset({"ann"})
    sink = Scripted(act=failing(refused, gone, gone))
    put(outbox, 1)
    with delivering(outbox, sink) as deliverer:
        assert deliverer.drain(5)
    assert [one.reached for one in sink.tried] == [set(), {"ann"}, {"ann"}, {"ann"}]


def test_an_unavailable_sink_is_left_alone_for_a_while() -> None:
    outbox = MemoryOutbox()
    sink = Scripted(act=failing(*[SinkUnavailable("down")] * 9))
    put(outbox, 5)
    with delivering(outbox, sink, backoff=Backoff(first_s=30)) as deliverer:
        for _ in range(20):
            deliverer.wake()
            time.sleep(0.01)
        status = deliverer.status()["sink"]
        assert not deliverer.drain(0.05)
    assert len(sink.tried) == 2  # at the first it might have been that alert
    assert status.backing_off_until
    assert 25 < (status.backing_off_until - utc_now()).total_seconds() < 61
    assert not status.healthy


def test_a_wait_that_the_receiver_asks_for_is_kept() -> None:
    later = SinkUnavailable("come back later")
    later.retry_after_s = 30.0
    outbox, sink = MemoryOutbox(), Scripted(act=failing(later))
    put(outbox, 1)
    with delivering(outbox, sink) as deliverer:
        time.sleep(0.1)
        until = deliverer.status()["sink"].backing_off_until
    assert len(sink.tried) == 1
    assert until
    assert 25 < (until - utc_now()).total_seconds() < 31


def test_a_sink_that_says_it_is_back_is_tried_at_once() -> None:
    class Announcer(Scripted):
        def announce_to(self, available: Callable[[], None]) -> None:
            self.available = available

    outbox, sink = MemoryOutbox(), Announcer(act=failing(SinkUnavailable("down")))
    put(outbox, 1)
    with delivering(outbox, sink, backoff=Backoff(first_s=30)) as deliverer:
        assert not deliverer.drain(0.05)
        sink.available()
        assert deliverer.drain(5)


def test_a_refused_alert_waits_alone() -> None:
    outbox = MemoryOutbox()
    poison, *others = put(outbox, 5)

    def act(delivery: Delivery) -> None:
        if delivery.alert is poison:
            raise PayloadRejected("not this one")

    sink = Scripted(act=act)
    with delivering(outbox, sink, backoff=Backoff(first_s=30)) as deliverer:
        assert not deliverer.drain(0.1)
        assert deliverer.status()["sink"].backing_off_until is None
    assert [d.alert for d in sink.accepted] == others
    assert len([d for d in sink.tried if d.alert is poison]) == 1
    assert outbox.entries[0].problem == "not this one"


def test_an_alert_that_breaks_the_receiver_does_not_hold_the_others() -> None:
    outbox = MemoryOutbox()
    poison, *others = put(outbox, 5)

    def act(delivery: Delivery) -> None:
        if delivery.alert is poison:
            raise SinkUnavailable("500")

    sink = Scripted(act=act)
    with delivering(outbox, sink) as deliverer:
        for _ in range(500):
            if len(sink.accepted) == len(others):
                break
            time.sleep(0.01)
        assert not deliverer.drain(0)
    assert [d.alert for d in sink.accepted] == others


def test_what_comes_new_does_not_wait_for_an_alert_that_breaks_the_receiver() -> None:
    outbox = MemoryOutbox()
    (poison,) = put(outbox, 1)

    def act(delivery: Delivery) -> None:
        if delivery.alert is poison:
            raise SinkUnavailable("500")

    sink = Scripted(act=act)
    with delivering(outbox, sink, backoff=Backoff(first_s=30)) as deliverer:
        for number in range(1, 4):
            assert not deliverer.drain(0.1)
            put(outbox, 1)
            deliverer.wake()
            for _ in range(200):
                if len(sink.accepted) == number:
                    break
                time.sleep(0.01)
            assert len(sink.accepted) == number
    assert [d.alert for d in sink.tried].count(poison) == 1


def test_more_that_break_the_receiver_than_are_read_at_once_hold_no_other() -> None:
    outbox = MemoryOutbox()
    *poison, last = put(outbox, BATCH + 9)
    stuck = {id(alert) for alert in poison}

    def act(delivery: Delivery) -> None:
        if id(delivery.alert) in stuck:
            raise SinkUnavailable("500")

    sink = Scripted(act=act)
    with delivering(outbox, sink) as deliverer:
        for _ in range(500):
            if sink.accepted:
                break
            time.sleep(0.01)
        assert not deliverer.drain(0)
    assert [d.alert for d in sink.accepted] == [last]


def test_a_dead_and_a_slow_sink_hold_no_other() -> None:
    outbox, release = MemoryOutbox(), threading.Event()
    dead = Scripted("dead", failing(*[SinkUnavailable("down")] * 100_000))
    slow = Scripted("slow", lambda _: release.wait(10))
    good = Scripted("good")
    with delivering(outbox, dead, slow, good) as deliverer:
        put(outbox, 10, "dead", "slow", "good")
        deliverer.wake()
        for _ in range(500):
            if len(good.accepted) == 10:
                break
            time.sleep(0.01)
        assert len(good.accepted) == 10
        assert dead.accepted == []
        assert len(slow.tried) == 1
        release.set()


def test_an_unexpected_exception_is_one_line_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outbox = MemoryOutbox()
    sink = Scripted(act=failing(KeyError("a-secret"), RuntimeError("a-secret")))
    put(outbox, 1)
    with caplog.at_level(logging.DEBUG), delivering(outbox, sink) as deliverer:
        assert deliverer.drain(5)
    assert "a-secret" not in caplog.text
    assert "unexpected KeyError at test_deliverer.py" in caplog.text
    assert all("\n" not in r.getMessage() and r.exc_info is None for r in caplog.records)
    assert "a-secret" not in outbox.entries[0].problem


class Unsteady(MemoryOutbox):
    """An outbox whose every other call fails."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self.problem = problem
        self.calls = 0

    def _trip(self) -> None:
        self.calls += 1
        if self.calls % 2:
            raise self.problem

    def pending(self, sink: str, now: datetime, limit: int) -> Sequence[Delivery]:
        if threading.current_thread().name.startswith("alert-") and limit > 1:
            self._trip()
        return super().pending(sink, now, limit)

    def accepted(self, delivery: Delivery, at: datetime) -> None:
        self._trip()
        super().accepted(delivery, at)

    def failed(
        self,
        delivery: Delivery,
        problem: str,
        retry_at: datetime,
        reached: frozenset[str] = frozenset(),
        *,
        refused: bool = False,
    ) -> None:
        self._trip()
        super().failed(delivery, problem, retry_at, reached, refused=refused)


@pytest.mark.parametrize(
    "problem",
    [StoreBusy("busy"), StoreFull("full"), OSError("a-secret")],
    ids=["busy", "full", "?"],
)
def test_a_store_in_trouble_ends_nothing_and_repeats_nothing(
    problem: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewarden.alert.worker.POLL_S", 0.01)
    outbox, sink = Unsteady(problem), Scripted(act=failing(SinkUnavailable("down")))
    put(outbox, 4)
    with delivering(outbox, sink) as deliverer:
        assert deliverer.drain(5)
    assert len(sink.accepted) == 4
    assert len({d.delivery_id for d in sink.accepted}) == 4
    assert "a-secret" not in caplog.text
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) < 5


@pytest.mark.parametrize("jump_s", [-86_400, 86_400], ids=["back a day", "forward a day"])
def test_a_jump_of_the_clock_loses_and_delays_nothing(jump_s: int) -> None:
    offset = [timedelta(0)]
    outbox = MemoryOutbox()
    jumped = threading.Event()

    def act(delivery: Delivery) -> None:
        if not jumped.is_set():
            raise PayloadRejected("not now")

    sink = Scripted(act=act)
    with delivering(
        outbox, sink, clock=lambda: utc_now() + offset[0], backoff=Backoff(first_s=0.2)
    ) as deliverer:
        put(outbox, 3)
        deliverer.wake()
        assert not deliverer.drain(0.1)
        offset[0] = timedelta(seconds=jump_s)
        jumped.set()
        assert deliverer.drain(5)


def test_a_restart_tries_everything_at_once() -> None:
    """What was put off by a clock that was wrong is not waited for."""
    outbox, sink = MemoryOutbox(), Scripted()
    put(outbox, 1)
    delivery = outbox.entries[0].delivery
    outbox.failed(delivery, "refused", utc_now() + timedelta(days=300))
    with delivering(outbox, sink) as deliverer:
        assert deliverer.drain(5)


def test_stopping_finishes_the_delivery_in_hand_and_leaves_the_rest() -> None:
    outbox, begun, release = MemoryOutbox(), threading.Event(), threading.Event()

    def act(_: Delivery) -> None:
        begun.set()
        release.wait(10)

    sink = Scripted(act=act)
    put(outbox, 3)
    deliverer = Deliverer(outbox, [sink], backoff=QUICK)
    deliverer.start()
    assert begun.wait(5)
    threading.Timer(0.1, release.set).start()
    assert deliverer.stop(5)
    assert [e.accepted_at is not None for e in outbox.entries] == [True, False, False]
    assert sink.closed == 1


def test_stopping_does_not_wait_for_ever() -> None:
    outbox, release = MemoryOutbox(), threading.Event()
    sink = Scripted(act=lambda _: release.wait(10))
    put(outbox, 1)
    deliverer = Deliverer(outbox, [sink], backoff=QUICK)
    deliverer.start()
    time.sleep(0.05)
    assert not deliverer.stop(0.05)
    release.set()
    assert deliverer.stop(5)


def test_sinks_are_closed_even_if_never_started() -> None:
    sink = Scripted()
    assert Deliverer(MemoryOutbox(), [sink]).stop(1)
    assert sink.closed == 1


def test_two_sinks_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="one name"):
        Deliverer(MemoryOutbox(), [Scripted(), Scripted()])


def test_a_refused_revision_gives_way_to_the_next() -> None:
    outbox = MemoryOutbox()
    sink = Scripted(act=failing(PayloadRejected("one of two")))
    (alert,) = put(outbox, 1)
    with delivering(outbox, sink, backoff=Backoff(first_s=30)) as deliverer:
        assert not deliverer.drain(0.1)
        outbox.put(replace(alert, revision=2), "sink")
        deliverer.wake()
        assert deliverer.drain(5)
    assert [d.alert.revision for d in sink.tried] == [1, 2]


@pytest.mark.parametrize("refuses", [False, True], ids=["down", "down and refusing"])
@pytest.mark.parametrize("seed", range(5))
def test_revisions_arrive_in_order_whatever_fails(
    seed: int, refuses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewarden.alert.worker.POLL_S", 0.01)
    chance = random.Random(seed)

    def act(_: Delivery) -> None:
        roll = chance.random()
        if roll < 0.2:
            raise SinkUnavailable("down")
        if refuses and roll < 0.4:
            raise PayloadRejected("no")
        if roll < 0.45:
            raise RuntimeError

    outbox, sink = MemoryOutbox(), Scripted(act=act)
    first = [make_alert(snapshot=None) for _ in range(6)]
    with delivering(outbox, sink, backoff=Backoff(first_s=0.0005, longest_s=0.002)) as deliverer:
        for revision in range(1, 6):
            for alert in first:
                outbox.put(replace(alert, revision=revision), "sink")
                deliverer.wake()
        assert deliverer.drain(20)
    for alert in first:
        revisions = [d.alert.revision for d in sink.accepted if d.alert.alert_id == alert.alert_id]
        if refuses:
            assert (revisions, revisions[-1]) == (sorted(set(revisions)), 5)
        else:
            assert revisions == [1, 2, 3, 4, 5]
