"""What one process at a time does for a store: to watch, to serve, to deliver."""

import logging
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from facewarden.errors import StoreBusy, StoreUnreachable
from facewarden.store.claim import Claim
from facewarden.store.open import Store
from facewarden.store.writer_lock import WriterLock

log = logging.getLogger("facewarden.store")

LOOK_S: Final = 0.1


class Duty:
    """Held from `take` until `release`, the end of a `with`, or the process's death.

    A lock beside the store keeps out the others of this machine, and names their process; a claim
    in the database those of other machines. The lock holds while the database is away.

    Args:
        store: open for as long as the duty is held.
        folder: where the lock stands.
        name: of the duty, such as "watch-7".
        doing: the same in words, for messages: another process `doing` for this store.
    """

    def __init__(self, store: Store, folder: Path, name: str, doing: str) -> None:
        self._store = store
        self._path = folder / f"{name}.lock"
        self._name = name
        self._doing = doing
        self._turn = threading.Lock()
        self._lock: WriterLock | None = None
        self._claim: Claim | None = None

    @property
    def held(self) -> bool:
        """Whether it is this process's, as far as is known."""
        return self._lock is not None

    def take(self, patience_s: float = 0.0, given_up: threading.Event | None = None) -> None:
        """Take it; nothing happens where it is held.

        Args:
            patience_s: how long to wait for another process that is about to end.
            given_up: ends the waiting.

        Raises:
            StoreBusy: another process has it.
            StoreUnreachable: the database does not answer.
        """
        given_up = given_up or threading.Event()
        deadline_s = time.monotonic() + patience_s
        while True:
            try:
                return self._take()
            except StoreBusy:
                if time.monotonic() >= deadline_s or given_up.wait(LOOK_S):
                    raise

    def keep(self) -> bool:
        """Make sure of it; call it now and then, for a restart of the database ends claims.

        Returns:
            False where another process, on another machine, was faster: it is theirs now. While
            the database does not answer it stays ours, since nobody can take it.
        """
        with self._turn:
            if self._claim is None:
                return False
            try:
                self._claim.renew()
            except StoreUnreachable as error:
                log.debug("%s", error)  # whoever needs the store says so
            except StoreBusy:
                log.warning("another process %s for this store now", self._doing)
                self._release()
                return False
            return True

    def release(self) -> None:
        """Let another process have it; safe to call twice."""
        with self._turn:
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _take(self) -> None:
        with self._turn:
            if self._lock is not None:
                return
            lock = WriterLock(self._path, self._doing)
            try:
                self._claim = self._store.claim(self._name)
            except BaseException:
                lock.release()
                raise
            self._lock = lock

    def _release(self) -> None:
        claim, self._claim = self._claim, None
        lock, self._lock = self._lock, None
        if claim is not None:
            claim.release()
        if lock is not None:
            lock.release()
