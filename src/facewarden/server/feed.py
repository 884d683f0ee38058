"""Alerts as they come: one poller of the store feeds every client that follows."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from facewarden.api.events import CameraEvent, EventKind, StreamEvent
from facewarden.errors import FacewardenError
from facewarden.server.alert_wire import alert_wires
from facewarden.store.alerts import StoredAlert
from facewarden.store.open import Store

log = logging.getLogger("facewarden.server.feed")

POLL_S: Final = 0.2
"""An alert is to be seen within 1 s of its decision; the recorder commits it within 0.1 s."""
BATCH: Final = 200
KEPT: Final = 1000
"""Newest changes in memory: a client that comes back within them reads none from the store."""
QUEUE: Final = 256
"""Messages that wait for one client; more, and it is told to read the lists again."""


class Eyes(Protocol):
    """What exists for a client."""

    def sees_alert(self, watchlist: str, camera_id: str) -> bool:
        """Tell whether an alert exists for them."""
        ...

    def sees_camera(self, camera_id: str) -> bool:
        """Tell whether a camera exists for them."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """One event, written out once for all clients.

    Attributes:
        change: grows with every change of any alert; 0 for a camera's state.
        text: the event as JSON.
    """

    kind: EventKind
    change: int
    watchlist: str
    camera_id: str
    text: str

    def exists_for(self, eyes: Eyes) -> bool:
        """Tell whether a client may know of it."""
        if self.kind is EventKind.ALERT:
            return eyes.sees_alert(self.watchlist, self.camera_id)
        return eyes.sees_camera(self.camera_id)


class Follower:
    """One client's queue; made and read on the event loop, filled from the poller's thread.

    Attributes:
        user_id: whose it is; 0 where nobody counts.
        lost: the client was too slow: what it missed is not kept for it.
    """

    def __init__(self, eyes: Eyes, loop: asyncio.AbstractEventLoop, user_id: int = 0) -> None:
        self.user_id = user_id
        self._eyes = eyes
        self._loop = loop
        self._waiting: deque[Told] = deque()
        self._some = asyncio.Event()
        self.lost = False

    def offer(self, told: list[Told]) -> None:
        """Add changes; called from the poller's thread."""
        mine = [one for one in told if one.exists_for(self._eyes)]
        if mine:
            try:
                self._loop.call_soon_threadsafe(self._take, mine)
            except RuntimeError:  # the loop has ended: so has the client
                self.lost = True

    def _take(self, told: list[Told]) -> None:
        if len(self._waiting) + len(told) > QUEUE:
            self._waiting.clear()
            self.lost = True
        elif not self.lost:
            self._waiting.extend(told)
        self._some.set()

    async def next(self, timeout_s: float) -> list[Told]:
        """Return what has come, waiting for it at most `timeout_s`; nothing when lost."""
        if not self._waiting and not self.lost:
            self._some.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._some.wait()
            except TimeoutError:
                return []
        found = list(self._waiting)
        self._waiting.clear()
        return found


class AlertFeed:
    """Polls the store while anybody follows, and hands every change to those who may see it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._followers: set[Follower] = set()
        self._recent: deque[Told] = deque(maxlen=KEPT)
        self._position: int | None = None
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread()

    @property
    def streams(self) -> int:
        """How many clients follow."""
        with self._lock:
            return len(self._followers)

    def streams_of(self, user_id: int) -> int:
        """Return how many of them are one person's."""
        with self._lock:
            return sum(follower.user_id == user_id for follower in self._followers)

    def start(self) -> None:
        """Begin to poll."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="alert feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; followers hear nothing more."""
        self._stopping.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(10)

    @property
    def stopping(self) -> bool:
        """Whether streams are to end."""
        return self._stopping.is_set()

    def head(self) -> int:
        """Return the newest change; reads the store where nobody followed lately."""
        with self._lock:
            if self._followers and self._position is not None:
                return self._position
        return self._store.alerts.head()

    def follow(self, eyes: Eyes, loop: asyncio.AbstractEventLoop, user_id: int = 0) -> Follower:
        """Begin to collect what comes from now on for a client."""
        follower = Follower(eyes, loop, user_id)
        with self._lock:
            if not self._followers:
                self._position = None  # what came while nobody followed is read by `missed`
                self._recent.clear()
            self._followers.add(follower)
        self._wanted.set()
        return follower

    def leave(self, follower: Follower) -> None:
        """Forget a client."""
        with self._lock:
            self._followers.discard(follower)
            if not self._followers:
                self._wanted.clear()

    def missed(self, after: int, eyes: Eyes) -> list[Told] | None:
        """Return what a client may see and has missed since a change.

        None: more than is worth telling one by one, or a change that has not happened.
        """
        with self._lock:
            recent = list(self._recent)
        if recent and recent[0].change <= after + 1:
            found = [one for one in recent if one.change > after]
        else:
            if after > self._store.alerts.head():
                return None
            rows = self._store.alerts.since(after, BATCH + 1)
            if len(rows) > BATCH:
                return None
            found = self._told(rows)
        return [one for one in found if one.exists_for(eyes)]

    def happened(self, event: CameraEvent) -> None:
        """Tell that a camera or a watch has changed its state; from any thread, at once."""
        with self._lock:
            followers = list(self._followers)
            position = self._position or 0
        told = Told(
            EventKind.CAMERA,
            0,
            "",
            event.camera_id,
            StreamEvent(kind=EventKind.CAMERA, id=str(position), camera=event).model_dump_json(),
        )
        for follower in followers:
            follower.offer([told])

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._wanted.wait(1.0) or self._stopping.is_set():
                continue
            try:
                self._poll()
            except FacewardenError as error:
                log.warning("the alerts cannot be followed: %s", error)
                self._stopping.wait(1.0)
            except Exception:
                log.exception("the alerts could not be followed once")
                self._stopping.wait(1.0)
            self._stopping.wait(POLL_S)

    def _poll(self) -> None:
        with self._lock:
            position = self._position
        if position is None:
            position = self._store.alerts.head()
            with self._lock:
                self._position = position
        rows = self._store.alerts.since(position, BATCH)
        if not rows:
            return
        new = self._told(rows)
        with self._lock:
            if self._position is None:  # the first of new followers came meanwhile: begin anew
                return
            self._position = new[-1].change
            self._recent.extend(new)
            followers = list(self._followers)
        for follower in followers:
            follower.offer(new)

    def _told(self, rows: Sequence[StoredAlert]) -> list[Told]:
        """Write changes out."""
        return [
            Told(
                EventKind.ALERT,
                row.change,
                row.alert.watchlist,
                row.alert.camera_id,
                StreamEvent(kind=EventKind.ALERT, id=str(row.change), alert=wire).model_dump_json(),
            )
            for row, wire in zip(rows, alert_wires(self._store, rows), strict=True)
        ]
