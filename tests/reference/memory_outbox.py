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
    refused: bool = False


class MemoryOutbox:
    """Keeps the contract of facewarden.alert.outbox.Outbox; nothing survives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.entries: list[Entry] = []
        self._number = 0

    def put(self, alert: Alert, *sinks: str) -> None:
        """Commit one revision for these sinks."""
        with self._lock:
            for sink in sinks:
                key = f"{alert.alert_id}:{alert.revision}:{sink}"
                self._number += 1
                self.entries.append(Entry(Delivery(self._number, sink, key, 0, alert)))

    def pending(self, sink: str, now: datetime, limit: int) -> Sequence[Delivery]:
        with self._lock:
            due: list[Delivery] = []
            waiting: dict[str, list[Entry]] = {}
            for entry in self._waiting(sink):
                waiting.setdefault(entry.delivery.alert.alert_id, []).append(entry)
            for revisions in waiting.values():
                firm = [entry for entry in revisions if not entry.refused]
                entry = firm[0] if firm else revisions[-1]
                if entry.retry_at <= now:
                    due.append(entry.delivery)
            return sorted(due, key=lambda one: (one.attempts, one.delivery_id))[:limit]

    def accepted(self, delivery: Delivery, at: datetime) -> None:
        with self._lock:
            self._entry(delivery).accepted_at = at
            self.entries = [e for e in self.entries if not _overtaken(e, delivery)]

    def failed(
        self,
        delivery: Delivery,
        problem: str,
        retry_at: datetime,
        reached: frozenset[str] = frozenset(),
        *,
        refused: bool = False,
    ) -> None:
        with self._lock:
            entry = self._entry(delivery)
            entry.delivery = replace(
                entry.delivery, attempts=entry.delivery.attempts + 1, reached=reached
            )
            entry.problem, entry.retry_at, entry.refused = problem, retry_at, refused

    def _entry(self, delivery: Delivery) -> Entry:
        return next(e for e in self.entries if e.delivery.delivery_id == delivery.delivery_id)

    def _waiting(self, sink: str) -> list[Entry]:
        mine = [e for e in self.entries if e.delivery.sink == sink and e.accepted_at is None]
        return sorted(mine, key=lambda e: (e.delivery.alert.revision, e.delivery.delivery_id))


def _overtaken(entry: Entry, by: Delivery) -> bool:
    one = entry.delivery
    return (
        entry.accepted_at is None
        and (one.sink, one.alert.alert_id) == (by.sink, by.alert.alert_id)
        and one.alert.revision < by.alert.revision
    )
