"""The slow, obvious twin of the store's outbox: a list under a lock."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from facewarden.data import Alert, Delivery

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Entry:
    delivery: Delivery
    retry_at: datetime = LONG_AGO
    accepted_at: datetime | None = None
    problem: str = ""


class MemoryOutbox:
    """Keeps the contract of facewarden.alert.outbox.Outbox; nothing survives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.entries: list[Entry] = []

    def put(self, alert: Alert, *sinks: str) -> None:
        """Commit one revision for these sinks."""
        with self._lock:
            for sink in sinks:
                key = f"{alert.alert_id}:{alert.revision}:{sink}"
                number = len(self.entries) + 1
                self.entries.append(Entry(Delivery(number, sink, key, 0, alert)))

    def pending(self, sink: str, now: datetime, limit: int) -> Sequence[Delivery]:
        with self._lock:
            due: list[Delivery] = []
            seen: set[str] = set()
            for entry in self._waiting(sink):
                if entry.delivery.alert.alert_id in seen:
                    continue
                seen.add(entry.delivery.alert.alert_id)
                if entry.retry_at <= now:
                    due.append(entry.delivery)
            return sorted(due, key=lambda one: (one.attempts, one.delivery_id))[:limit]

    def accepted(self, delivery: Delivery, at: datetime) -> None:
        with self._lock:
            self.entries[delivery.delivery_id - 1].accepted_at = at

    def failed(
        self,
        delivery: Delivery,
        problem: str,
        retry_at: datetime,
        reached: frozenset[str] = frozenset(),
    ) -> None:
        with self._lock:
            entry = self.entries[delivery.delivery_id - 1]
            entry.delivery = replace(
                entry.delivery, attempts=entry.delivery.attempts + 1, reached=reached
            )
            entry.problem, entry.retry_at = problem, retry_at

    def _waiting(self, sink: str) -> list[Entry]:
        mine = [e for e in self.entries if e.delivery.sink == sink and e.accepted_at is None]
        return sorted(mine, key=lambda e: (e.delivery.alert.revision, e.delivery.delivery_id))
