"""Subjects by the page, and by a part of their name, although the store can read no name."""

import threading
import unicodedata
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from facewarden.data import Subject
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.references import ASKED_AT_ONCE, References, require_subject
from facewarden.store.sealed_words import word_digest
from facewarden.store.subject_codec import from_row
from facewarden.store.tables import gallery_version, membership, reference, subject

SEARCHED: Final = "searched"
"""Kind of the digests of what was looked for: a name is not known by it among names."""


class SubjectPages(References):
    """The part of the watchlists that lists subjects.

    A part of a name is looked for in memory: the names are unsealed at the first search, and
    after a change those of the subjects that changed.
    """

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        super().__init__(database, key, audit)
        self._known = _FoldedNames(key)

    def page_subjects(
        self,
        *,
        after: int = 0,
        limit: int = 50,
        text: str = "",
        watchlists: Collection[str] | None = None,
    ) -> list[Subject]:
        """Return up to `limit` subjects, oldest first.

        Args:
            after: only those of larger id: the last one of the page before.
            text: its words must occur in the name or the external reference, in any order;
                letters count without case and accents.
            watchlists: only those on any of these lists; None: of any list or none.
        """
        wanted = [
            subject.c.subject_id > after,
            *([] if watchlists is None else [on_any_watchlist(watchlists)]),
        ]
        with self._database.read() as connection:
            found = self._ids(connection, wanted, text)
            if found is None:
                chosen = select(subject.c.subject_id).where(*wanted)
                ids = connection.scalars(chosen.order_by(subject.c.subject_id).limit(limit)).all()
            else:
                ids = found[:limit]
            return self._subjects(connection, subject.c.subject_id.in_(ids))

    def note_search(self, text: str, watchlists: Collection[str] | None, found: int) -> None:
        """Write down that somebody looked for a name or case number.

        The text names somebody, so that its digest is kept: who has the key can tell whether it
        was this name, nobody can read which.

        Args:
            watchlists: that were searched; None: all.
            found: subjects on the page that was told.
        """
        self._audit.append(
            "",
            "subject.search",
            "subject",
            {
                "digest": word_digest(self._key, SEARCHED, folded(text)),
                "watchlists": None if watchlists is None else sorted(watchlists),
                "count": found,
            },
        )

    def _ids(
        self, connection: Connection, wanted: Sequence[ColumnElement[bool]], text: str
    ) -> Sequence[int] | None:
        words = folded(text).split()
        if not words:
            return None
        fitting = self._known.fitting(connection, words)
        listed = select(subject.c.subject_id).where(*wanted).order_by(subject.c.subject_id)
        return [one for one in connection.scalars(listed) if one in fitting]

    def _one(self, connection: Connection, subject_id: int) -> Subject:
        require_subject(connection, subject_id)
        return self._subjects(connection, subject.c.subject_id == subject_id)[0]

    def _subjects(self, connection: Connection, *wanted: ColumnElement[bool]) -> list[Subject]:
        counted = (
            select(func.count())
            .where(reference.c.subject_id == subject.c.subject_id)
            .scalar_subquery()
        )
        rows = connection.execute(
            select(subject, counted.label("references"))
            .where(*wanted)
            .order_by(subject.c.subject_id)
        ).all()
        lists: dict[int, list[str]] = {row.subject_id: [] for row in rows}
        for subject_id, name in connection.execute(
            select(membership.c.subject_id, membership.c.watchlist)
            .where(membership.c.subject_id.in_(select(subject.c.subject_id).where(*wanted)))
            .order_by(membership.c.watchlist)
        ):
            lists[subject_id].append(name)
        return [
            Subject(
                row.subject_id,
                from_row(row, self._key),
                tuple(lists[row.subject_id]),
                row.references,
                row.created_at,
                row.version,
                row.updated_at,
            )
            for row in rows
        ]


class _FoldedNames:
    """Name and external reference of every subject, folded, as of the version last asked for."""

    def __init__(self, key: TemplateKey) -> None:
        self._key = key
        self._lock = threading.Lock()
        self._version = -1
        self._of: dict[int, tuple[int, str]] = {}

    def fitting(self, connection: Connection, words: Sequence[str]) -> set[int]:
        """Return the subjects in whose names all of `words`, folded, occur."""
        with self._lock:
            version = int(connection.execute(select(gallery_version.c.version)).scalar_one())
            if version != self._version:
                self._of = self._renewed(connection)
                self._version = version
            known = self._of
        return {
            subject_id
            for subject_id, (_, names) in known.items()
            if all(word in names for word in words)
        }

    def _renewed(self, connection: Connection) -> dict[int, tuple[int, str]]:
        versions = {
            row.subject_id: row.version
            for row in connection.execute(select(subject.c.subject_id, subject.c.version))
        }
        kept = {
            subject_id: known
            for subject_id, known in self._of.items()
            if versions.get(subject_id) == known[0]
        }
        changed = [subject_id for subject_id in versions if subject_id not in kept]
        for start in range(0, len(changed), ASKED_AT_ONCE):
            some = changed[start : start + ASKED_AT_ONCE]
            for row in connection.execute(select(subject).where(subject.c.subject_id.in_(some))):
                details = from_row(row, self._key)
                names = folded(f"{details.name}\n{details.external_reference}")
                kept[row.subject_id] = (row.version, names)
        return kept


def folded(text: str) -> str:
    """Return `text` without case and accents, in compatibility forms (UAX 15, NFKD)."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def on_watchlist(name: str) -> ColumnElement[bool]:
    """Return the condition that a subject is on the watchlist of this name."""
    return subject.c.subject_id.in_(
        select(membership.c.subject_id).where(membership.c.watchlist == name)
    )


def on_any_watchlist(names: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a subject is on any of the watchlists of these names."""
    listed = select(membership.c.subject_id).where(membership.c.watchlist.in_(sorted(names)))
    return subject.c.subject_id.in_(listed)
