"""An outbox in a list: the slow, obvious twin of the one in the store."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Row:
    sink: str
    alert_id: str
    revision: int
    retry_at: datetime | None = None
    attempts: int = 0
    delivered: bool = False


class SlowOutbox:
    def __init__(self, longest_wait: timedelta) -> None:
        self.rows: list[Row] = []
        self.longest_wait = longest_wait

    def record(self, alert_id: str, revision: int, sinks: list[str]) -> None:
        known = [row.revision for row in self.rows if row.alert_id == alert_id]
        if not known or max(known) < revision:
            self.rows += [Row(sink, alert_id, revision) for sink in sinks]

    def pending(self, sink: str, now: datetime, limit: int) -> list[Row]:
        """Return what is due, least tried first, then oldest."""
        due = []
        begun = set()
        for row in self.rows:
            if row.sink != sink or row.delivered or row.alert_id in begun:
                continue
            begun.add(row.alert_id)
            if row.retry_at is None or not now < row.retry_at <= now + self.longest_wait:
                due.append(row)
        return sorted(due, key=lambda row: row.attempts)[:limit]
