"""How far each sink is behind, as the outbox tells it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from facewarden.store.tables import delivery


@dataclass(frozen=True, slots=True)
class SinkQueue:
    """What waits for one sink, and what it has accepted.

    Attributes:
        waiting: deliveries not accepted.
        waiting_since: when the oldest of them was put there, UTC; None where nothing waits.
        last_delivered_at: of those that are kept, UTC; None where it has accepted none.
        problem: why the oldest was not accepted, in one line; empty where it was not tried.
        retry_at: when it is tried again, UTC.
    """

    sink: str
    waiting: int
    waiting_since: datetime | None
    last_delivered_at: datetime | None
    problem: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class OldestWaiting:
    """The delivery that a sink has not accepted for longest, its problem sealed."""

    delivery_id: int
    count: int
    created_at: datetime
    problem: bytes | None
    retry_at: datetime | None


def oldest_waiting(connection: Connection) -> dict[str, OldestWaiting]:
    """Return, for each sink for which something waits, the oldest of it."""
    firsts = (
        select(
            delivery.c.sink,
            func.min(delivery.c.delivery_id).label("first"),
            func.count().label("waiting"),
        )
        .where(delivery.c.delivered_at.is_(None))
        .group_by(delivery.c.sink)
        .subquery()
    )
    rows = connection.execute(
        select(delivery, firsts.c.waiting).join(firsts, delivery.c.delivery_id == firsts.c.first)
    ).all()
    return {
        row.sink: OldestWaiting(
            row.delivery_id, row.waiting, row.created_at, row.problem, row.retry_at
        )
        for row in rows
    }


def last_delivered(connection: Connection) -> dict[str, datetime]:
    """Return when each sink has last accepted something, UTC."""
    rows = connection.execute(
        select(delivery.c.sink, func.max(delivery.c.delivered_at).label("at"))
        .where(delivery.c.delivered_at.is_not(None))
        .group_by(delivery.c.sink)
    ).all()
    return {row.sink: row.at for row in rows}
