"""One thread that carries alerts from the outbox to one sink."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from facewarden.alert.backoff import Backoff
from facewarden.alert.clock import Clock, ForwardClock
from facewarden.alert.outbox import Outbox
from facewarden.alert.sink import Sink
from facewarden.alert.status import SinkStatus
from facewarden.data import Delivery
from facewarden.errors import FacewardenError, PayloadRejected, SinkError, SinkUnavailable

BATCH = 32
"""Deliveries read at once; each carries a picture, so this bounds memory at a few MB."""

STALE_S = 2.0
"""What was read longer ago is read again: a subject may have been removed since."""

POLL_S = 1.0
"""How often to look for due retries and for commits of other processes, which cannot wake us."""

QUIET_S = 60.0
"""The same trouble of the outbox is logged once in this time, not at every look."""

REFUSED_LONGER = 60
"""An alert that is refused again and again waits so much longer than a sink: up to an hour."""

FAR = timedelta(days=3650)
"""Added to now, everything is due."""

log = logging.getLogger("facewarden.alert")


class SinkWorker:
    """Delivers at least once, and lives as long as the process: no sink and no store ends it.

    A sink that is unavailable is left alone for a growing time; its alerts stay due, so that all
    go out when it is back. While a single alert has failed, it may be that alert on which the
    receiver breaks: what comes new meanwhile is tried all the same. A rejected alert waits alone.
    Alerts that were tried least go first: one that breaks the receiver cannot hold the others.
    """

    def __init__(
        self, outbox: Outbox, sink: Sink, *, clock: Clock, backoff: Backoff, poll_s: float = POLL_S
    ) -> None:
        self.name = sink.name
        self._outbox = outbox
        self._sink = sink
        self._wall = clock
        self._schedule = ForwardClock(clock)
        self._backoff = backoff
        self._patience = replace(backoff, longest_s=REFUSED_LONGER * backoff.longest_s)
        self._poll_s = poll_s
        self._refusals: Counter[int] = Counter()
        self._failures = 0
        self._suspects: set[int] = set()  # deliveries at which the sink was unavailable
        self._asked_to_wait = False
        self._resume_at_s = 0.0  # monotonic: a jump of the wall clock neither ends nor extends it
        self._reported = ""
        self._reported_at_s = 0.0
        self._status = SinkStatus()
        self._lock = threading.Lock()
        self._stirred = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"alert-{self.name}", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Say that something was committed."""
        self._stirred.set()

    def available(self) -> None:
        """Say that the sink can be reached again: end its backoff, but not its growth."""
        self._resume_at_s = 0.0
        self._stirred.set()

    def stop(self) -> None:
        """Ask the thread to end after the delivery in hand."""
        self._stopping.set()
        self._stirred.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread; say whether it has ended."""
        if self._thread.ident is None:
            self._close()
            return True
        self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def status(self) -> SinkStatus:
        """Return how the sink is doing."""
        left_s = self._left_s()
        until = self._wall() + timedelta(seconds=left_s) if left_s > 0 else None
        with self._lock:
            return replace(self._status, backing_off_until=until)

    def _run(self) -> None:
        # Waits set before this start may rest on a clock that was wrong then: the first look
        # takes what it finds as due.
        ahead = FAR
        try:
            while not self._stopping.is_set():
                self._stirred.clear()
                if self._pause():
                    continue
                try:
                    busy = self._pass(ahead)
                    ahead = timedelta(0)
                except Exception as problem:  # noqa: BLE001  the thread must outlive any store
                    self._trouble("the outbox cannot be read", problem)
                    busy = False
                if not busy:
                    left_s = self._left_s()
                    self._stirred.wait(min(self._poll_s, left_s) if left_s > 0 else self._poll_s)
        finally:
            self._close()

    def _pause(self) -> bool:
        """Wait while the sink backs off, at most until something stirs; say whether it did."""
        left_s = self._left_s()
        if left_s <= 0 or self._one_alert_alone():
            return False
        self._stirred.wait(left_s)
        return True

    def _left_s(self) -> float:
        return self._resume_at_s - time.monotonic()

    def _one_alert_alone(self) -> bool:
        return len(self._suspects) == 1 and not self._asked_to_wait

    def _pass(self, ahead: timedelta) -> bool:
        """Try what is due; say whether to look again at once."""
        now = self._schedule() + ahead
        due = self._outbox.pending(self.name, now, BATCH)
        if self._left_s() > 0:
            due = [delivery for delivery in due if delivery.attempts == 0]
        read_s = time.monotonic()
        for delivery in due:
            if self._stopping.is_set() or time.monotonic() - read_s > STALE_S:
                return True
            try:
                self._sink.deliver(delivery)
            except PayloadRejected as problem:
                self._rejected(delivery, problem)
            except SinkUnavailable as problem:
                self._unavailable(delivery, problem, str(problem), problem.retry_after_s)
                return True
            except Exception as problem:  # noqa: BLE001  a sink's fault must not end its thread
                self._unavailable(delivery, problem, _anonymous(problem), 0.0)
                return True
            else:
                self._accepted(delivery)
        return bool(due)

    def _answered(self, delivery: Delivery) -> None:
        """The sink is there. The waits of one alert on which it breaks go on growing."""
        if not self._one_alert_alone() or delivery.delivery_id in self._suspects:
            self._failures = 0
            self._suspects.clear()

    def _accepted(self, delivery: Delivery) -> None:
        at = self._wall()
        self._answered(delivery)
        self._refusals.pop(delivery.delivery_id, None)
        with self._lock:
            recovered = self._status.failed and not self._status.healthy
            self._status = replace(
                self._status,
                healthy=True,
                delivered=self._status.delivered + 1,
                last_success_at=at,
            )
        if recovered:
            log.info("sink %s delivers again", self.name)
        self._record("a delivery", lambda: self._outbox.accepted(delivery, at))

    def _rejected(self, delivery: Delivery, problem: PayloadRejected) -> None:
        self._answered(delivery)
        # Not `attempts`: those of a sink that was down say nothing of this alert.
        self._refusals[delivery.delivery_id] += 1
        wait_s = self._patience.delay_s(self._refusals[delivery.delivery_id])
        self._failed(delivery, problem, str(problem), wait_s, refused=True)
        log.warning(
            "sink %s refused alert %s, next attempt in %.1f s: %s",
            self.name, delivery.alert.alert_id, wait_s, problem,
        )  # fmt: skip

    def _unavailable(
        self, delivery: Delivery, cause: Exception, problem: str, retry_after_s: float
    ) -> None:
        self._failures += 1
        self._suspects.add(delivery.delivery_id)
        self._asked_to_wait = retry_after_s > 0
        wait_s = max(self._backoff.delay_s(self._failures), retry_after_s)
        self._resume_at_s = time.monotonic() + wait_s
        log.warning("sink %s unavailable, next attempt in %.1f s: %s", self.name, wait_s, problem)
        self._failed(delivery, cause, problem, 0.0)

    def _failed(
        self,
        delivery: Delivery,
        cause: Exception,
        problem: str,
        wait_s: float,
        *,
        refused: bool = False,
    ) -> None:
        with self._lock:
            self._status = replace(
                self._status,
                healthy=False,
                failed=self._status.failed + 1,
                last_problem=problem,
                last_problem_at=self._wall(),
            )
        retry_at = self._schedule() + timedelta(seconds=wait_s)
        reached = delivery.reached
        if isinstance(cause, SinkError):
            reached |= cause.reached
        self._record(
            "a failure",
            lambda: self._outbox.failed(delivery, problem, retry_at, reached, refused=refused),
        )

    def _record(self, what: str, write: Callable[[], None]) -> None:
        """Write to the outbox until it takes it: else an accepted alert would go out again."""
        tries = 0
        while True:
            try:
                write()
            except Exception as problem:  # noqa: BLE001  the thread must outlive any store
                tries += 1
                self._trouble(f"{what} cannot be recorded", problem)
                if self._stopping.wait(self._backoff.delay_s(tries)):
                    return
            else:
                return

    def _trouble(self, what: str, problem: Exception) -> None:
        text = str(problem) if isinstance(problem, FacewardenError) else _anonymous(problem)
        now_s = time.monotonic()
        if text != self._reported or now_s - self._reported_at_s > QUIET_S:
            self._reported, self._reported_at_s = text, now_s
            log.error("sink %s: %s: %s", self.name, what, text)
        with self._lock:
            self._status = replace(
                self._status,
                healthy=False,
                last_problem=f"{what}: {text}",
                last_problem_at=self._wall(),
            )

    def _close(self) -> None:
        try:
            self._sink.close()
        except Exception as problem:  # noqa: BLE001  closing is the last thing: report, go on
            log.warning("sink %s did not close cleanly: %s", self.name, _anonymous(problem))


def _anonymous(problem: Exception) -> str:
    """Name an unexpected exception and where it came from; its text may hold a secret."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return f"unexpected {type(problem).__name__}{where}"
