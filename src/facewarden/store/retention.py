"""Everything expires: what is deleted when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select

from facewarden.store.anchors import expire_anchors
from facewarden.store.audit import Audit, prune
from facewarden.store.database import Database
from facewarden.store.governance_tables import lookup
from facewarden.store.removal import erase_subject
from facewarden.store.tables import activity, alert, delivery, passage, sighting, subject


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long each kind of row is kept.

    Attributes:
        alerts: after an alert was raised; its snapshots, looks, probe, reviews and deliveries go
            with it, also those no sink has accepted. So do look-ups, after they were asked for.
        anchors: after the last rejection of a face.
        sightings: after the last look, or after the alert that they belong to was raised if that is
            later: the looks of a recording may be years old.
        activity: after the minute counted; so what was to be expected of thresholds.
        audit: after the event; the rest of the chain stays verifiable.
        deliveries: after the sink accepted it.
        expired_subjects: after a subject expired; None keeps them, they just do not match.
    """

    alerts: timedelta
    anchors: timedelta
    sightings: timedelta
    activity: timedelta
    audit: timedelta
    deliveries: timedelta
    expired_subjects: timedelta | None = None


def purge(
    database: Database, audit: Audit, policy: RetentionPolicy, now: datetime
) -> dict[str, int]:
    """Delete what the policy no longer keeps at `now` (UTC); return how many rows of each kind.

    Each kind is a transaction of its own, so that writers of alerts get their turn in between.

    Raises:
        StoreBusy: all is deleted, but a reader, such as a backup, keeps the log of changes in use,
            from which parts may still be read; the next purge empties it.
    """
    counts: dict[str, int] = {}
    old = {
        "deliveries": delete(delivery).where(delivery.c.delivered_at < now - policy.deliveries),
        "alerts": delete(alert).where(alert.c.raised_at < now - policy.alerts),
        "sightings": delete(sighting).where(
            sighting.c.last_seen_at < now - policy.sightings,
            ~exists().where(
                alert.c.alert_id == sighting.c.alert_id,
                alert.c.raised_at >= now - policy.sightings,
            ),
        ),
        "lookups": delete(lookup).where(lookup.c.requested_at < now - policy.alerts),
        "activity": delete(activity).where(activity.c.minute < now - policy.activity),
        "passages": delete(passage).where(passage.c.minute < now - policy.activity),
    }
    for kind, statement in old.items():
        with database.write() as connection:
            counts[kind] = connection.execute(statement).rowcount
    with database.write() as connection:
        counts["anchors"] = expire_anchors(connection, now - policy.anchors)
    with database.write() as connection:
        counts["audit"] = prune(connection, now - policy.audit)
    counts["subjects"] = 0
    if policy.expired_subjects is not None:
        with database.write() as connection:
            expired = connection.scalars(
                select(subject.c.subject_id).where(
                    subject.c.expires_at < now - policy.expired_subjects
                )
            ).all()
            for subject_id in expired:
                erase_subject(connection, subject_id, database.clock())
                audit.note(connection, "subject.expire", f"subject:{subject_id}", {})
            counts["subjects"] = len(expired)
    if any(counts.values()):
        with database.write() as connection:
            audit.note(connection, "store.purge", "store", counts)
    if counts["subjects"]:
        database.forget()
    else:
        database.empty_log(patience_s=0)
    return counts
