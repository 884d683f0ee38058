"""Of all watches of a store one delivers; when it ends, another one takes over."""

import threading
from pathlib import Path

from facewarden.alert.deliverer import Deliverer
from facewarden.alert.status import SinkStatus
from facewarden.errors import StoreBusy
from facewarden.store.writer_lock import WriterLock


class Delivery:
    """Delivers what is in the outbox while no other process of this store does.

    Two that deliver would send every alert twice. The kernel frees the lock whatever way a
    process ends, so that somebody always delivers; alerts of the other watches are found within a
    second (`SinkWorker` polls).

    Args:
        deliverer: not started yet.
        lock: a file beside the store.
    """

    def __init__(self, deliverer: Deliverer, lock: Path) -> None:
        self._deliverer = deliverer
        self._path = lock
        self._turn = threading.Lock()
        self._held: WriterLock | None = None
        self._stopped = False

    @property
    def ours(self) -> bool:
        """Whether this process is the one that delivers."""
        return self._held is not None

    def start(self) -> None:
        """Begin to deliver, unless another process does."""
        self.look()

    def look(self) -> None:
        """Take over when nobody delivers any more; call it now and then."""
        with self._turn:
            if self._held is not None or self._stopped:
                return
            try:
                self._held = WriterLock(self._path)
            except StoreBusy:
                return
            self._deliverer.start()

    def wake(self) -> None:
        """Deliver now: something was put into the outbox."""
        if self._held is not None:
            self._deliverer.wake()

    def stop(self, drain_s: float, stop_s: float = 5.0) -> None:
        """Give the sinks `drain_s` seconds for what is left, then let another process deliver."""
        with self._turn:
            self._stopped = True
        if self._held is not None:
            self._deliverer.drain(drain_s)
        self._deliverer.stop(stop_s)
        if self._held is not None:
            self._held.release()

    def status(self) -> dict[str, SinkStatus]:
        """Return how each sink is doing, by name; none where another process delivers."""
        return self._deliverer.status() if self.ours else {}
