"""Deliveries: the durable queue between an alert and its sinks."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Update, delete, exists, func, or_, select, update

from facewarden.data import Delivery, Snapshot
from facewarden.errors import KeyRefused
from facewarden.store.alert_codec import from_text
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.sealed_words import open_text, seal_text, shown_text
from facewarden.store.sink_queues import SinkQueue, last_delivered, oldest_waiting
from facewarden.store.snapshots import drop_old_snapshots, get_snapshot
from facewarden.store.tables import delivery

log = logging.getLogger("facewarden.store")

# No sink is left alone for longer than this. A retry that lies further ahead was set before the
# clock was put back, and waiting for it could silence a sink for years.
LONGEST_WAIT: Final = timedelta(days=1)
ATTEMPTS: Final = delivery.c.attempts
PROBLEM_CHARACTERS: Final = 500  # enough for an error in one line; a sink may answer a whole page


class StoredOutbox:
    """The outbox of a store (Protocol: alert.outbox.Outbox); every call commits before it ends."""

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit
        self._unreadable: set[int] = set()

    def pending(self, sink: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return deliveries of `sink` that are due at `now` (UTC), least tried first, then oldest.

        More than `limit` that are stuck hold nothing back: what was tried less comes before them.

        Of one alert only the oldest revision that is not delivered can be among them; one that
        was refused is passed over once there is a later one. The alert is shown as it was at
        that revision; one whose snapshot was tampered with goes without it,
        and one whose own words were waits, told in the log: one bad row must not hold every sink
        back.
        """
        older = delivery.alias("older")
        blocked = exists().where(
            older.c.alert_id == delivery.c.alert_id,
            older.c.sink == delivery.c.sink,
            older.c.revision < delivery.c.revision,
            older.c.delivered_at.is_(None),
            ~older.c.refused,
        )
        newer = delivery.alias("newer")
        overtaken = delivery.c.refused & exists().where(
            newer.c.alert_id == delivery.c.alert_id,
            newer.c.sink == delivery.c.sink,
            newer.c.revision > delivery.c.revision,
        )
        due = or_(
            delivery.c.retry_at.is_(None),
            delivery.c.retry_at <= now,
            delivery.c.retry_at > now + LONGEST_WAIT,
        )
        earlier = delivery.alias("earlier")
        told = exists().where(
            earlier.c.alert_id == delivery.c.alert_id,
            earlier.c.sink == delivery.c.sink,
            earlier.c.revision < delivery.c.revision,
            or_(earlier.c.delivered_at.is_not(None), func.length(earlier.c.reached) > 0),
        )
        wanted = select(delivery, (~told).label("first")).where(
            delivery.c.sink == sink, delivery.c.delivered_at.is_(None), due, ~blocked, ~overtaken
        )
        if self._unreadable:
            wanted = wanted.where(delivery.c.delivery_id.not_in(self._unreadable))
        # In two steps: in order of `attempts` alone, a long queue would be sorted at each look.
        fresh = wanted.where(delivery.c.attempts == 0).order_by(delivery.c.delivery_id)
        tried = wanted.where(delivery.c.attempts > 0).order_by(
            delivery.c.attempts, delivery.c.delivery_id
        )
        with self._database.read() as connection:
            rows = list(connection.execute(fresh.limit(limit)))
            if len(rows) < limit:
                rows += connection.execute(tried.limit(limit - len(rows)))
            return [
                Delivery(
                    row.delivery_id,
                    row.sink,
                    row.idempotency_key,
                    row.attempts,
                    from_text(text, self._snapshot(connection, row.alert_id, row.revision)),
                    bool(row.first),
                    self._reached(row),
                )
                for row in rows
                if (text := self._payload(row))
            ]

    def _payload(self, row: Row[Any]) -> str:
        try:
            return open_text(self._key, row.payload, payload_purpose(row.idempotency_key))
        except KeyRefused as error:
            if row.delivery_id not in self._unreadable:
                self._unreadable.add(row.delivery_id)
                log.error("an alert cannot be delivered to %s: %s", row.sink, error)  # noqa: TRY400
            return ""

    def _reached(self, row: Row[Any]) -> frozenset[str]:
        try:
            text = open_text(self._key, row.reached, reached_purpose(row.delivery_id))
        except KeyRefused as error:
            log.error("an alert goes again to all receivers of %s: %s", row.sink, error)  # noqa: TRY400
            return frozenset()
        return frozenset(text.splitlines())

    def _snapshot(self, connection: Connection, alert_id: str, revision: int) -> Snapshot | None:
        try:
            return get_snapshot(connection, self._key, alert_id, revision)
        except KeyRefused as error:
            log.error("alert %s is delivered without its picture: %s", alert_id, error)  # noqa: TRY400
            return None

    def accepted(self, delivery: Delivery, at: datetime) -> None:
        """Record that the sink has it, and drop what was kept for the delivery.

        Earlier revisions of the alert that the sink refused are given up: it knows better now.
        Nothing happens when it was accepted before or its subject was removed meanwhile.
        """
        with self._database.write() as connection:
            connection.execute(
                _update_waiting(delivery).values(
                    delivered_at=at,
                    payload=None,
                    problem=None,
                    reached=None,
                    retry_at=None,
                    attempts=ATTEMPTS + 1,
                    refused=False,
                )
            )
            self._give_up_earlier(connection, delivery)
            drop_old_snapshots(connection, delivery.alert.alert_id)

    def failed(
        self,
        delivery: Delivery,
        problem: str,
        retry_at: datetime,
        reached: frozenset[str] = frozenset(),
        *,
        refused: bool = False,
    ) -> None:
        """Record an attempt that failed and when to try again (UTC, at most a day ahead).

        Args:
            reached: of several receivers, those that have it and are not written to again.
            refused: whether it is this alert that failed, and not the sink.
        """
        with self._database.write() as connection:
            connection.execute(
                _update_waiting(delivery).values(
                    problem=seal_text(
                        self._key,
                        problem[:PROBLEM_CHARACTERS],
                        problem_purpose(delivery.delivery_id),
                    ),
                    retry_at=retry_at,
                    attempts=ATTEMPTS + 1,
                    reached=seal_text(
                        self._key,
                        "\n".join(sorted(reached)),
                        reached_purpose(delivery.delivery_id),
                    ),
                    refused=refused,
                )
            )

    def give_up(self, sink: str, actor: str) -> int:
        """Delete what waits for a sink and return how much that was; audited alert by alert.

        A delivery that is under way meanwhile may still arrive.
        """
        waiting = (delivery.c.sink == sink, delivery.c.delivered_at.is_(None))
        with self._database.write() as connection:
            revisions: dict[str, list[int]] = {}
            for row in connection.execute(
                select(delivery.c.alert_id, delivery.c.revision)
                .where(*waiting)
                .order_by(delivery.c.delivery_id)
            ):
                revisions.setdefault(row.alert_id, []).append(row.revision)
            connection.execute(delete(delivery).where(*waiting))
            for alert_id, given_up in revisions.items():
                drop_old_snapshots(connection, alert_id)
                what = {"sink": sink, "revisions": given_up}
                self._audit.note(
                    connection, "delivery.give_up", f"alert:{alert_id}", what, actor=actor
                )
        return sum(map(len, revisions.values()))

    def _give_up_earlier(self, connection: Connection, known: Delivery) -> None:
        alert_id = known.alert.alert_id
        overtaken = (
            delivery.c.alert_id == alert_id,
            delivery.c.sink == known.sink,
            delivery.c.revision < known.alert.revision,
            delivery.c.delivered_at.is_(None),
        )
        found = connection.execute(
            select(delivery.c.revision).where(*overtaken).order_by(delivery.c.revision)
        )
        if revisions := list(found.scalars()):
            connection.execute(delete(delivery).where(*overtaken))
            what = {"sink": known.sink, "revisions": revisions, "by": known.alert.revision}
            self._audit.note(connection, "delivery.overtaken", f"alert:{alert_id}", what)

    def backlog(self, sink: str | None = None) -> int:
        """Count what is not delivered yet, due or not, of one sink or of all."""
        waiting = select(func.count()).where(delivery.c.delivered_at.is_(None))
        if sink is not None:
            waiting = waiting.where(delivery.c.sink == sink)
        with self._database.read() as connection:
            return int(connection.execute(waiting).scalar_one())

    def queues(self) -> list[SinkQueue]:
        """Return how far each sink is behind that anything was ever meant for."""
        with self._database.read() as connection:
            waiting, delivered = oldest_waiting(connection), last_delivered(connection)
        return [
            SinkQueue(
                sink,
                one.count if one else 0,
                one.created_at if one else None,
                delivered.get(sink),
                shown_text(self._key, one.problem, problem_purpose(one.delivery_id)) if one else "",
                one.retry_at if one else None,
            )
            for sink in sorted(waiting.keys() | delivered.keys())
            for one in (waiting.get(sink),)
        ]


def payload_purpose(idempotency_key: str) -> str:
    """Return what the payload of a delivery is sealed for."""
    return f"payload:{idempotency_key}"


def problem_purpose(delivery_id: int) -> str:
    """Return what the problem of a delivery is sealed for."""
    return f"problem:{delivery_id}"


def reached_purpose(delivery_id: int) -> str:
    """Return what the receivers that have a delivery are sealed for."""
    return f"reached:{delivery_id}"


def _update_waiting(one: Delivery) -> Update:
    return update(delivery).where(
        delivery.c.delivery_id == one.delivery_id, delivery.c.delivered_at.is_(None)
    )
