"""Taking a subject out of everything the store holds."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from facewarden.store.alert_changes import next_change
from facewarden.store.governance_tables import casework_event
from facewarden.store.references import grow_version
from facewarden.store.tables import (
    alert,
    alert_look,
    alert_probe,
    delivery,
    merged_subject,
    presentation_picture,
    removed_subject,
    review,
    sighting,
    snapshot,
    subject,
)


def erase_subject(connection: Connection, subject_id: int, at: datetime) -> None:
    """Delete a subject's details, references, sightings, snapshots and waiting deliveries.

    The pictures of looks and of presentation attack detection, the probes of its alerts and its
    negative anchors go, too.

    Alerts stay, as numbers, without the words about the person; so do their reviews, without their
    reasons and comments, free text that may name the person. The caller commits and then calls
    `Database.forget`.
    """
    theirs = select(alert.c.alert_id).where(alert.c.subject_id == subject_id).scalar_subquery()
    merged = connection.scalars(
        select(merged_subject.c.subject_id).where(merged_subject.c.into_id == subject_id)
    ).all()
    connection.execute(delete(subject).where(subject.c.subject_id == subject_id))
    connection.execute(delete(sighting).where(sighting.c.subject_id == subject_id))
    connection.execute(delete(snapshot).where(snapshot.c.alert_id.in_(theirs)))
    connection.execute(delete(alert_look).where(alert_look.c.alert_id.in_(theirs)))
    connection.execute(
        delete(presentation_picture).where(presentation_picture.c.alert_id.in_(theirs))
    )
    connection.execute(delete(alert_probe).where(alert_probe.c.alert_id.in_(theirs)))
    connection.execute(
        delete(delivery).where(delivery.c.alert_id.in_(theirs), delivery.c.delivered_at.is_(None))
    )
    connection.execute(update(delivery).where(delivery.c.alert_id.in_(theirs)).values(problem=None))
    connection.execute(
        update(review)
        .where(review.c.alert_id.in_(theirs), func.length(review.c.reason) > 0)
        .values(reason=None)
    )
    connection.execute(
        update(casework_event)
        .where(casework_event.c.alert_id.in_(theirs), casework_event.c.words.is_not(None))
        .values(words=None)
    )
    connection.execute(
        update(alert)
        .where(alert.c.subject_id == subject_id)
        .values(words=None, snapshot_revision=0, change=next_change(connection))
    )
    connection.execute(
        insert(removed_subject),
        [{"subject_id": one, "removed_at": at} for one in (subject_id, *merged)],
    )
    grow_version(connection)


def was_removed(connection: Connection, subject_id: int) -> bool:
    """Tell whether the subject was removed for good."""
    found = connection.execute(
        select(removed_subject.c.subject_id).where(removed_subject.c.subject_id == subject_id)
    ).one_or_none()
    return found is not None


def present_id(connection: Connection, subject_id: int) -> int:
    """Return the id of who this subject was found to be; its own where it was not merged."""
    found = connection.execute(
        select(merged_subject.c.into_id).where(merged_subject.c.subject_id == subject_id)
    ).scalar_one_or_none()
    return subject_id if found is None else int(found)
