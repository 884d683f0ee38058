"""Forensic look-ups as they are kept: begun, answered, authorised or locked."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, or_, select, update

from facewarden.data.lookup import Authority, Lookup, LookupState
from facewarden.errors import StoreError
from facewarden.govern import lookup_rules
from facewarden.govern.lifecycle import require_words
from facewarden.govern.person import Person
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.governance_tables import lookup as lookup_table
from facewarden.store.key import TemplateKey
from facewarden.store.tables import audit


class Lookups:
    """The look-ups of a store: who searched for a face, when, on whose authority.

    Every step is one transaction with its entry in the audit log. Free text and results are
    sealed; results hold ids and similarities.
    """

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit

    def begin(
        self,
        authority: Authority,
        login: str,
        *,
        watchlists: Sequence[str],
        image: bytes,
        thumbnail: bytes,
        user_id: int | None = None,
    ) -> Lookup:
        """Write down that a face is looked up, before it is: a search that fails was one, too.

        Args:
            login, user_id: who asks.
            watchlists: that will be searched, by name.
            image: the picture as it was uploaded; only a keyed digest of it is kept.
            thumbnail: a small JPEG of it, kept sealed beside the audit entry.

        Raises:
            DataError: purpose, legal basis or reference missing (see `lookup_rules`).
        """
        lookup_rules.require_authority(authority)
        digest = self._key.digest(image)
        with self._database.write() as connection:
            now = self._database.clock()
            until = now + lookup_rules.AUTHORISED_WITHIN if authority.urgent else None
            state = LookupState.PENDING if authority.urgent else LookupState.AUTHORISED
            lookup_id = int(
                connection.execute(
                    insert(lookup_table)
                    .values(
                        state=str(state),
                        urgent=authority.urgent,
                        words=b"",
                        watchlists=list(watchlists),
                        image_digest=digest,
                        audit_position=0,
                        requested_by=login,
                        requested_by_id=user_id,
                        requested_at=now,
                        authorise_before=until,
                        authorised_by="",
                    )
                    .returning(lookup_table.c.lookup_id)
                ).scalar_one()
            )
            position = self._audit.note(
                connection,
                "lookup.begin",
                f"lookup:{lookup_id}",
                {
                    "digest": digest,
                    "watchlists": list(watchlists),
                    "urgent": authority.urgent,
                    "purpose": f"lookup:{lookup_id}",
                },
                actor=login,
                picture=thumbnail,
            )
            self._put(connection, lookup_id, _words(authority), audit_position=position)
            return self._get(connection, lookup_id)

    def finish(self, lookup_id: int, result: Mapping[str, Any]) -> None:
        """Keep the answer, sealed.

        Args:
            result: JSON values; ids and similarities, no names.
        """
        sealed = self._key.seal(json.dumps(result).encode(), _result(lookup_id))
        with self._database.write() as connection:
            self._get(connection, lookup_id)
            connection.execute(
                update(lookup_table)
                .where(lookup_table.c.lookup_id == lookup_id)
                .values(result=sealed)
            )

    def result(self, lookup_id: int, login: str) -> dict[str, Any]:
        """Return the answer again; that it was read is audited.

        Raises:
            StoreError: no such look-up, or it has no answer.
            DataError: it is locked.
        """
        with self._database.write() as connection:
            found = self._get(connection, lookup_id)
            lookup_rules.require_readable(found, self._latest(connection, found))
            sealed = connection.execute(
                select(lookup_table.c.result).where(lookup_table.c.lookup_id == lookup_id)
            ).scalar_one()
            if sealed is None:
                raise StoreError(f"look-up {lookup_id} has no answer", remedy="look up again")
            self._note(connection, "read", lookup_id, login)
        answer: dict[str, Any] = json.loads(self._key.unseal(sealed, _result(lookup_id)))
        return answer

    def authorise(
        self, lookup_id: int, login: str, reference: str, *, user_id: int | None = None
    ) -> Lookup:
        """Authorise an urgent look-up afterwards.

        Args:
            login, user_id: a person other than who asked for it.
            reference: of the document that authorises it.

        Raises:
            StoreError: no such look-up.
            DataError: the same person, too late, or nothing to authorise.
        """
        require_words("the authorisation reference", reference)
        with self._database.write() as connection:
            before = self._decidable(connection, lookup_id, Person(login, user_id))
            words = _words(before.authority) | {"reference": reference.strip()}
            self._put(
                connection,
                lookup_id,
                words,
                state=str(LookupState.AUTHORISED),
                authorised_by=login,
                authorised_at=self._database.clock(),
            )
            self._note(connection, "authorise", lookup_id, login)
            return self._get(connection, lookup_id)

    def refuse(
        self, lookup_id: int, login: str, reason: str, *, user_id: int | None = None
    ) -> Lookup:
        """Refuse an urgent look-up afterwards: its result goes at once.

        Raises:
            StoreError: no such look-up.
            DataError: the same person, too late, or nothing to refuse.
        """
        require_words("the reason", reason)
        with self._database.write() as connection:
            before = self._decidable(connection, lookup_id, Person(login, user_id))
            words = _words(before.authority) | {"refusal": reason.strip()}
            self._put(
                connection,
                lookup_id,
                words,
                state=str(LookupState.REFUSED),
                authorised_by=login,
                authorised_at=self._database.clock(),
                result=None,
            )
            self._note(connection, "refuse", lookup_id, login)
            return self._get(connection, lookup_id)

    def get(self, lookup_id: int) -> Lookup:
        """Return one look-up, without its answer.

        Raises:
            StoreError: no such look-up.
        """
        with self._database.read() as connection:
            return self._get(connection, lookup_id)

    def page(
        self,
        *,
        state: LookupState | None = None,
        requested_by: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Lookup]:
        """Return look-ups, newest first.

        Args:
            before: only those of smaller id: the last one of the page before.
        """
        wanted = []
        if state is not None:
            wanted.append(lookup_table.c.state == str(state))
        if requested_by is not None:
            wanted.append(lookup_table.c.requested_by == requested_by)
        if before is not None:
            wanted.append(lookup_table.c.lookup_id < before)
        with self._database.read() as connection:
            rows = connection.execute(
                select(lookup_table)
                .where(*wanted)
                .order_by(lookup_table.c.lookup_id.desc())
                .limit(limit)
            ).all()
        return [self._lookup(row) for row in rows]

    def sweep(self, now: datetime) -> tuple[int, ...]:
        """Lock what nobody has authorised in time; return the ids. To be called every minute.

        That a look-up was locked is an entry of the audit log, and the look-up says so for good.
        """
        past = or_(
            lookup_table.c.authorise_before <= now,
            exists().where(
                audit.c.position > lookup_table.c.audit_position,
                audit.c.at >= lookup_table.c.authorise_before,
            ),
        )
        with self._database.write() as connection:
            late = connection.scalars(
                update(lookup_table)
                .where(lookup_table.c.state == str(LookupState.PENDING), past)
                .values(state=str(LookupState.LOCKED))
                .returning(lookup_table.c.lookup_id)
            ).all()
            for lookup_id in sorted(late):
                self._note(connection, "lock", lookup_id, "")
        return tuple(sorted(late))

    def _decidable(self, connection: Connection, lookup_id: int, person: Person) -> Lookup:
        found = self._get(connection, lookup_id)
        lookup_rules.require_decidable(found, person, self._latest(connection, found))
        return found

    def _latest(self, connection: Connection, lookup: Lookup) -> datetime:
        """Return what time it is at the earliest: a clock set back since wins nobody an hour.

        What was written before the look-up began says nothing of it: a clock that was ahead once
        would lock every look-up at once, for years.
        """
        since = audit.c.position > lookup.audit_position
        newest = connection.execute(select(func.max(audit.c.at)).where(since)).scalar_one()
        now = self._database.clock()
        return max(now, newest) if newest is not None else now

    def _put(
        self, connection: Connection, lookup_id: int, words: Mapping[str, str], **values: Any
    ) -> None:
        sealed = self._key.seal(json.dumps(words).encode(), _purpose(lookup_id))
        connection.execute(
            update(lookup_table)
            .where(lookup_table.c.lookup_id == lookup_id)
            .values(words=sealed, **values)
        )

    def _get(self, connection: Connection, lookup_id: int) -> Lookup:
        row = connection.execute(
            select(lookup_table).where(lookup_table.c.lookup_id == lookup_id)
        ).one_or_none()
        if row is None:
            raise StoreError(f"there is no look-up {lookup_id}", remedy="list the look-ups")
        return self._lookup(row)

    def _lookup(self, row: Row[Any]) -> Lookup:
        words = json.loads(self._key.unseal(row.words, _purpose(row.lookup_id)))
        return Lookup(
            lookup_id=row.lookup_id,
            state=LookupState(row.state),
            authority=Authority(
                words["reference"], words["purpose"], words["legal_basis"], row.urgent
            ),
            watchlists=tuple(row.watchlists),
            image_digest=row.image_digest,
            audit_position=row.audit_position,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
            authorise_before=row.authorise_before,
            authorised_by=row.authorised_by,
            authorised_at=row.authorised_at,
            refusal=words.get("refusal", ""),
            answered=row.result is not None,
            requested_by_id=row.requested_by_id,
        )

    def _note(self, connection: Connection, word: str, lookup_id: int, login: str) -> None:
        self._audit.note(connection, f"lookup.{word}", f"lookup:{lookup_id}", {}, actor=login)


def _words(authority: Authority) -> dict[str, str]:
    return {
        "reference": authority.reference.strip(),
        "purpose": authority.purpose.strip(),
        "legal_basis": authority.legal_basis.strip(),
    }


def _purpose(lookup_id: int) -> str:
    return f"lookup:{lookup_id}"


def _result(lookup_id: int) -> str:
    return f"lookup-result:{lookup_id}"
