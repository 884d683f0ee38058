"""Keeps one watch alive for each deployment that is due, and ends it when its time is over."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from facewarden.capture.source import SourceState
from facewarden.errors import StoreError
from facewarden.server.child import LINES_KEPT, Answer, Child, environment
from facewarden.server.due import Due

log = logging.getLogger("facewarden.server.watch")

LOOK_EVERY_S: Final = 0.25
QUICK_S: Final = 30.0
"""A watch that lived for less has failed quickly; one that lived longer begins anew."""
DELAYS_S: Final = (0.2, 0.5, 1.0, 2.0)
"""Before it is started again, by quick failures: from its death to its start never more than 5 s,
whoever kills it however often, with room for a machine that is busy."""
REFUSES_S: Final = (0.2, 1.0, 4.0, 10.0, 30.0)
"""The same for one that ends by itself with a failure: it says why, and starting costs 2 s of a
core (2026-11-22, 2-core Xeon)."""
STORE_S: Final = (0.2, 0.5, 1.0)
"""The same where that failure was the store's. While the supervisor cannot read it either, such a
watch is not started, and when it can again, at once; this is for what its own question does not
meet, such as a lock of writers."""
END_S: Final = 25.0
"""For a watch to end in order: it gives sinks 10 s; then it is killed."""
RATE_OVER: Final = 10
"""Answers, a second apart, that a rate is taken over."""
HUNG_S: Final = 60.0
"""Without an answer for so long, a watch that has answered before is killed and started again."""


class WatchState(StrEnum):
    """What the watch of a deployment is doing."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """The watch of one deployment; a consistent copy.

    Attributes:
        pid: of its process, None while there is none.
        since: when it began to be in this state, UTC.
        restarts: how often it had to be started again.
        exit_status: of its last life, -n for signal n; None in its first.
        retry_in_s: until it is started again.
        problem: the last thing it said before it ended unasked.
        cameras: what each camera does, as `watch_answers.status_json`.
    """

    deployment_id: int
    state: WatchState
    pid: int | None
    since: datetime
    restarts: int
    exit_status: int | None
    retry_in_s: float
    problem: str
    cameras: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """A watch or one of its cameras has changed its state.

    Attributes:
        camera_id: empty where the watch itself has.
        state: a WatchState or "ended", or a state of the camera.
        name: what the camera is called.
    """

    deployment_id: int
    camera_id: str
    state: str
    problem: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CameraState:
    """What a camera does in the deployment that watches it.

    Attributes:
        told: as `watch_answers.status_json`.
        fps: pictures analysed a second, lately; None where it is not known yet.
    """

    deployment_id: int
    told: Mapping[str, Any]
    fps: float | None


@dataclass(slots=True)
class _Watch:
    """What is known of one deployment's watch; changed under the supervisor's lock."""

    deployment_id: int
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    child: Child | None = None
    state: WatchState = WatchState.STARTING
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    quick_failures: int = 0
    restarts: int = 0
    exit_status: int | None = None
    start_at_s: float = 0.0
    kill_at_s: float | None = None
    problem: str = ""
    answer: Answer = field(default_factory=dict)
    camera_states: dict[str, tuple[str, str]] = field(default_factory=dict)  # state and name
    analysed: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)


class Supervisor:
    """One child process per due deployment; see `server.context.Lifetime` for `start` and `stop`.

    Whether a deployment is due is a matter of the wall clock, and of `due`; everything else is
    measured by the monotonic clock. Processes of an earlier server are never adopted: they end by
    themselves, and the new child waits for that.

    Args:
        due: ids of the deployments that should be watching now; asked every quarter of a second
            from a thread of its own. When it fails or blocks, what was due stays due.
        command: starts the watch of a deployment.
        control, live: sockets of that watch.
        happened: told of changes of state, from several threads; must be quick.
        hung_s: without an answer for so long, a watch that has answered is killed.
        end_s: for a watch to end in order; then it is killed.
    """

    def __init__(
        self,
        due: Callable[[], Collection[int]],
        command: Callable[[int], Sequence[str]],
        *,
        control: Callable[[int], Path],
        live: Callable[[int], Path],
        happened: Callable[[Happening], None] = lambda _: None,
        hung_s: float = HUNG_S,
        end_s: float = END_S,
    ) -> None:
        self._due = Due(due)
        self._command = command
        self._control = control
        self._live = live
        self._happened = happened
        self._hung_s = hung_s
        self._end_s = end_s
        self._watches: dict[int, _Watch] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to look after what is due."""
        self._due.start()
        self._thread.start()

    def stop(self) -> None:
        """End every watch in order, and return when all have ended."""
        self._stopping.set()
        self._due.stop()
        if self._thread.ident is not None:
            self._thread.join()
        with self._lock:
            children = [w.child for w in self._watches.values() if w.child is not None]
        for child in children:
            child.ask_to_end()
        deadline_s = time.monotonic() + self._end_s
        for child in children:
            if not child.wait(deadline_s - time.monotonic()):
                child.kill()
                child.wait(5)
        with self._lock:
            self._watches.clear()

    def status(self) -> tuple[WatchStatus, ...]:
        """Return how the watches are, by deployment; from any thread, at once."""
        with self._lock:
            return tuple(_status(self._watches[one]) for one in sorted(self._watches))

    def lines(self, deployment_id: int) -> tuple[str, ...]:
        """Return the last lines that the watch of a deployment has said, oldest first."""
        with self._lock:
            watch = self._watches.get(deployment_id)
            return tuple(watch.lines) if watch is not None else ()

    def camera(self, camera_id: str) -> CameraState | None:
        """Return what a camera is doing, None where no running watch has it."""
        with self._lock:
            for watch in self._watches.values():
                for camera in watch.answer.get("cameras", ()):
                    if camera.get("camera") == camera_id:
                        rate = _rate(watch.analysed.get(camera_id, ()))
                        return CameraState(watch.deployment_id, camera, rate)
        return None

    def live_socket(self, camera_id: str) -> Path | None:
        """Return where the pictures of a camera are to be had, None where nobody watches it."""
        for status in self.status():
            if any(camera.get("camera") == camera_id for camera in status.cameras):
                return self._live(status.deployment_id)
        return None

    def _run(self) -> None:
        away = False
        while not self._stopping.wait(LOOK_EVERY_S):
            before, away = away, self._due.away
            try:
                if before and not away:
                    self._begin_anew()
                self._look(self._due.known)
            except Exception:
                log.exception("the supervisor failed once")

    def _begin_anew(self) -> None:
        """Let those that failed for want of the store wait no longer: it is back."""
        with self._lock:
            watches = list(self._watches.values())
        for watch in watches:
            if watch.child is None and _lacked_store(watch):
                watch.quick_failures = 0
                watch.start_at_s = 0.0

    def _look(self, due: frozenset[int]) -> None:
        with self._lock:
            for deployment_id in sorted(due - set(self._watches)):
                self._watches[deployment_id] = _Watch(deployment_id)
            watches = list(self._watches.values())
        for watch in watches:
            child = watch.child
            if child is None:
                self._begin_or_forget(watch, due)
            elif (status := child.exit_status()) is not None:
                self._ended(watch, child, status)
            else:
                self._check(watch, child, due)

    def _begin_or_forget(self, watch: _Watch, due: frozenset[int]) -> None:
        if watch.deployment_id not in due:
            with self._lock:
                del self._watches[watch.deployment_id]
            self._tell(watch, "", "ended", watch.problem)
        elif time.monotonic() >= watch.start_at_s and not (self._due.away and _lacked_store(watch)):
            self._begin(watch)

    def _begin(self, watch: _Watch) -> None:
        def answered(answer: Answer) -> None:
            self._heard(watch, child, answer)

        try:
            child = Child(
                f"deployment {watch.deployment_id}",
                self._command(watch.deployment_id),
                self._control(watch.deployment_id),
                lines=watch.lines,
                environment=environment(),
                answered=answered,
            )
        except OSError as error:
            # No memory, no process ids: the machine is in trouble, and we with it.
            log.error("deployment %d cannot be watched: %s", watch.deployment_id, error)  # noqa: TRY400
            watch.quick_failures += 1
            watch.start_at_s = time.monotonic() + _of(REFUSES_S, watch.quick_failures)
            return
        with self._lock:
            watch.child = child
            watch.kill_at_s = None
        self._enter(watch, WatchState.STARTING)

    def _check(self, watch: _Watch, child: Child, due: frozenset[int]) -> None:
        """See after a child that lives: end it when it is not due, or hangs."""
        now_s = time.monotonic()
        if watch.kill_at_s is not None:
            if now_s >= watch.kill_at_s:
                log.error("deployment %d: its watch did not end and is killed", watch.deployment_id)
                child.kill()
        elif watch.deployment_id not in due:
            child.ask_to_end()
            watch.kill_at_s = now_s + self._end_s
            self._enter(watch, WatchState.ENDING)
        elif child.silent_s() > self._hung_s:
            log.error("deployment %d: its watch hangs and is killed", watch.deployment_id)
            child.kill()

    def _ended(self, watch: _Watch, child: Child, status: int) -> None:
        asked = watch.kill_at_s is not None
        with self._lock:
            watch.child = None
            watch.answer = {}
            watched, watch.camera_states = watch.camera_states, {}
            watch.analysed.clear()
            watch.exit_status = status
            watch.kill_at_s = None
        if asked:
            # Forgotten at the next look, or begun anew where it is due again.
            self._tell_cameras(watch, watched, SourceState.ENDED, "")
            return
        watch.quick_failures = watch.quick_failures + 1 if child.age_s() < QUICK_S else 0
        watch.restarts += 1
        delay_s = _of(_delays_s(status), watch.quick_failures)
        watch.start_at_s = time.monotonic() + delay_s
        watch.problem = _why(status, watch.lines)
        if watch.problem:
            log.error(
                "deployment %d: its watch has ended, again in %.1f s: %s",
                *(watch.deployment_id, delay_s, watch.problem),
            )
        self._enter(watch, WatchState.RESTARTING)
        self._tell_cameras(watch, watched, SourceState.DOWN, "its watch has ended")

    def _heard(self, watch: _Watch, child: Child, answer: Answer) -> None:
        with self._lock:
            if watch.child is not child:
                return
            watch.answer = answer
            began = watch.state is WatchState.STARTING
            before = watch.camera_states
            problems = {
                str(camera.get("camera")): str(camera.get("problem"))
                for camera in answer.get("cameras", ())
            }
            now = watch.camera_states = {
                str(camera.get("camera")): (str(camera.get("state")), str(camera.get("name", "")))
                for camera in answer.get("cameras", ())
            }
            for camera in answer.get("cameras", ()):
                counts = watch.analysed.setdefault(
                    str(camera.get("camera")), deque(maxlen=RATE_OVER)
                )
                counts.append((time.monotonic(), int(camera.get("analysed", 0))))
        if began:
            watch.problem = ""
            self._enter(watch, WatchState.RUNNING)
        for camera_id, (state, name) in now.items():
            if before.get(camera_id) != (state, name):
                self._tell(watch, camera_id, state, problems[camera_id], name)
        left = {one: told for one, told in before.items() if one not in now}
        self._tell_cameras(watch, left, SourceState.ENDED, "")

    def _enter(self, watch: _Watch, state: WatchState) -> None:
        with self._lock:
            if watch.state is state and state is not WatchState.STARTING:
                return
            watch.state = state
            watch.since = datetime.now(UTC)
        self._tell(watch, "", state, watch.problem)

    def _tell_cameras(
        self, watch: _Watch, cameras: Mapping[str, tuple[str, str]], state: str, problem: str
    ) -> None:
        for camera_id, (_, name) in cameras.items():
            self._tell(watch, camera_id, state, problem, name)

    def _tell(
        self, watch: _Watch, camera_id: str, state: str, problem: str, name: str = ""
    ) -> None:
        try:
            self._happened(Happening(watch.deployment_id, camera_id, state, problem, name))
        except Exception:
            log.exception("a change of state was not told")


def _rate(counts: Sequence[tuple[float, int]]) -> float | None:
    """Return how fast a count grows a second; a camera that was changed counts anew from 0."""
    if len(counts) < 2 or counts[-1][1] < counts[0][1]:
        return None
    return round((counts[-1][1] - counts[0][1]) / (counts[-1][0] - counts[0][0]), 2)


def _why(status: int, lines: Sequence[str]) -> str:
    """Return why a watch has ended; empty where it ended in order."""
    if status < 0:
        return f"it was killed by signal {-status}"
    return (lines[-1] if lines else f"it ended with status {status}") if status else ""


def _lacked_store(watch: _Watch) -> bool:
    """Tell whether its last life ended for want of the store."""
    return watch.exit_status == StoreError.exit_code


def _delays_s(status: int) -> Sequence[float]:
    # Killed by a signal, it was not its own fault; a zero is an end that it chose.
    if status < 0:
        return DELAYS_S
    return STORE_S if status == StoreError.exit_code else REFUSES_S


def _of(delays_s: Sequence[float], failures: int) -> float:
    return delays_s[min(max(failures - 1, 0), len(delays_s) - 1)]


def _status(watch: _Watch) -> WatchStatus:
    waiting = watch.child is None
    return WatchStatus(
        watch.deployment_id,
        watch.state,
        None if watch.child is None else watch.child.pid,
        watch.since,
        watch.restarts,
        watch.exit_status,
        max(0.0, watch.start_at_s - time.monotonic()) if waiting else 0.0,
        watch.problem,
        tuple(watch.answer.get("cameras", ())),
    )
