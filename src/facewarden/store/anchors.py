"""Negative anchors: what a rejected alert showed, so that it does not alert for that subject again.

The probe of an alert waits, sealed, for a verdict. A rejection makes it an anchor of the alert's
subject and model; any other verdict deletes it. Templates of people who are on no list are kept
for nothing else, and not for longer than retention says.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from facewarden.data import Alert, Anchor, Float32, Templates
from facewarden.store.audit import Audit
from facewarden.store.database import Database, insert_into
from facewarden.store.key import TemplateKey
from facewarden.store.references import grow_version
from facewarden.store.tables import alert_probe, anchor, anchor_alert, subject

SAME_LOOK: Final = 0.9
"""Two probes as alike as this hold the same probes back, and are kept as one: of LFW's genuine
pairs 0.13 % are so alike, of the impostor pairs the most alike reach 0.53 (2026-11-22, lfw-dev,
`scripts/bench anchors`)."""

MOST_ANCHORS: Final = 32
"""For each subject and model. Among 2,804 strangers the unluckiest of 428 subjects had 20
look-alikes at a false match rate of 1e-3, which is 30 times that of a short list, and 4 at 3e-5
(2026-11-22, lfw-dev, `scripts/bench anchors`)."""


class AnchorChange(StrEnum):
    """What a verdict did to the anchors of a subject."""

    NONE = "none"
    CREATED = "created"
    MERGED = "merged"
    REMOVED = "removed"
    STILL_HELD = "still held"  # by another rejection of the same look
    NO_PROBE = "no probe"


AUDITED: Final = {
    AnchorChange.CREATED: "create",
    AnchorChange.MERGED: "merge",
    AnchorChange.REMOVED: "remove",
    AnchorChange.STILL_HELD: "unmerge",
}


@dataclass(frozen=True, slots=True)
class StoredAnchor:
    """An anchor without its template.

    Attributes:
        alert_ids: of the rejections it was made of, oldest first.
        rejected_at: the latest of them, UTC.
    """

    anchor_id: int
    subject_id: int
    model_id: str
    alert_ids: tuple[str, ...]
    rejected_at: datetime


class StoredAnchors:
    """The negative anchors of a store; verdicts on alerts make and remove them."""

    def __init__(self, database: Database, key: TemplateKey) -> None:
        self._database = database
        self._key = key

    def of_model(self, model_id: str) -> list[Anchor]:
        """Return every anchor of a model, decrypted.

        Raises:
            KeyRefused: a stored template was changed or moved to another row.
        """
        with self._database.read() as connection:
            kept = _stored(connection)
            rows = connection.execute(
                select(anchor).where(anchor.c.model_id == model_id).order_by(anchor.c.anchor_id)
            ).all()
        found = {one.anchor_id: one for one in kept}
        return [
            Anchor(
                row.subject_id,
                _template(self._key, row),
                found[row.anchor_id].alert_ids[-1],
                found[row.anchor_id].rejected_at,
            )
            for row in rows
        ]

    def of_subject(self, subject_id: int) -> list[StoredAnchor]:
        """Return the anchors of a subject, of every model, oldest first."""
        with self._database.read() as connection:
            return [one for one in _stored(connection) if one.subject_id == subject_id]

    def has_probe(self, alert_id: str) -> bool:
        """Tell whether a rejection of this alert could make an anchor."""
        with self._database.read() as connection:
            kept = select(alert_probe.c.alert_id).where(alert_probe.c.alert_id == alert_id)
            return connection.execute(kept).one_or_none() is not None

    def models(self) -> dict[str, int]:
        """Return how many anchors there are of each model."""
        with self._database.read() as connection:
            return {
                row.model_id: int(row.number)
                for row in connection.execute(
                    select(anchor.c.model_id, func.count().label("number"))
                    .group_by(anchor.c.model_id)
                    .order_by(anchor.c.model_id)
                )
            }


def put_probe(connection: Connection, key: TemplateKey, alert: Alert, probe: Templates) -> None:
    """Keep what an alert was decided on, (1, d), in place of what an earlier revision was.

    Raises:
        DataError: a probe of another model than the alert's.
    """
    probe.require_model(alert.model_id)
    sealed = key.seal(_bytes(probe.vectors[0]), _probe(alert.alert_id))
    connection.execute(
        insert_into(connection, alert_probe)
        .values(alert_id=alert.alert_id, sealed=sealed)
        .on_conflict_do_update(index_elements=["alert_id"], set_={"sealed": sealed})
    )


def drop_probe(connection: Connection, alert_id: str) -> None:
    """Delete what an alert was decided on."""
    connection.execute(delete(alert_probe).where(alert_probe.c.alert_id == alert_id))


class AnchorChanges:
    """Makes and removes anchors inside a write transaction of whoever records the verdict."""

    def __init__(self, key: TemplateKey, audit: Audit) -> None:
        self._key = key
        self._audit = audit

    def reject(
        self,
        connection: Connection,
        alert_id: str,
        subject_id: int,
        model_id: str,
        at: datetime,
        actor: str,
    ) -> AnchorChange:
        """Make an anchor of the probe of a rejected alert, or add it to one that is as good."""
        known = connection.execute(
            select(anchor_alert.c.anchor_id).where(anchor_alert.c.alert_id == alert_id)
        ).one_or_none()
        if known is not None:
            return AnchorChange.NONE  # rejected twice
        sealed = connection.execute(
            select(alert_probe.c.sealed)
            .join(subject, subject.c.subject_id == subject_id)
            .where(alert_probe.c.alert_id == alert_id)
        ).scalar_one_or_none()
        if sealed is None:
            return AnchorChange.NO_PROBE
        plain = self._key.unseal(sealed, _probe(alert_id))
        drop_probe(connection, alert_id)
        template = np.frombuffer(plain, "<f4")
        rows = connection.execute(
            select(anchor).where(anchor.c.subject_id == subject_id, anchor.c.model_id == model_id)
        ).all()
        near = max(
            ((float(_template(self._key, row) @ template), row.anchor_id) for row in rows),
            default=(-1.0, 0),
        )
        change = AnchorChange.MERGED if near[0] >= SAME_LOOK else AnchorChange.CREATED
        anchor_id = near[1]
        if change is AnchorChange.CREATED:
            anchor_id = self._insert(connection, subject_id, model_id, plain)
        connection.execute(
            insert(anchor_alert).values(alert_id=alert_id, anchor_id=anchor_id, rejected_at=at)
        )
        self._note(connection, change, anchor_id, subject_id, actor, {"alert": alert_id})
        if change is AnchorChange.CREATED and len(rows) >= MOST_ANCHORS:
            self._make_room(connection, anchor_id, subject_id, model_id, actor)
        grow_version(connection)
        return change

    def undo(self, connection: Connection, alert_id: str, actor: str) -> AnchorChange:
        """Take back a rejection: its anchor goes, unless another rejection made it too."""
        row = connection.execute(
            select(anchor.c.anchor_id, anchor.c.subject_id)
            .join(anchor_alert)
            .where(anchor_alert.c.alert_id == alert_id)
        ).one_or_none()
        if row is None:
            return AnchorChange.NONE
        connection.execute(delete(anchor_alert).where(anchor_alert.c.alert_id == alert_id))
        change = AnchorChange.REMOVED if drop_orphans(connection) else AnchorChange.STILL_HELD
        self._note(
            connection,
            change,
            row.anchor_id,
            row.subject_id,
            actor,
            {"alert": alert_id, "why": "undone"},
        )
        grow_version(connection)
        return change

    def _insert(self, connection: Connection, subject_id: int, model_id: str, plain: bytes) -> int:
        anchor_id = int(
            connection.execute(
                insert(anchor)
                .values(subject_id=subject_id, model_id=model_id, sealed=b"")
                .returning(anchor.c.anchor_id)
            ).scalar_one()
        )
        sealed = self._key.seal(plain, _purpose(subject_id, model_id, anchor_id))
        connection.execute(
            update(anchor).where(anchor.c.anchor_id == anchor_id).values(sealed=sealed)
        )
        return anchor_id

    def _make_room(
        self, connection: Connection, newest: int, subject_id: int, model_id: str, actor: str
    ) -> None:
        """Drop the anchor that was rejected least often; of several, the one longest ago."""
        others = [
            one
            for one in _stored(connection)
            if (one.subject_id, one.model_id) == (subject_id, model_id) and one.anchor_id != newest
        ]
        least = min(others, key=lambda one: (len(one.alert_ids), one.rejected_at, one.anchor_id))
        connection.execute(delete(anchor).where(anchor.c.anchor_id == least.anchor_id))
        self._note(
            connection,
            AnchorChange.REMOVED,
            least.anchor_id,
            subject_id,
            actor,
            {"why": f"more than {MOST_ANCHORS}"},
        )

    def _note(
        self,
        connection: Connection,
        change: AnchorChange,
        anchor_id: int,
        subject_id: int,
        actor: str,
        details: dict[str, str],
    ) -> None:
        word = AUDITED[change]
        what = {"subject": subject_id} | details
        self._audit.note(connection, f"anchor.{word}", f"anchor:{anchor_id}", what, actor=actor)


def move_anchors(connection: Connection, key: TemplateKey, subject_id: int, into_id: int) -> None:
    """Give a subject's anchors to another one; beyond MOST_ANCHORS of a model the oldest go.

    Raises:
        KeyRefused: a stored anchor was changed.
    """
    for row in connection.execute(select(anchor).where(anchor.c.subject_id == subject_id)).all():
        plain = key.unseal(row.sealed, _purpose(subject_id, row.model_id, row.anchor_id))
        sealed = key.seal(plain, _purpose(into_id, row.model_id, row.anchor_id))
        connection.execute(
            update(anchor)
            .where(anchor.c.anchor_id == row.anchor_id)
            .values(subject_id=into_id, sealed=sealed)
        )
    kept: dict[str, list[StoredAnchor]] = defaultdict(list)
    for one in _stored(connection):
        if one.subject_id == into_id:
            kept[one.model_id].append(one)
    for anchors in kept.values():
        anchors.sort(key=lambda one: (one.rejected_at, one.anchor_id), reverse=True)
        for one in anchors[MOST_ANCHORS:]:
            connection.execute(delete(anchor).where(anchor.c.anchor_id == one.anchor_id))


def drop_orphans(connection: Connection) -> int:
    """Delete the anchors that no rejection stands for any more; count them."""
    return connection.execute(
        delete(anchor).where(anchor.c.anchor_id.not_in(select(anchor_alert.c.anchor_id)))
    ).rowcount


def expire_anchors(connection: Connection, before: datetime) -> int:
    """Delete rejections older than `before`, with the anchors that then stand for none."""
    connection.execute(delete(anchor_alert).where(anchor_alert.c.rejected_at < before))
    gone = drop_orphans(connection)
    if gone:
        grow_version(connection)
    return gone


def _stored(connection: Connection) -> list[StoredAnchor]:
    rejections: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for row in connection.execute(select(anchor_alert)):
        rejections[row.anchor_id].append((row.rejected_at, row.alert_id))
    return [
        StoredAnchor(
            row.anchor_id,
            row.subject_id,
            row.model_id,
            tuple(alert_id for _, alert_id in sorted(rejections[row.anchor_id])),
            max(rejections[row.anchor_id])[0],
        )
        for row in connection.execute(
            select(anchor.c.anchor_id, anchor.c.subject_id, anchor.c.model_id).order_by(
                anchor.c.anchor_id
            )
        )
    ]


def _template(key: TemplateKey, row: Row[tuple[int, int, str, bytes]]) -> Float32:
    purpose = _purpose(row.subject_id, row.model_id, row.anchor_id)
    return np.frombuffer(key.unseal(row.sealed, purpose), "<f4").astype(np.float32)


def _bytes(template: Float32) -> bytes:
    return np.asarray(template, "<f4").tobytes()


def _purpose(subject_id: int, model_id: str, anchor_id: int) -> str:
    return f"anchor:{subject_id}:{model_id}:{anchor_id}"


def _probe(alert_id: str) -> str:
    return f"probe:{alert_id}"
