"""The photographs of subjects and their templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select, update

from facewarden.data import GalleryEntry, Int64, NewReference
from facewarden.errors import StoreError, StoreStale
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.sealed_words import open_text, seal_text
from facewarden.store.tables import (
    gallery_version,
    membership,
    reference,
    reference_image,
    subject,
    template,
)

ASKED_AT_ONCE = 10_000
"""Ids in one question: SQLite takes at most 32,766 values (sqlite.org/limits.html, item 9)."""


@dataclass(frozen=True, slots=True)
class StoredReference:
    """A reference of a subject, without its picture.

    Attributes:
        quality: in [0, 1].
        model_ids: the embedders that have a template of it.
        box: of the enrolled face, as in `NewReference`; None: enrolled before it was kept.
    """

    reference_id: int
    subject_id: int
    source_name: str
    quality: float
    model_ids: tuple[str, ...]
    created_at: datetime
    box: tuple[float, float, float, float] | None


class References:
    """The part of the watchlists that holds photographs and templates, sealed."""

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit

    def add_references(self, subject_id: int, references: Sequence[NewReference]) -> list[int]:
        """Store all of `references` or none; return their ids in the same order.

        Raises:
            StoreError: no such subject.
        """
        if not references:
            return []
        with self._database.write() as connection:
            require_subject(connection, subject_id)
            now = self._database.clock()
            ids = list(
                connection.scalars(
                    insert(reference).returning(
                        reference.c.reference_id, sort_by_parameter_order=True
                    ),
                    [
                        {
                            "subject_id": subject_id,
                            "file_digest": digest,
                            "source_name": seal_text(self._key, new.source_name, _source(digest)),
                            "quality": float(new.quality),
                            "created_at": now,
                            "box": None if new.box is None else list(new.box),
                        }
                        for new in references
                        for digest in (self._key.digest(new.source_bytes),)
                    ],
                )
            )
            rows = list(zip(ids, references, strict=True))
            connection.execute(
                insert(reference_image),
                [
                    {
                        "reference_id": row_id,
                        "sealed": self._key.seal(
                            new.source_bytes, image_purpose(subject_id, row_id)
                        ),
                    }
                    for row_id, new in rows
                ],
            )
            connection.execute(
                insert(template),
                [
                    {
                        "reference_id": row_id,
                        "model_id": new.model_id,
                        "sealed": self._key.seal(
                            np.asarray(new.template, "<f4").tobytes(),
                            template_purpose(subject_id, row_id, new.model_id),
                        ),
                    }
                    for row_id, new in rows
                ],
            )
            self._changed(connection, subject_id)
            grow_version(connection)
            # One transaction gives consecutive ids, so three numbers say which.
            self._audit.note(
                connection,
                "reference.add",
                f"subject:{subject_id}",
                {"count": len(ids), "first": ids[0], "last": ids[-1]},
            )
        return ids

    def holds_file(self, data: bytes) -> tuple[int, int] | None:
        """Return (subject_id, reference_id) of the first reference made from this same file."""
        with self._database.read() as connection:
            row = connection.execute(
                select(reference.c.subject_id, reference.c.reference_id)
                .where(reference.c.file_digest == self._key.digest(data))
                .order_by(reference.c.reference_id)
                .limit(1)
            ).one_or_none()
        return (row.subject_id, row.reference_id) if row else None

    def references(self, subject_id: int) -> list[StoredReference]:
        """Return the references of a subject, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(reference)
                .where(reference.c.subject_id == subject_id)
                .order_by(reference.c.reference_id)
            ).all()
            models: dict[int, list[str]] = {row.reference_id: [] for row in rows}
            for reference_id, model_id in connection.execute(
                select(template.c.reference_id, template.c.model_id)
                .join(reference)
                .where(reference.c.subject_id == subject_id)
                .order_by(template.c.model_id)
            ):
                models[reference_id].append(model_id)
        return [
            StoredReference(
                row.reference_id,
                row.subject_id,
                open_text(self._key, row.source_name, _source(row.file_digest)),
                row.quality,
                tuple(models[row.reference_id]),
                row.created_at,
                None if row.box is None else tuple(row.box),
            )
            for row in rows
        ]

    def reference(self, reference_id: int) -> StoredReference:
        """Return one reference.

        Raises:
            StoreError: no such reference.
        """
        with self._database.read() as connection:
            subject_id = _owner(connection, reference_id)
        for one in self.references(subject_id):
            if one.reference_id == reference_id:
                return one
        raise _no_reference(reference_id)  # removed in between

    def remove_reference(self, reference_id: int, *, of: int | None = None) -> None:
        """Remove a photograph and its templates for good; its subject stays, even without any.

        Args:
            of: the subject that it was seen with; None: whosever it is.

        Raises:
            StoreError: no such reference.
            StoreStale: it has been given to another subject since.
            StoreBusy, StoreFull: it is removed, but the file could not be rewritten, so that
                parts may still be read from it with other tools; see `Database.forget`.
        """
        with self._database.write() as connection:
            subject_id = _owner(connection, reference_id)
            if of is not None and of != subject_id:
                raise StoreStale(
                    "the photograph has been given to another subject", remedy="read it again"
                )
            connection.execute(delete(reference).where(reference.c.reference_id == reference_id))
            self._changed(connection, subject_id)
            grow_version(connection)
            self._audit.note(
                connection,
                "reference.remove",
                f"reference:{reference_id}",
                {"subject": subject_id},
            )
        self._database.forget()

    def reference_image(self, reference_id: int) -> bytes:
        """Return the file as it was given, and write into the audit log that it was read.

        Raises:
            StoreError: no such reference.
            KeyRefused: the stored bytes were changed.
        """
        with self._database.write() as connection:
            row = connection.execute(
                select(reference.c.subject_id, reference_image.c.sealed)
                .join(reference_image)
                .where(reference.c.reference_id == reference_id)
            ).one_or_none()
            if row is None:
                raise _no_reference(reference_id)
            self._audit.note(
                connection,
                "reference.read_image",
                f"reference:{reference_id}",
                {"subject": row.subject_id},
            )
        return self._key.unseal(row.sealed, image_purpose(row.subject_id, reference_id))

    def gallery(self, model_id: str, watchlists: Sequence[str]) -> list[GalleryEntry]:
        """Return every template of `model_id` of the subjects on `watchlists`, decrypted.

        Raises:
            KeyRefused: a stored template was changed or moved to another row.
        """
        return self.templates(model_id, self.owners(model_id, watchlists)[:, 1].tolist())

    def note_read(self, model_id: str, watchlists: Sequence[str], count: int) -> None:
        """Write down that templates are read for a gallery: one entry, however many."""
        if count:
            told = {"count": count, "watchlists": sorted(watchlists)}
            self._audit.append("", "template.read", f"model:{model_id}", told)

    def owners(self, model_id: str, watchlists: Sequence[str]) -> Int64:
        """Return (r, 2) subject and reference ids of the templates that `gallery` returns.

        Nothing is decrypted; in the order of the references.
        """
        listed = select(membership.c.subject_id).where(membership.c.watchlist.in_(watchlists))
        with self._database.read() as connection:
            rows = connection.execute(
                select(reference.c.subject_id, template.c.reference_id)
                .join(reference)
                .where(template.c.model_id == model_id, reference.c.subject_id.in_(listed))
                .order_by(template.c.reference_id)
            ).all()
        return np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)

    def templates(self, model_id: str, reference_ids: Sequence[int]) -> list[GalleryEntry]:
        """Return the templates of `model_id` of those references that are still there, decrypted.

        Raises:
            KeyRefused: a stored template was changed or moved to another row.
        """
        rows: list[Any] = []
        with self._database.read() as connection:
            for start in range(0, len(reference_ids), ASKED_AT_ONCE):
                asked = reference_ids[start : start + ASKED_AT_ONCE]
                rows += connection.execute(
                    select(reference.c.subject_id, template.c.reference_id, template.c.sealed)
                    .join(reference)
                    .where(template.c.model_id == model_id, template.c.reference_id.in_(asked))
                    .order_by(template.c.reference_id)
                ).all()
        return [
            GalleryEntry(
                subject_id,
                reference_id,
                np.frombuffer(
                    self._key.unseal(sealed, template_purpose(subject_id, reference_id, model_id)),
                    "<f4",
                ).astype(np.float32),
            )
            for subject_id, reference_id, sealed in rows
        ]

    def _changed(self, connection: Connection, subject_id: int) -> None:
        """Let whoever has read the subject see that it has changed since."""
        connection.execute(
            update(subject)
            .where(subject.c.subject_id == subject_id)
            .values(version=subject.c.version + 1, updated_at=self._database.clock())
        )


def require_subject(connection: Connection, subject_id: int) -> None:
    """Raise StoreError unless the subject is in the store."""
    found = connection.execute(
        select(subject.c.subject_id).where(subject.c.subject_id == subject_id)
    ).one_or_none()
    if found is None:
        raise StoreError(f"there is no subject {subject_id}", remedy="list the subjects")


def require_version(connection: Connection, subject_id: int, version: int | None) -> None:
    """Raise StoreError unless the subject is there, StoreStale unless in this version, if any."""
    found = connection.execute(
        select(subject.c.version).where(subject.c.subject_id == subject_id)
    ).scalar_one_or_none()
    if found is None:
        raise StoreError(f"there is no subject {subject_id}", remedy="list the subjects")
    if version is not None and found != version:
        raise StoreStale(
            f"somebody has changed subject {subject_id} meanwhile",
            expected=f"version {version}",
            found=f"version {found}",
            remedy="read it again, then change it",
        )


def _owner(connection: Connection, reference_id: int) -> int:
    found = connection.execute(
        select(reference.c.subject_id).where(reference.c.reference_id == reference_id)
    ).scalar_one_or_none()
    if found is None:
        raise _no_reference(reference_id)
    return int(found)


def move_references(
    connection: Connection,
    key: TemplateKey,
    reference_ids: Sequence[int],
    subject_id: int,
    into_id: int,
) -> None:
    """Give photographs of a subject to another one: picture and templates are sealed for it.

    Raises:
        KeyRefused: a stored picture or template was changed.
    """
    for reference_id in reference_ids:
        image = connection.execute(
            select(reference_image.c.sealed).where(reference_image.c.reference_id == reference_id)
        ).scalar_one()
        plain = key.unseal(image, image_purpose(subject_id, reference_id))
        connection.execute(
            update(reference_image)
            .where(reference_image.c.reference_id == reference_id)
            .values(sealed=key.seal(plain, image_purpose(into_id, reference_id)))
        )
        for row in connection.execute(
            select(template).where(template.c.reference_id == reference_id)
        ).all():
            plain = key.unseal(row.sealed, template_purpose(subject_id, reference_id, row.model_id))
            connection.execute(
                update(template)
                .where(template.c.reference_id == reference_id, template.c.model_id == row.model_id)
                .values(
                    sealed=key.seal(plain, template_purpose(into_id, reference_id, row.model_id))
                )
            )
        connection.execute(
            update(reference)
            .where(reference.c.reference_id == reference_id)
            .values(subject_id=into_id)
        )


def _no_reference(reference_id: int) -> StoreError:
    return StoreError(
        f"there is no reference {reference_id}", remedy="facewarden subjects show lists them"
    )


def grow_version(connection: Connection) -> None:
    """Tell every process that polls the version to build its gallery again."""
    connection.execute(update(gallery_version).values(version=gallery_version.c.version + 1))


def _source(file_digest: str) -> str:
    return f"source name:{file_digest}"


def template_purpose(subject_id: int, reference_id: int, model_id: str) -> str:
    """Return what a template is sealed for: it cannot be moved to another row."""
    return f"template:{subject_id}:{reference_id}:{model_id}"


def image_purpose(subject_id: int, reference_id: int) -> str:
    """Return what a photograph is sealed for."""
    return f"image:{subject_id}:{reference_id}"
