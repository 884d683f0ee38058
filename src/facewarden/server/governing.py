"""What time brings about: look-ups locked, deployments wiped, what expired deleted, noted."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from facewarden.errors import FacewardenError
from facewarden.notary.noting import Noting
from facewarden.store.open import Store
from facewarden.store.retention import RetentionPolicy

log = logging.getLogger("facewarden.server")

EVERY_S: Final = 60.0
PURGE_EVERY_S: Final = 3600.0


class Governing:
    """Looks once a minute, in a thread of its own: wiping may take as long as copying the store.

    Ending deployments is not its work but the supervisor's, which looks more often. A watch deletes
    what has expired, too; between deployments nobody else would.
    """

    def __init__(
        self,
        store: Store,
        noting: Noting,
        retention: RetentionPolicy,
        clock: Callable[[], datetime],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._store = store
        self._noting = noting
        self._retention = retention
        self._next_purge_s = time.monotonic()
        self._clock = clock
        self._every_s = every_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name="governing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what has begun is finished first."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Do what is due now; one thing that fails does not keep the others from it."""
        now = self._clock()
        for work in (self._lock, self._wipe, self._purge, self._note):
            try:
                work(now)
            except FacewardenError as problem:
                log.warning("%s", problem)

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # without this thread nothing would expire any more
                log.exception("a look at what is due failed")
            if self._ending.wait(self._every_s):
                return

    def _lock(self, now: datetime) -> None:
        for lookup_id in self._store.lookups.sweep(now):
            log.warning("look-up %d is locked: nobody has authorised it in time", lookup_id)

    def _wipe(self, now: datetime) -> None:
        for deployment_id in self._store.deployments.wipe_due(now):
            log.info("deployment %d is wiped", deployment_id)

    def _purge(self, now: datetime) -> None:
        if time.monotonic() >= self._next_purge_s:
            self._next_purge_s = time.monotonic() + PURGE_EVERY_S  # also where it fails
            self._store.purge(self._retention, now)

    def _note(self, now: datetime) -> None:
        self._noting.where_due(now)
