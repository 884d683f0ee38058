"""API keys: what people's programs sign in with."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from facewarden.access.account import Account, ApiKey
from facewarden.access.principal import Permission, Scope
from facewarden.access.tokens import KeyWords, digest, new_key, same
from facewarden.errors import DataError, StoreError
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.people import as_account, as_scope, one_account, scope_columns
from facewarden.store.people_tables import account, api_key

NOTED_EVERY: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=366)
MOST: Final = 50
"""Keys of one person: each program needs one, and each one is a way in."""
_NO_KEY: Final = "0" * 64


class ApiKeys:
    """The keys of one store; only hashes of their secrets are kept."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def create(
        self,
        user_id: int,
        name: str,
        permissions: frozenset[Permission],
        scope: Scope,
        expires_at: datetime,
        *,
        actor: str,
    ) -> tuple[KeyWords, ApiKey]:
        """Make a key; return the words that its owner keeps, shown this once, and it.

        Raises:
            DataError: it ends in the past or after more than a year.
            StoreError: there are 50 already, or the account is disabled.
        """
        words = new_key()
        with self._database.write() as connection:
            now = self._database.clock()
            if not now < expires_at <= now + LONGEST:
                raise DataError(
                    "the key needs an end",
                    expected=f"a time within {LONGEST.days} days",
                    found=f"{expires_at:%Y-%m-%d %H:%M}",
                )
            count = connection.execute(
                select(api_key.c.key_id).where(api_key.c.user_id == user_id)
            ).all()
            if len(count) >= MOST or one_account(connection, user_id).disabled:
                raise StoreError(
                    "no more keys can be made", expected=f"at most {MOST}", remedy="revoke some"
                )
            connection.execute(
                insert(api_key).values(
                    key_id=words.key_id,
                    digest=digest(words.secret),
                    user_id=user_id,
                    name=name,
                    permissions=sorted(permissions),
                    **scope_columns(scope),
                    created_at=now,
                    expires_at=expires_at,
                )
            )
            self._audit.note(
                connection,
                "key.create",
                f"key:{words.key_id}",
                {"user": user_id, "permissions": sorted(permissions)},
                actor=actor,
            )
            row = connection.execute(select(api_key).where(api_key.c.key_id == words.key_id)).one()
        return words, _key(row)

    def find(self, words: KeyWords) -> tuple[ApiKey, Account] | None:
        """Return the key with these words and whose it is; None when it is not valid."""
        found = self.still(words.key_id)
        # Compared also where there is none: the answer takes as long.
        kept = found[0] if found else _NO_KEY
        return found[1:] if same(kept, digest(words.secret)) and found else None

    def valid(self, key_id: str) -> tuple[ApiKey, Account] | None:
        """Return a key by its name, as `find`: for a stream that goes on for hours."""
        found = self.still(key_id)
        return found[1:] if found else None

    def still(self, key_id: str) -> tuple[str, ApiKey, Account] | None:
        """Return the hash of a key that is valid, the key, and whose it is."""
        now = self._database.clock()
        with self._database.read() as connection:
            row = connection.execute(
                select(api_key).where(api_key.c.key_id == key_id, api_key.c.expires_at > now)
            ).first()
            owner = connection.execute(
                select(account).where(
                    account.c.user_id == (row.user_id if row else 0),
                    account.c.disabled.is_(False),
                )
            ).first()
        if row is None or owner is None:
            return None
        if row.used_at is None or now - row.used_at > NOTED_EVERY:
            with self._database.write() as connection:
                connection.execute(
                    update(api_key).where(api_key.c.key_id == key_id).values(used_at=now)
                )
        return row.digest, _key(row), as_account(owner)

    def page(self, user_id: int, *, after: str = "", limit: int) -> list[ApiKey]:
        """Return somebody's keys, also those that have ended, by name of the key."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(api_key)
                .where(api_key.c.user_id == user_id, api_key.c.key_id > after)
                .order_by(api_key.c.key_id)
                .limit(limit)
            ).all()
        return [_key(row) for row in rows]

    def revoke(self, key_id: str, user_id: int, *, actor: str) -> bool:
        """End a key of `user_id`; False when they have none of this name."""
        with self._database.write() as connection:
            ended = connection.execute(
                delete(api_key).where(api_key.c.key_id == key_id, api_key.c.user_id == user_id)
            ).rowcount
            if ended:
                self._audit.note(
                    connection, "key.revoke", f"key:{key_id}", {"user": user_id}, actor=actor
                )
        return ended > 0


def _key(row: Row[Any]) -> ApiKey:
    known = {permission.value for permission in Permission}
    return ApiKey(
        row.key_id,
        row.user_id,
        row.name,
        # What a newer version could do, this one cannot.
        frozenset(Permission(word) for word in row.permissions if word in known),
        as_scope(row),
        row.created_at,
        row.expires_at,
        row.used_at,
    )
