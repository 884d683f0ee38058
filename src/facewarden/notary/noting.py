"""When the head is noted, and by which notaries."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facewarden.errors import SinkError
from facewarden.notary.head_note import Notary, written
from facewarden.store.open import Store

log = logging.getLogger("facewarden.notary")


@dataclass(frozen=True, slots=True)
class NotedAt:
    """What came of noting the head at one notary.

    Attributes:
        position: of the head.
        receipt: what proves it; empty where it failed.
        problem: why it failed; empty where it did not.
    """

    method: str
    target: str
    position: int
    receipt: str = ""
    problem: str = ""


class Noting:
    """Notes the head of a store's audit log, on demand and once in a period.

    Args:
        every: between two notes at the same notary.
    """

    def __init__(self, store: Store, notaries: Sequence[Notary], every: timedelta) -> None:
        self._store = store
        self._notaries = tuple(notaries)
        self._every = every

    def now(self, at: datetime) -> list[NotedAt]:
        """Note the head everywhere; a notary that fails does not keep the others from it."""
        return [self._at(notary, at) for notary in self._notaries]

    def where_due(self, at: datetime) -> list[NotedAt]:
        """Note it where the last note is older than the period, or there is none."""
        found = []
        newest = self._store.proof.newest()
        for notary in self._notaries:
            last = newest.get((notary.method, notary.target))
            # A clock that was set back does not stop the notes either.
            if last is None or not timedelta(0) <= at - last < self._every:
                found.append(self._at(notary, at))
        return found

    def _at(self, notary: Notary, at: datetime) -> NotedAt:
        head = self._store.audit.head()
        try:
            receipt = notary.note(written(head, at))
        except SinkError as problem:
            log.warning("the audit log was not noted: %s", problem)
            return NotedAt(notary.method, notary.target, head.position, problem=str(problem))
        self._store.proof.keep(at, head, notary.method, notary.target, receipt)
        return NotedAt(notary.method, notary.target, head.position, receipt)
