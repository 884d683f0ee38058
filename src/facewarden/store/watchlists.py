"""Watchlists, and the subjects on them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from facewarden.data import PresentationRule, Subject, SubjectDetails, Watchlist
from facewarden.data.deployment import OPEN
from facewarden.errors import StoreError, StoreStale
from facewarden.store.database import insert_into
from facewarden.store.governance_tables import deployment
from facewarden.store.reassignments import Reassignments
from facewarden.store.references import grow_version, require_subject, require_version
from facewarden.store.removal import erase_subject
from facewarden.store.sealed_words import word_digest
from facewarden.store.subject_codec import EXTERNAL, NAME, to_columns
from facewarden.store.subject_pages import on_any_watchlist, on_watchlist
from facewarden.store.tables import gallery_version, membership, subject, watchlist


class Watchlists(Reassignments):
    """Who is looked for, on which list, with which references.

    Every change grows `version`, commits before it returns, and is in the audit log.
    """

    def ensure(self, name: str) -> Watchlist:
        """Return the watchlist of this name, made now if there was none."""
        with self._database.read() as connection:
            row = _watchlist_row(connection, name)
        if row is not None:
            return _watchlist(row)
        with self._database.write() as connection:
            if (row := _watchlist_row(connection, name)) is not None:
                return _watchlist(row)
            connection.execute(
                insert(watchlist).values(
                    name=name, threshold=None, sinks=[], created_at=self._database.clock()
                )
            )
            grow_version(connection)
            self._audit.note(connection, "watchlist.create", f"watchlist:{name}", {})
        return Watchlist(name)

    def configure(
        self,
        name: str,
        threshold: float | None,
        sinks: Sequence[str],
        *,
        fpir: float | None = None,
        false_alerts_per_day: float | None = None,
        presentation: PresentationRule = PresentationRule.OFF,
        before: Watchlist | None = None,
    ) -> None:
        """Set what a watchlist's alerts need and where they go; no change, no new version.

        Args:
            presentation: what is done about pictures of a subject that are held to a camera.
            before: what the change was made from; None: whatever it is.

        Raises:
            StoreError: no such watchlist.
            StoreStale: it is not as it was before.
            DataError: more than one of threshold, fpir and false_alerts_per_day.
        """
        wanted = Watchlist(name, threshold, tuple(sinks), fpir, false_alerts_per_day, presentation)
        budget = {"fpir": fpir, "false_alerts_per_day": false_alerts_per_day}
        with self._database.write() as connection:
            found = _watchlist(_require_watchlist(connection, name))
            if before is not None and found != before:
                raise StoreStale(
                    f"somebody has changed the watchlist {name!r} meanwhile",
                    remedy="read it again, then change it",
                )
            if found == wanted:
                return
            connection.execute(
                update(watchlist)
                .where(watchlist.c.name == name)
                .values(
                    threshold=threshold,
                    sinks=list(sinks),
                    presentation=str(presentation),
                    **budget,
                )
            )
            grow_version(connection)
            self._audit.note(
                connection,
                "watchlist.configure",
                f"watchlist:{name}",
                {"threshold": threshold, "sinks": list(sinks)}
                | {name: value for name, value in budget.items() if value is not None}
                | (
                    {"presentation": str(presentation)}
                    if presentation is not found.presentation
                    else {}
                ),
            )

    def remove(self, name: str) -> None:
        """Remove a watchlist that nobody is on and no deployment to come or under way names.

        Raises:
            StoreError: no such watchlist, or it is in use.
        """
        with self._database.write() as connection:
            _require_watchlist(connection, name)
            of_list = select(func.count()).where(membership.c.watchlist == name)
            if subjects := connection.execute(of_list).scalar_one():
                raise StoreError(
                    f"the watchlist {name!r} is in use",
                    expected="nobody on it",
                    found="1 subject" if subjects == 1 else f"{subjects} subjects",
                    remedy="take them off with facewarden subjects withdraw or remove",
                )
            plans = connection.execute(
                select(deployment.c.deployment_id, deployment.c.watchlists)
                .where(deployment.c.state.in_([str(state) for state in OPEN]))
                .order_by(deployment.c.deployment_id)
            )
            for plan in plans:
                if name in plan.watchlists:
                    raise StoreError(
                        f"the watchlist {name!r} is in use",
                        found=f"deployment {plan.deployment_id}, which is not over, names it",
                        remedy="end or withdraw the deployment",
                    )
            connection.execute(delete(watchlist).where(watchlist.c.name == name))
            grow_version(connection)
            self._audit.note(connection, "watchlist.remove", f"watchlist:{name}", {})

    def all(self) -> list[Watchlist]:
        """Return every watchlist by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(watchlist).order_by(watchlist.c.name)).all()
        return [_watchlist(row) for row in rows]

    def add_subject(
        self, details: SubjectDetails, watchlist: str, *, seen: Collection[str] | None = None
    ) -> int:
        """Write a new subject down and place it on a watchlist; return its id, never used again.

        Args:
            seen: watchlists within which an external reference can be taken; None: all.

        Raises:
            StoreError: no such watchlist, or the external reference is taken.
            InputError: a text that is too long.
        """
        details.require_fitting()
        with self._database.write() as connection:
            _require_watchlist(connection, watchlist)
            subject_id, others = self._insert(connection, details, [watchlist], seen)
            grow_version(connection)
            told = {"watchlist": watchlist, **others}
            self._audit.note(connection, "subject.add", f"subject:{subject_id}", told)
        return subject_id

    def find_subject(
        self,
        *,
        external_reference: str = "",
        name: str = "",
        watchlist: str = "",
        seen: Collection[str] | None = None,
    ) -> Subject | None:
        """Return the one subject that fits everything given; None when nobody does.

        Args:
            seen: only those on any of these watchlists; None: of any list or none.

        Raises:
            StoreError: several do.
        """
        if not (external_reference or name):
            return None
        with self._database.read() as connection:
            wanted = [
                column == word_digest(self._key, kind, given)
                for column, kind, given in (
                    (subject.c.external_digest, EXTERNAL, external_reference),
                    (subject.c.name_digest, NAME, name),
                )
                if given
            ]
            if watchlist:
                wanted.append(on_watchlist(watchlist))
            if seen is not None:
                wanted.append(on_any_watchlist(seen))
            found = self._subjects(connection, *wanted)
        if len(found) > 1:
            raise StoreError(
                "several subjects fit",
                expected="one",
                found="subjects " + ", ".join(str(one.subject_id) for one in found[:10]),
                remedy="give the external reference or the subject's id",
            )
        return found[0] if found else None

    def update_subject(
        self,
        subject_id: int,
        details: SubjectDetails,
        *,
        version: int | None = None,
        seen: Collection[str] | None = None,
    ) -> None:
        """Replace all that is written down about a subject.

        Args:
            version: of the subject that the change was made from; None: whatever it is.
            seen: watchlists within which an external reference can be taken; None: all.

        Raises:
            StoreError: no such subject, or the external reference is taken.
            StoreStale: it has changed since that version.
            InputError: a text that is too long.
        """
        details.require_fitting()
        with self._database.write() as connection:
            require_version(connection, subject_id, version)
            before = self._one(connection, subject_id).details
            if before == details:
                return
            others = {}
            if details.external_reference != before.external_reference:
                others = self._require_free(connection, details.external_reference, seen)
            connection.execute(
                update(subject)
                .where(subject.c.subject_id == subject_id)
                .values(to_columns(subject_id, details, self._key))
            )
            self._changed(connection, subject_id)
            old, new = asdict(before), asdict(details)
            changed = sorted(field for field in new if new[field] != old[field])
            grow_version(connection)
            told = {"changed": changed, **others}
            self._audit.note(connection, "subject.update", f"subject:{subject_id}", told)

    def place(self, subject_id: int, watchlist: str) -> None:
        """Put a subject on a watchlist; nothing happens when it is on it.

        Raises:
            StoreError: no such subject or watchlist.
        """
        with self._database.write() as connection:
            require_subject(connection, subject_id)
            _require_watchlist(connection, watchlist)
            placed = connection.execute(
                insert_into(connection, membership)
                .values(
                    subject_id=subject_id, watchlist=watchlist, placed_at=self._database.clock()
                )
                .on_conflict_do_nothing()
                .returning(membership.c.subject_id)
            ).one_or_none()
            if placed is not None:
                self._changed(connection, subject_id)
                grow_version(connection)
                self._audit.note(
                    connection, "subject.place", f"subject:{subject_id}", {"watchlist": watchlist}
                )

    def withdraw(self, subject_id: int, watchlist: str) -> None:
        """Take a subject off a watchlist; it stays in the store.

        Raises:
            StoreError: no such subject.
        """
        with self._database.write() as connection:
            require_subject(connection, subject_id)
            withdrawn = connection.execute(
                delete(membership).where(
                    membership.c.subject_id == subject_id, membership.c.watchlist == watchlist
                )
            )
            if withdrawn.rowcount:
                self._changed(connection, subject_id)
                grow_version(connection)
                self._audit.note(
                    connection,
                    "subject.withdraw",
                    f"subject:{subject_id}",
                    {"watchlist": watchlist},
                )

    def subject(self, subject_id: int) -> Subject:
        """Return one subject.

        Raises:
            StoreError: no such subject.
        """
        with self._database.read() as connection:
            return self._one(connection, subject_id)

    def subjects(self, watchlist: str | None = None) -> list[Subject]:
        """Return every subject, or those of one watchlist, oldest first."""
        with self._database.read() as connection:
            wanted = [] if watchlist is None else [on_watchlist(watchlist)]
            return self._subjects(connection, *wanted)

    def remove_subject(self, subject_id: int, *, version: int | None = None) -> None:
        """Remove a subject for good; what `removal.erase_subject` says, then rewrite the file.

        Args:
            version: that was seen; None: whatever it is.

        Raises:
            StoreError: no such subject.
            StoreStale: it has changed since that version.
            StoreBusy, StoreFull: the subject is removed, but the file could not be rewritten, so
                that parts may still be read from it with other tools; see `Database.forget`.
        """
        with self._database.write() as connection:
            require_version(connection, subject_id, version)
            erase_subject(connection, subject_id, self._database.clock())
            self._audit.note(connection, "subject.remove", f"subject:{subject_id}", {})
        self._database.forget()

    def memberships(self, watchlists: Sequence[str]) -> dict[int, tuple[str, ...]]:
        """Return, for each subject on any of `watchlists`, those of them it is on, by name."""
        lists: dict[int, list[str]] = {}
        with self._database.read() as connection:
            for subject_id, name in connection.execute(
                select(membership.c.subject_id, membership.c.watchlist)
                .where(membership.c.watchlist.in_(watchlists))
                .order_by(membership.c.subject_id, membership.c.watchlist)
            ):
                lists.setdefault(subject_id, []).append(name)
        return {subject_id: tuple(names) for subject_id, names in lists.items()}

    def expiries(self) -> dict[int, datetime]:
        """Return when each subject that has an end stops matching; UTC."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(subject.c.subject_id, subject.c.expires_at).where(
                    subject.c.expires_at.is_not(None)
                )
            ).all()
        return {row.subject_id: row.expires_at for row in rows}

    def version(self) -> int:
        """Return a number that grows with every change of what a gallery is built from."""
        with self._database.read() as connection:
            return int(connection.execute(select(gallery_version.c.version)).scalar_one())


def _watchlist_row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(watchlist).where(watchlist.c.name == name)).one_or_none()


def _require_watchlist(connection: Connection, name: str) -> Row[Any]:
    row = _watchlist_row(connection, name)
    if row is None:
        raise StoreError(f"there is no watchlist {name!r}", remedy="create it first")
    return row


def _watchlist(row: Row[Any]) -> Watchlist:
    return Watchlist(
        row.name,
        row.threshold,
        tuple(row.sinks),
        row.fpir,
        row.false_alerts_per_day,
        PresentationRule(row.presentation),
    )
