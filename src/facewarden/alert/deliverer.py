"""From the outbox to every sink, each on its own thread."""

import time
from collections.abc import Sequence

from facewarden.alert.announcing import Announcing
from facewarden.alert.backoff import Backoff
from facewarden.alert.clock import Clock, utc_now
from facewarden.alert.outbox import Outbox
from facewarden.alert.sink import Sink
from facewarden.alert.status import SinkStatus
from facewarden.alert.worker import FAR, POLL_S, SinkWorker
from facewarden.errors import ConfigError, StoreError

DRAIN_LOOK_S = 0.02
"""How often `drain` asks whether anything is left; it is called once, at the end of a run."""


class Deliverer:
    """Delivers every alert to every sink at least once; a dead or slow sink holds no other.

    Args:
        outbox: where deliveries wait; used from one thread per sink.
        sinks: with different names; closed by `stop`.
        clock: UTC wall clock.
        backoff: of a sink that is unavailable, and of a single rejected alert.
        poll_s: how often to look for what other processes have put into the outbox, in seconds.

    Raises:
        ConfigError: two sinks of one name.
    """

    def __init__(
        self,
        outbox: Outbox,
        sinks: Sequence[Sink],
        *,
        clock: Clock = utc_now,
        backoff: Backoff | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        names = [sink.name for sink in sinks]
        if len(set(names)) < len(names):
            raise ConfigError("two sinks have one name", found=", ".join(sorted(names)))
        self._outbox = outbox
        self._clock = clock
        law = backoff or Backoff()
        self._workers = [
            SinkWorker(outbox, sink, clock=clock, backoff=law, poll_s=poll_s) for sink in sinks
        ]
        for worker, sink in zip(self._workers, sinks, strict=True):
            if isinstance(sink, Announcing):
                sink.announce_to(worker.available)

    def start(self) -> None:
        """Start one thread per sink; call once."""
        for worker in self._workers:
            worker.start()

    def wake(self) -> None:
        """Deliver now: call after every commit that put something into the outbox."""
        for worker in self._workers:
            worker.wake()

    def drain(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the outbox to empty; say whether nothing is pending.

        Alerts that a sink refused or could not take count as pending.
        """
        deadline_s = time.monotonic() + timeout
        while True:
            try:
                if not any(self._waiting(worker) for worker in self._workers):
                    return True
            except StoreError:
                pass  # busy or full: the workers report it, here it only means not yet
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(DRAIN_LOOK_S)

    def stop(self, timeout: float) -> bool:
        """Finish the deliveries in hand and close the sinks; the rest stays in the outbox.

        Returns:
            Whether every thread ended within `timeout` seconds; one that did not is left behind
            and ends with the process.
        """
        deadline_s = time.monotonic() + timeout
        for worker in self._workers:
            worker.stop()
        ended = [worker.join(deadline_s - time.monotonic()) for worker in self._workers]
        return all(ended)

    def status(self) -> dict[str, SinkStatus]:
        """Return how each sink is doing, by name."""
        return {worker.name: worker.status() for worker in self._workers}

    def _waiting(self, worker: SinkWorker) -> bool:
        return bool(self._outbox.pending(worker.name, self._clock() + FAR, 1))
