"""Photographs given to another subject, two subjects that are one person, and one that is two.

What is sealed is sealed for its subject, so whatever moves is sealed anew.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select, true, update

from facewarden.data import SubjectDetails
from facewarden.errors import StoreError
from facewarden.store.alert_changes import next_change
from facewarden.store.anchors import move_anchors
from facewarden.store.database import insert_into
from facewarden.store.governance_tables import deployment_member
from facewarden.store.references import (
    grow_version,
    move_references,
    require_subject,
    require_version,
)
from facewarden.store.sealed_words import word_digest
from facewarden.store.subject_codec import EXTERNAL, to_columns
from facewarden.store.subject_pages import SubjectPages, on_any_watchlist
from facewarden.store.tables import (
    alert,
    membership,
    merged_subject,
    reference,
    sighting,
    subject,
)


class Reassignments(SubjectPages):
    """The part of the watchlists that says who is who; every change is audited."""

    def move_references(self, reference_ids: Sequence[int], subject_id: int) -> None:
        """Give photographs to another subject; those that it has already stay.

        Raises:
            StoreError: no such subject, or one of the references is not there.
            KeyRefused: a stored picture or template was changed.
        """
        with self._database.write() as connection:
            require_subject(connection, subject_id)
            owners = _owners(connection, reference_ids)
            for owner, theirs in owners.items():
                if owner == subject_id:
                    continue
                move_references(connection, self._key, theirs, owner, subject_id)
                self._changed(connection, owner)
                self._audit.note(
                    connection,
                    "reference.move",
                    f"subject:{subject_id}",
                    {"from": owner, "references": sorted(theirs)},
                )
            if set(owners) - {subject_id}:
                self._changed(connection, subject_id)
                grow_version(connection)

    def split(
        self,
        subject_id: int,
        reference_ids: Sequence[int],
        details: SubjectDetails,
        *,
        version: int | None = None,
        seen: Collection[str] | None = None,
    ) -> int:
        """Make a new subject of some photographs of one, on the same watchlists; return its id.

        Alerts and sightings stay with the subject that they were of: nobody can tell whose.

        Args:
            version: of the subject, that was seen; None: whatever it is.
            seen: watchlists within which an external reference can be taken; None: all.

        Raises:
            StoreStale: it has changed since that version.
            StoreError: no such subject, a photograph that is not its own, or an external reference
                that is taken.
            InputError: a text that is too long.
        """
        details.require_fitting()
        with self._database.write() as connection:
            require_version(connection, subject_id, version)
            lists = self._one(connection, subject_id).watchlists
            owners = _owners(connection, reference_ids)
            if set(owners) != {subject_id}:
                raise StoreError(
                    f"these are not photographs of subject {subject_id} alone",
                    found="photographs of subjects " + ", ".join(map(str, sorted(owners)))
                    if owners
                    else "none",
                    remedy="name photographs of one subject",
                )
            made, others = self._insert(connection, details, lists, seen)
            move_references(connection, self._key, reference_ids, subject_id, made)
            self._changed(connection, subject_id)
            grow_version(connection)
            self._audit.note(
                connection,
                "subject.split",
                f"subject:{subject_id}",
                {"new": made, "references": sorted(reference_ids), **others},
            )
        return made

    def merge(
        self,
        subject_id: int,
        into_id: int,
        *,
        version: int | None = None,
        into_version: int | None = None,
    ) -> None:
        """Make one of two subjects who are the same person; the first one's id ends.

        Photographs, watchlists, alerts, sightings, negative anchors and places in deployments go
        over. Of what is written down, `into_id` keeps its own and takes what it lacks; notes are
        joined. A watch that still has the old gallery may alert for the first for a second: such
        an alert is recorded as one of the second.

        Args:
            version, into_version: of the two, that were seen; None: whatever they are.

        Raises:
            StoreStale: one of them has changed since.
            StoreError: no such subject, or twice the same.
            InputError: their notes are too long together.
            KeyRefused: a stored picture, template or anchor was changed.
        """
        if subject_id == into_id:
            raise StoreError("a subject cannot be merged into itself", remedy="name two subjects")
        with self._database.write() as connection:
            require_version(connection, subject_id, version)
            require_version(connection, into_id, into_version)
            gone, kept = self._one(connection, subject_id), self._one(connection, into_id)
            theirs = connection.scalars(
                select(reference.c.reference_id).where(reference.c.subject_id == subject_id)
            ).all()
            move_references(connection, self._key, theirs, subject_id, into_id)
            move_anchors(connection, self._key, subject_id, into_id)
            _move_places(connection, subject_id, into_id)
            _move_sightings(connection, subject_id, into_id)
            connection.execute(
                update(alert)
                .where(alert.c.subject_id == subject_id)
                .values(subject_id=into_id, change=next_change(connection))
            )
            now = self._database.clock()
            connection.execute(
                update(merged_subject)
                .where(merged_subject.c.into_id == subject_id)
                .values(into_id=into_id)
            )
            connection.execute(delete(subject).where(subject.c.subject_id == subject_id))
            connection.execute(
                insert(merged_subject).values(subject_id=subject_id, into_id=into_id, merged_at=now)
            )
            joined = to_columns(into_id, _joined(gone.details, kept.details), self._key)
            connection.execute(
                update(subject).where(subject.c.subject_id == into_id).values(joined)
            )
            self._changed(connection, into_id)
            grow_version(connection)
            self._audit.note(
                connection,
                "subject.merge",
                f"subject:{into_id}",
                {"merged": subject_id, "references": len(theirs)},
            )

    def _insert(
        self,
        connection: Connection,
        details: SubjectDetails,
        lists: Sequence[str],
        seen: Collection[str] | None,
    ) -> tuple[int, dict[str, list[int]]]:
        """Write a new subject down, on `lists`; return its id and what `_require_free` does."""
        others = self._require_free(connection, details.external_reference, seen)
        now = self._database.clock()
        subject_id = int(
            connection.execute(
                insert(subject)
                .values(created_at=now, updated_at=now)
                .returning(subject.c.subject_id)
            ).scalar_one()
        )
        connection.execute(
            update(subject)
            .where(subject.c.subject_id == subject_id)
            .values(to_columns(subject_id, details, self._key))
        )
        for name in lists:
            connection.execute(
                insert(membership).values(subject_id=subject_id, watchlist=name, placed_at=now)
            )
        return subject_id, others

    def _require_free(
        self, connection: Connection, external_reference: str, seen: Collection[str] | None
    ) -> dict[str, list[int]]:
        """Check that nobody whom the writer may see has this external reference.

        Who is hidden from the writer may have it: to say so would tell that they are there. One
        query answers for both, so that both cost the same.

        Args:
            seen: watchlists that the writer may see; None: all.

        Returns:
            For the audit log: who else has it, {"same_number": ids}; empty where nobody does.
        """
        if not external_reference:
            return {}
        digest = word_digest(self._key, EXTERNAL, external_reference)
        visible = true() if seen is None else on_any_watchlist(seen)
        rows = connection.execute(
            select(subject.c.subject_id, visible.label("visible"))
            .where(subject.c.external_digest == digest)
            .order_by(subject.c.subject_id)
        ).all()
        taken = [row.subject_id for row in rows if row.visible]
        if taken:
            raise StoreError(
                f"the external reference {external_reference!r} is taken",
                found=f"subject {taken[0]}",
                remedy="add to that subject, or give another external reference",
            )
        return {"same_number": [row.subject_id for row in rows]} if rows else {}


def _owners(connection: Connection, reference_ids: Sequence[int]) -> dict[int, list[int]]:
    owners: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(
        select(reference.c.subject_id, reference.c.reference_id).where(
            reference.c.reference_id.in_(reference_ids)
        )
    ):
        owners[row.subject_id].append(row.reference_id)
    missing = set(reference_ids) - {one for theirs in owners.values() for one in theirs}
    if missing:
        raise StoreError(
            f"there is no reference {min(missing)}", remedy="facewarden subjects show lists them"
        )
    return owners


def _joined(gone: SubjectDetails, kept: SubjectDetails) -> SubjectDetails:
    words = {name: value or asdict(gone)[name] for name, value in asdict(kept).items()}
    if gone.notes and kept.notes and gone.notes != kept.notes:
        words["notes"] = f"{kept.notes}\n{gone.notes}"
    # An end that one of them has must not follow from the other's.
    joined = SubjectDetails(**words | {"expires_at": kept.expires_at})
    joined.require_fitting()
    return joined


def _move_places(connection: Connection, subject_id: int, into_id: int) -> None:
    for table, others in (
        (membership, (membership.c.watchlist, membership.c.placed_at)),
        (deployment_member, (deployment_member.c.deployment_id, deployment_member.c.watchlist)),
    ):
        for row in connection.execute(
            select(*others).where(table.c.subject_id == subject_id)
        ).all():
            connection.execute(
                insert_into(connection, table)
                .values(subject_id=into_id, **row._mapping)
                .on_conflict_do_nothing()
            )


def _move_sightings(connection: Connection, subject_id: int, into_id: int) -> None:
    """Give sightings over; where a track was taken for both, that of `into_id` stays."""
    other = sighting.alias("other")
    twice = select(other.c.sighting_id).where(
        other.c.camera_id == sighting.c.camera_id,
        other.c.sighting_id == sighting.c.sighting_id,
        other.c.watchlist == sighting.c.watchlist,
        other.c.subject_id == into_id,
    )
    theirs = sighting.c.subject_id == subject_id
    connection.execute(delete(sighting).where(theirs, twice.exists()))
    connection.execute(update(sighting).where(theirs).values(subject_id=into_id))
