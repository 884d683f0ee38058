"""Templates of another model for the references there are, and the switch to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, select, update

from facewarden.data import Float32
from facewarden.errors import StoreError
from facewarden.store.audit import Audit
from facewarden.store.database import Database, insert_into
from facewarden.store.key import TemplateKey
from facewarden.store.re_enrolment_tables import re_enrolment, refused_reference, serving_model
from facewarden.store.references import grow_version, image_purpose, template_purpose
from facewarden.store.tables import reference, reference_image, template


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reference that the new model has not seen.

    Attributes:
        picture: the file as it was given.
        template: (d,) of the model that serves; empty where that has none of it.
    """

    subject_id: int
    reference_id: int
    picture: bytes
    template: Float32


@dataclass(frozen=True, slots=True)
class RefusedReference:
    """A reference that the new model cannot take; it stays as it is."""

    subject_id: int
    reference_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReEnrolment:
    """How far the references are brought to a model.

    Attributes:
        serving: the model that is compared with now.
        total: references; done: those with a template of the new model; refused: those that it
            cannot take.
        lost: subjects with references none of which it can take, once all are done.
        switched_at: None until the new model serves.
    """

    model_id: str
    serving: str
    started_at: datetime
    total: int
    done: int
    refused: int
    lost: tuple[int, ...]
    switched_at: datetime | None

    @property
    def complete(self) -> bool:
        """Whether every reference is done or refused."""
        return self.done + self.refused >= self.total


class ReEnrolments:
    """Re-enrolments of one store. What is done stays done: going on is asking what waits."""

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit

    def serving(self) -> str | None:
        """Return the model whose templates are compared with; None: the settings say it."""
        with self._database.read() as connection:
            return _serving(connection)

    def begin(self, model_id: str, *, serving: str) -> None:
        """Begin, or go on with, the templates of a model.

        From now on the store says which model serves, whatever the settings are changed to.

        Args:
            serving: the model that serves until the switch, where the store does not say it yet.

        Raises:
            StoreError: the model serves already.
        """
        with self._database.write() as connection:
            now = self._database.clock()
            current = _serving(connection) or serving
            if current == model_id:
                raise StoreError(
                    f"{model_id} serves already", remedy="name another model with --to"
                )
            if _serving(connection) is None:
                connection.execute(
                    insert(serving_model).values(row_id=1, model_id=current, since=now)
                )
            row = connection.execute(
                select(re_enrolment).where(re_enrolment.c.model_id == model_id)
            ).one_or_none()
            if row is not None and row.switched_at is None:
                self._note(connection, "go-on", model_id, {"from": current})
                return
            # Once served and left again: templates of then are still right, files do not change.
            connection.execute(delete(re_enrolment).where(re_enrolment.c.model_id == model_id))
            connection.execute(insert(re_enrolment).values(model_id=model_id, started_at=now))
            self._note(connection, "begin", model_id, {"from": current})

    def take(self, model_id: str, count: int) -> list[Waiting]:
        """Return references that wait, oldest first, and write down that they are read.

        Raises:
            KeyRefused: a stored picture or template was changed.
        """
        with self._database.write() as connection:
            old = _serving(connection)
            rows = connection.execute(
                _waiting(model_id).order_by(reference.c.reference_id).limit(count)
            ).all()
            if not rows:
                return []
            ids = [row.reference_id for row in rows]
            self._note(
                connection, "read", model_id,
                {"count": len(ids), "first": ids[0], "last": ids[-1]},
            )  # fmt: skip
            pictures = {
                row.reference_id: row.sealed
                for row in connection.execute(
                    select(reference_image).where(reference_image.c.reference_id.in_(ids))
                )
            }
            templates = {
                row.reference_id: row.sealed
                for row in connection.execute(
                    select(template).where(
                        template.c.reference_id.in_(ids), template.c.model_id == (old or "")
                    )
                )
            }
        return [
            Waiting(
                row.subject_id,
                row.reference_id,
                self._key.unseal(
                    pictures[row.reference_id], image_purpose(row.subject_id, row.reference_id)
                ),
                self._template(templates.get(row.reference_id), row, old or ""),
            )
            for row in rows
        ]

    def keep(
        self,
        model_id: str,
        made: Sequence[tuple[Waiting, Float32]],
        refused: Sequence[tuple[Waiting, str]],
    ) -> None:
        """Store templates, and why there are none of others, in one transaction.

        References that were removed or given to somebody else meanwhile are left out; the latter
        wait again.
        """
        with self._database.write() as connection:
            owner = {
                row.reference_id: row.subject_id
                for row in connection.execute(
                    select(reference.c.reference_id, reference.c.subject_id).where(
                        reference.c.reference_id.in_(
                            [one.reference_id for one, _ in (*made, *refused)]
                        )
                    )
                )
            }

            def stays(one: Waiting) -> bool:
                return owner.get(one.reference_id) == one.subject_id

            rows = [
                {
                    "reference_id": one.reference_id,
                    "model_id": model_id,
                    "sealed": self._key.seal(
                        np.asarray(vector, "<f4").tobytes(),
                        template_purpose(one.subject_id, one.reference_id, model_id),
                    ),
                }
                for one, vector in made
                if stays(one)
            ]
            reasons = [
                {"reference_id": one.reference_id, "model_id": model_id, "reason": why[:1000]}
                for one, why in refused
                if stays(one)
            ]
            # Two processes may do the same work; the first one's stays.
            for table, values in ((template, rows), (refused_reference, reasons)):
                if values:
                    connection.execute(
                        insert_into(connection, table).values(values).on_conflict_do_nothing()
                    )

    def progress(self, model_id: str | None = None) -> ReEnrolment | None:
        """Return how far it is; None where none was begun.

        Args:
            model_id: None: the one begun last.
        """
        with self._database.read() as connection:
            found = select(re_enrolment).order_by(re_enrolment.c.started_at.desc()).limit(1)
            if model_id is not None:
                found = found.where(re_enrolment.c.model_id == model_id)
            row = connection.execute(found).one_or_none()
            return None if row is None else _progress(connection, row.model_id)

    def refused(self, model_id: str) -> list[RefusedReference]:
        """Return the references that a model cannot take, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(reference.c.subject_id, refused_reference)
                .join(reference, reference.c.reference_id == refused_reference.c.reference_id)
                .where(refused_reference.c.model_id == model_id)
                .order_by(refused_reference.c.reference_id)
            ).all()
        return [RefusedReference(row.subject_id, row.reference_id, row.reason) for row in rows]

    def try_again(self, model_id: str) -> int:
        """Forget what was refused, so that it waits again; return how many."""
        with self._database.write() as connection:
            return int(
                connection.execute(
                    delete(refused_reference).where(refused_reference.c.model_id == model_id)
                ).rowcount
            )

    def switch(self, model_id: str, *, accept_losses: bool = False) -> ReEnrolment:
        """Let the new model serve: one transaction, in which nothing may wait.

        Templates of the model before stay, so that it can serve again.

        Args:
            accept_losses: also where subjects are left without any template.

        Raises:
            StoreError: not begun, references wait, or subjects would be lost.
        """
        with self._database.write() as connection:
            found = _progress(connection, model_id)
            if found is None:
                raise StoreError(f"no re-enrolment with {model_id} was begun")
            if not found.complete:
                raise StoreError(
                    f"references wait for {model_id}",
                    expected="0",
                    found=str(found.total - found.done - found.refused),
                    remedy="go on with facewarden re-enrol",
                )
            if found.lost and not accept_losses:
                raise StoreError(
                    f"{model_id} can take no reference of {len(found.lost)} subjects",
                    found=", ".join(map(str, found.lost[:10])),
                    remedy="enrol other photographs of them, or --accept-losses",
                )
            now = self._database.clock()
            connection.execute(update(serving_model).values(model_id=model_id, since=now))
            connection.execute(
                update(re_enrolment)
                .where(re_enrolment.c.model_id == model_id)
                .values(switched_at=now)
            )
            grow_version(connection)
            self._note(
                connection, "switch", model_id,
                {"from": found.serving, "references": found.done, "refused": found.refused,
                 "lost": len(found.lost)},
            )  # fmt: skip
            switched = _progress(connection, model_id)
        assert switched is not None  # noqa: S101 - it was there above, in this transaction
        return switched

    def _template(self, sealed: bytes | None, row: Row[tuple[int, int]], model_id: str) -> Float32:
        if sealed is None:
            return np.zeros(0, np.float32)
        purpose = template_purpose(row.subject_id, row.reference_id, model_id)
        return np.frombuffer(self._key.unseal(sealed, purpose), "<f4").astype(np.float32)

    def _note(
        self, connection: Connection, what: str, model_id: str, told: dict[str, str | int]
    ) -> None:
        self._audit.note(connection, f"re-enrolment.{what}", f"model:{model_id}", told)


def _serving(connection: Connection) -> str | None:
    found = connection.execute(select(serving_model.c.model_id)).scalar_one_or_none()
    return None if found is None else str(found)


def _waiting(model_id: str) -> Select[tuple[int, int]]:
    """Select the references without a template of the model that it has not refused."""
    return (
        select(reference.c.subject_id, reference.c.reference_id)
        .outerjoin(
            template,
            and_(
                template.c.reference_id == reference.c.reference_id,
                template.c.model_id == model_id,
            ),
        )
        .outerjoin(
            refused_reference,
            and_(
                refused_reference.c.reference_id == reference.c.reference_id,
                refused_reference.c.model_id == model_id,
            ),
        )
        .where(template.c.reference_id.is_(None), refused_reference.c.reference_id.is_(None))
    )


def _progress(connection: Connection, model_id: str) -> ReEnrolment | None:
    row = connection.execute(
        select(re_enrolment).where(re_enrolment.c.model_id == model_id)
    ).one_or_none()
    if row is None:
        return None
    total = connection.execute(select(func.count()).select_from(reference)).scalar_one()
    done = connection.execute(
        select(func.count()).select_from(template).where(template.c.model_id == model_id)
    ).scalar_one()
    waiting = connection.execute(
        select(func.count()).select_from(_waiting(model_id).subquery())
    ).scalar_one()
    with_template = (
        select(reference.c.subject_id)
        .join(template, template.c.reference_id == reference.c.reference_id)
        .where(template.c.model_id == model_id)
    )
    lost = (
        ()
        if waiting
        else tuple(
            connection.scalars(
                select(reference.c.subject_id)
                .where(reference.c.subject_id.not_in(with_template))
                .distinct()
                .order_by(reference.c.subject_id)
            )
        )
    )
    return ReEnrolment(
        model_id,
        _serving(connection) or "",
        row.started_at,
        total,
        done,
        total - done - waiting,
        lost,
        row.switched_at,
    )
