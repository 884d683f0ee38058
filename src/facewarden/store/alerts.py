"""Alerts: recorded together with their deliveries, found again, reviewed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import eq, ge, lt
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from facewarden.data import Alert, Review, ReviewState, Templates
from facewarden.errors import StoreError
from facewarden.store.alert_changes import next_change
from facewarden.store.alert_codec import REMOVED, from_columns, to_columns, to_text
from facewarden.store.anchors import AnchorChange, AnchorChanges, drop_probe, put_probe
from facewarden.store.columns import to_micros
from facewarden.store.outbox import StoredOutbox, payload_purpose, problem_purpose
from facewarden.store.removal import was_removed
from facewarden.store.sealed_words import open_text, seal_text
from facewarden.store.snapshots import drop_old_snapshots, get_snapshot, put_snapshot
from facewarden.store.tables import alert as alert_table
from facewarden.store.tables import anchor_alert, delivery
from facewarden.store.tables import review as review_table


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What became of one revision on its way to one sink.

    Attributes:
        problem: why the last attempt failed; empty when it did not.
        decided_at: when the revision was decided.
        delivered_at: when the sink accepted it; None while it waits.
    """

    sink: str
    revision: int
    attempts: int
    problem: str
    decided_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert at its newest revision, with everything that happened to it.

    Attributes:
        raised_at: when its first revision was decided.
        created_at: when it was first committed.
        reviews, deliveries: oldest first.
        anchored: whether its rejection holds this face back from its subject.
    """

    alert: Alert
    raised_at: datetime
    created_at: datetime
    reviews: tuple[Review, ...]
    deliveries: tuple[DeliveryRecord, ...]
    anchored: bool = False


class Alerts(StoredOutbox):
    """The alerts of a store and, as an Outbox, their deliveries."""

    def record(
        self,
        alert: Alert,
        sinks: Sequence[str],
        probe: Templates | None = None,
        *,
        deployment_id: int | None = None,
    ) -> None:
        """Commit a revision of an alert and one delivery for each sink, all or nothing.

        The first revision makes the alert; a later one replaces it but for its review. Nothing
        happens when the store has this revision or a newer one, or when the subject was removed.
        A revision without a snapshot leaves the alert the one it has, and one without a probe
        likewise.

        Args:
            alert: the revision.
            sinks: names of those that it goes to.
            probe: (1, d), what was compared. It is kept, sealed, until there is a verdict, so that
                a rejection can make an anchor of it.
            deployment_id: of the deployment in which it was raised; None: of none.

        Raises:
            DataError: a probe of another model than the alert's.
            StoreFull, StoreBusy: nothing was recorded; try again.
        """
        with self._database.write() as connection:
            if was_removed(connection, alert.subject_id):
                return
            before = connection.execute(
                select(
                    alert_table.c.revision,
                    alert_table.c.last_seen_at,
                    alert_table.c.snapshot_revision,
                    alert_table.c.state,
                ).where(alert_table.c.alert_id == alert.alert_id)
            ).one_or_none()
            if before is not None and before.revision >= alert.revision:
                return
            now = self._database.clock()
            values = to_columns(alert, self._key) | {"change": next_change(connection)}
            if alert.snapshot is not None:
                values["snapshot_revision"] = alert.revision
            if before is None:
                values = {"snapshot_revision": 0} | values
                connection.execute(
                    insert(alert_table).values(
                        **values,
                        raised_at=alert.decided_at,
                        created_at=now,
                        deployment_id=deployment_id,
                    )
                )
            else:
                del values["state"]
                values["last_seen_at"] = max(before.last_seen_at, alert.last_seen_at)
                connection.execute(
                    update(alert_table)
                    .where(alert_table.c.alert_id == alert.alert_id)
                    .values(**values)
                )
            if alert.snapshot is not None:
                put_snapshot(connection, self._key, alert.alert_id, alert.revision, alert.snapshot)
            if probe is not None and (before is None or before.state == ReviewState.UNREVIEWED):
                put_probe(connection, self._key, alert, probe)
            if sinks:
                connection.execute(insert(delivery), self._deliveries(alert, sinks, now))
            drop_old_snapshots(connection, alert.alert_id)

    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        """Return (alert_id, last_seen_at) of the alert raised last for these three.

        Last by the order of recording, so that a clock that was put back does not hide it.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(alert_table.c.alert_id, alert_table.c.last_seen_at)
                .where(
                    alert_table.c.subject_id == subject_id,
                    alert_table.c.watchlist == watchlist,
                    alert_table.c.camera_id == camera_id,
                )
                .order_by(alert_table.c.position.desc())
                .limit(1)
            ).one_or_none()
        return (row.alert_id, row.last_seen_at) if row else None

    def touch(self, alert_id: str, last_seen_at: datetime) -> None:
        """Move an alert's last sight forward in time; never back."""
        with self._database.write() as connection:
            connection.execute(
                update(alert_table)
                .where(
                    alert_table.c.alert_id == alert_id,
                    alert_table.c.last_seen_at < last_seen_at,
                )
                .values(last_seen_at=last_seen_at)
            )

    def get(self, id_or_prefix: str, *, with_snapshot: bool = True) -> StoredAlert:
        """Return one alert by its id or the first digits of it.

        Args:
            id_or_prefix: hexadecimal digits; upper case is taken as lower.
            with_snapshot: decrypt the picture too; that it was read is written into the audit log.

        Raises:
            StoreError: no alert begins so, or several do.
        """
        with self._database.read() as connection:
            rows = (
                connection.execute(
                    select(alert_table)
                    .where(alert_table.c.alert_id.startswith(id_or_prefix.lower(), autoescape=True))
                    .order_by(alert_table.c.position.desc())
                    .limit(5)
                )
                .mappings()
                .all()
            )
            if len(rows) != 1:
                raise StoreError(
                    f"{'several alerts begin' if rows else 'no alert begins'} "
                    f"with {id_or_prefix!r}",
                    found=", ".join(row["alert_id"] for row in rows),
                    remedy="give more digits" if rows else "list the alerts",
                )
            (row,) = rows
            this = select(alert_table.c.alert_id).where(alert_table.c.alert_id == row["alert_id"])
            (found,) = self._stored(connection, rows, this, with_snapshot=with_snapshot)
        if found.alert.snapshot is not None:
            with self._database.write() as connection:
                self._audit.note(
                    connection,
                    "alert.read_snapshot",
                    f"alert:{found.alert.alert_id}",
                    {"subject": row["subject_id"]},
                )
        return found

    def find(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        camera: str | None = None,
        watchlist: str | None = None,
        state: ReviewState | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[StoredAlert]:
        """Return alerts raised at `since` or later and before `until`, newest first.

        Without their snapshots: `get` reads those one by one.
        """
        wanted = [
            compare(column, given)
            for compare, column, given in (
                (ge, alert_table.c.raised_at, since),
                (lt, alert_table.c.raised_at, until),
                (eq, alert_table.c.camera_id, camera),
                (eq, alert_table.c.watchlist, watchlist),
                (eq, alert_table.c.state, state),
            )
            if given is not None
        ]
        page = (
            select(alert_table)
            .where(*wanted)
            .order_by(alert_table.c.position.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as connection:
            return self._stored(
                connection,
                connection.execute(page).mappings().all(),
                page.with_only_columns(alert_table.c.alert_id),
                with_snapshot=False,
            )

    def review(self, review: Review, *, anchor: bool = True) -> AnchorChange:
        """Record a verdict; earlier ones stay in the history.

        A rejection makes a negative anchor of what was seen, where `anchor` is set; another
        verdict takes back the anchor of an earlier rejection. Either way the probe of the alert
        goes. The audit log gets the verdict and the reviewer, not the reason, which may name
        somebody.

        Raises:
            StoreError: no such alert.
            KeyRefused: the stored probe was changed.
        """
        with self._database.write() as connection:
            return self.review_within(connection, review, anchor=anchor)

    def review_within(
        self, connection: Connection, review: Review, *, anchor: bool
    ) -> AnchorChange:
        """Record a verdict inside the write transaction of whoever has more to write."""
        changed = connection.execute(
            update(alert_table)
            .where(alert_table.c.alert_id == review.alert_id)
            .values(state=str(review.state), change=next_change(connection))
            .returning(alert_table.c.subject_id, alert_table.c.model_id)
        ).one_or_none()
        if changed is None:
            raise StoreError(f"there is no alert {review.alert_id!r}", remedy="list the alerts")
        connection.execute(
            insert(review_table).values(
                alert_id=review.alert_id,
                state=str(review.state),
                reviewer=review.reviewer,
                reason=seal_text(self._key, review.reason, _reason(review)),
                reviewed_at=review.reviewed_at,
            )
        )
        self._audit.note(
            connection,
            "alert.review",
            f"alert:{review.alert_id}",
            {"state": str(review.state)},
            actor=review.reviewer,
        )
        anchors = AnchorChanges(self._key, self._audit)
        if review.state is ReviewState.REJECTED and anchor:
            change = anchors.reject(
                connection,
                review.alert_id,
                changed.subject_id,
                changed.model_id,
                review.reviewed_at,
                review.reviewer,
            )
        else:
            change = anchors.undo(connection, review.alert_id, review.reviewer)
        drop_probe(connection, review.alert_id)
        return change

    def _stored(
        self,
        connection: Connection,
        rows: Sequence[RowMapping],
        chosen: Select[tuple[str]],
        *,
        with_snapshot: bool,
    ) -> list[StoredAlert]:
        # `chosen` selects the ids of `rows`: a list of them could be longer than SQL allows.
        ids = [row["alert_id"] for row in rows]
        reviews: dict[str, list[Review]] = {alert_id: [] for alert_id in ids}
        for row in connection.execute(
            select(review_table)
            .where(review_table.c.alert_id.in_(chosen))
            .order_by(review_table.c.review_id)
        ):
            review = Review(
                row.alert_id, ReviewState(row.state), row.reviewer, REMOVED, row.reviewed_at
            )
            if row.reason is not None:
                reason = open_text(self._key, row.reason, _reason(review))
                review = replace(review, reason=reason)
            reviews[row.alert_id].append(review)
        deliveries: dict[str, list[DeliveryRecord]] = {alert_id: [] for alert_id in ids}
        for row in connection.execute(
            select(delivery).where(delivery.c.alert_id.in_(chosen)).order_by(delivery.c.delivery_id)
        ):
            deliveries[row.alert_id].append(
                DeliveryRecord(
                    row.sink,
                    row.revision,
                    row.attempts,
                    open_text(self._key, row.problem, problem_purpose(row.delivery_id)),
                    row.decided_at,
                    row.delivered_at,
                )
            )
        anchored = set(
            connection.scalars(
                select(anchor_alert.c.alert_id).where(anchor_alert.c.alert_id.in_(chosen))
            )
        )
        return [
            StoredAlert(
                from_columns(
                    found,
                    self._key,
                    get_snapshot(
                        connection, self._key, found["alert_id"], found["snapshot_revision"]
                    )
                    if with_snapshot
                    else None,
                ),
                found["raised_at"],
                found["created_at"],
                tuple(reviews[found["alert_id"]]),
                tuple(deliveries[found["alert_id"]]),
                found["alert_id"] in anchored,
            )
            for found in rows
        ]

    def _deliveries(
        self, alert: Alert, sinks: Sequence[str], now: datetime
    ) -> list[dict[str, Any]]:
        payload = to_text(alert)
        keys = {sink: f"{alert.alert_id}:{alert.revision}:{sink}" for sink in sinks}
        return [
            {
                "sink": sink,
                "alert_id": alert.alert_id,
                "revision": alert.revision,
                "idempotency_key": key,
                "payload": seal_text(self._key, payload, payload_purpose(key)),
                "attempts": 0,
                "decided_at": alert.decided_at,
                "created_at": now,
            }
            for sink, key in keys.items()
        ]


def _reason(review: Review) -> str:
    at = to_micros(review.reviewed_at)
    return f"reason:{review.alert_id}:{review.state}:{at}:{review.reviewer}"
