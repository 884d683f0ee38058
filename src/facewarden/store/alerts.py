"""Alerts: recorded together with their deliveries, looked up, reviewed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from facewarden.data import Alert, AlertLook, Review, ReviewState, Snapshot, Templates
from facewarden.data.casework import CaseStatus
from facewarden.errors import StoreError
from facewarden.store.alert_changes import next_change
from facewarden.store.alert_codec import to_columns, to_text
from facewarden.store.alert_pages import AlertPages, AlertsWanted
from facewarden.store.anchors import AnchorChange, AnchorChanges, drop_probe, put_probe
from facewarden.store.look_pictures import get_looks, look_numbers, put_looks
from facewarden.store.outbox import StoredOutbox, payload_purpose
from facewarden.store.presentation_pictures import (
    get_presentation_picture,
    has_presentation_picture,
    put_presentation_picture,
)
from facewarden.store.removal import present_id, was_removed
from facewarden.store.sealed_words import seal_text
from facewarden.store.snapshots import drop_old_snapshots, put_snapshot
from facewarden.store.stored_alert import (
    DeliveryRecord,
    StoredAlert,
    reason_purpose,
    stored_alerts,
)
from facewarden.store.tables import alert as alert_table
from facewarden.store.tables import delivery
from facewarden.store.tables import review as review_table

__all__ = ["Alerts", "AlertsWanted", "DeliveryRecord", "StoredAlert"]

ID_DIGITS: Final = 32
DECIDED: Final = {
    ReviewState.CONFIRMED: CaseStatus.CONFIRMED,
    ReviewState.REJECTED: CaseStatus.REJECTED,
}


class Alerts(StoredOutbox, AlertPages):
    """The alerts of a store and, as an Outbox, their deliveries."""

    def record(
        self,
        alert: Alert,
        sinks: Sequence[str],
        probe: Templates | None = None,
        looks: Sequence[AlertLook] = (),
        strip: Snapshot | None = None,
        *,
        deployment_id: int | None = None,
    ) -> None:
        """Commit a revision of an alert and one delivery for each sink, all or nothing.

        The first revision makes the alert; a later one replaces it but for its review. Nothing
        happens when the store has this revision or a newer one, or when the subject was removed.
        A revision without a snapshot leaves the alert the one it has, and one without a probe
        or a strip likewise.

        A held alert goes to no sink. The first revision that is not held goes out with the
        snapshot that the alert has, so that whoever hears of it first sees it. What has gone out
        is never held again: who was told must also be told that it looks like an attack.

        Args:
            alert: the revision.
            sinks: names of those that it goes to.
            probe: (1, d), what was compared. It is kept, sealed, until there is a verdict, so that
                a rejection can make an anchor of it.
            looks: the best of the track so far; they take the place of those that are there, until
                there is a verdict.
            strip: what presentation attack detection looked at.
            deployment_id: of the deployment in which it was raised; None: of none.

        Raises:
            DataError: a probe of another model than the alert's.
            StoreFull, StoreBusy: nothing was recorded; try again.
        """
        with self._database.write() as connection:
            alert = replace(alert, subject_id=present_id(connection, alert.subject_id))
            if was_removed(connection, alert.subject_id):
                return
            before = connection.execute(
                select(
                    alert_table.c.revision,
                    alert_table.c.last_seen_at,
                    alert_table.c.snapshot_revision,
                    alert_table.c.state,
                    alert_table.c.held,
                ).where(alert_table.c.alert_id == alert.alert_id)
            ).one_or_none()
            if before is not None and before.revision >= alert.revision:
                return
            if before is not None and alert.held and not before.held:
                alert = replace(alert, held=False)
            if before is not None and before.held and not alert.held and alert.snapshot is None:
                had = before.snapshot_revision
                picture = self._snapshot(connection, alert.alert_id, had)
                alert = replace(alert, snapshot=picture)
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
            if before is None or before.state == ReviewState.UNREVIEWED:
                if probe is not None:
                    put_probe(connection, self._key, alert, probe)
                put_looks(connection, self._key, alert.alert_id, looks)
                if strip is not None:
                    put_presentation_picture(connection, self._key, alert.alert_id, strip)
            if sinks and not alert.held:
                connection.execute(insert(delivery), self._deliveries(alert, sinks, now))
            drop_old_snapshots(connection, alert.alert_id)

    def latest(
        self,
        subject_id: int,
        watchlist: str,
        camera_id: str,
        *,
        deployment_id: int | None = None,
    ) -> tuple[str, datetime] | None:
        """Return (alert_id, last_seen_at) of the alert raised last for these three.

        Of those of the deployment only, None: of those of none; who works on one deployment does
        not hear of what another one has seen.

        Last by the order of recording, so that a clock that was put back does not hide it. A held
        alert does not count: a picture of somebody must not silence that person.
        """
        with self._database.read() as connection:
            row = connection.execute(
                select(alert_table.c.alert_id, alert_table.c.last_seen_at)
                .where(
                    alert_table.c.subject_id == subject_id,
                    alert_table.c.watchlist == watchlist,
                    alert_table.c.camera_id == camera_id,
                    alert_table.c.deployment_id.is_not_distinct_from(deployment_id),
                    alert_table.c.held.is_(False),
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

    def keep_looks(self, alert_id: str, looks: Sequence[AlertLook]) -> None:
        """Make these the looks of an alert whose track has ended.

        Nothing happens when the alert is gone, somebody has judged it, or its subject was removed.
        """
        with self._database.write() as connection:
            row = connection.execute(
                select(alert_table.c.state, alert_table.c.subject_id).where(
                    alert_table.c.alert_id == alert_id
                )
            ).one_or_none()
            if row is None or row.state != ReviewState.UNREVIEWED:
                return
            if was_removed(connection, row.subject_id):
                return
            if put_looks(connection, self._key, alert_id, looks):
                connection.execute(
                    update(alert_table)
                    .where(alert_table.c.alert_id == alert_id)
                    .values(change=next_change(connection))
                )

    def looks(self, alert_id: str) -> list[AlertLook]:
        """Return the looks of an alert, the one of the highest quality first.

        That they were read is written into the audit log, where there are any.

        Raises:
            KeyRefused: a picture was changed, or belongs to another alert or look.
        """
        with self._database.read() as connection:
            found = get_looks(connection, self._key, alert_id)
            subject_id = connection.execute(
                select(alert_table.c.subject_id).where(alert_table.c.alert_id == alert_id)
            ).scalar_one_or_none()
        if found:
            with self._database.write() as connection:
                self._audit.note(
                    connection,
                    "alert.read_looks",
                    f"alert:{alert_id}",
                    {"subject": subject_id, "looks": len(found)},
                )
        return found

    def presentation_picture(self, alert_id: str) -> Snapshot | None:
        """Return what presentation attack detection looked at; None where there is nothing.

        That it was read is written into the audit log.

        Raises:
            KeyRefused: the picture was changed, or belongs to another alert.
        """
        with self._database.read() as connection:
            found = get_presentation_picture(connection, self._key, alert_id)
            subject_id = connection.execute(
                select(alert_table.c.subject_id).where(alert_table.c.alert_id == alert_id)
            ).scalar_one_or_none()
        if found is not None:
            with self._database.write() as connection:
                self._audit.note(
                    connection,
                    "alert.read_presentation_picture",
                    f"alert:{alert_id}",
                    {"subject": subject_id},
                )
        return found

    def has_presentation_picture(self, alert_id: str) -> bool:
        """Tell whether there is one, without opening it."""
        with self._database.read() as connection:
            return has_presentation_picture(connection, alert_id)

    def look_numbers(self, alert_id: str) -> tuple[int, ...]:
        """Return which looks of its track an alert shows, without opening their pictures."""
        with self._database.read() as connection:
            return look_numbers(connection, alert_id)

    def get(self, id_or_prefix: str, *, with_snapshot: bool = True) -> StoredAlert:
        """Return one alert by its id or the first digits of it.

        Args:
            id_or_prefix: hexadecimal digits; upper case is taken as lower.
            with_snapshot: decrypt the picture too; that it was read is written into the audit log.

        Raises:
            StoreError: no alert begins so, or several do.
        """
        digits = id_or_prefix.lower()
        this = alert_table.c.alert_id == digits
        if len(digits) < ID_DIGITS:
            this = alert_table.c.alert_id.startswith(digits, autoescape=True)
        with self._database.read() as connection:
            rows = (
                connection.execute(
                    select(alert_table).where(this).order_by(alert_table.c.position.desc()).limit(5)
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
            (found,) = stored_alerts(connection, self._key, rows, with_snapshot=with_snapshot)
        if found.alert.snapshot is not None:
            with self._database.write() as connection:
                self._audit.note(
                    connection,
                    "alert.read_snapshot",
                    f"alert:{found.alert.alert_id}",
                    {"subject": row["subject_id"]},
                )
        return found

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
            .values(
                state=str(review.state),
                work=str(DECIDED.get(review.state, CaseStatus.NEW)),
                change=next_change(connection),
            )
            .returning(alert_table.c.subject_id, alert_table.c.model_id)
        ).one_or_none()
        if changed is None:
            raise StoreError(f"there is no alert {review.alert_id!r}", remedy="list the alerts")
        connection.execute(
            insert(review_table).values(
                alert_id=review.alert_id,
                state=str(review.state),
                reviewer=review.reviewer,
                reason=seal_text(self._key, review.reason, reason_purpose(review)),
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
