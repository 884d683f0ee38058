"""Which key a store was made with: a few sealed words that only that key opens."""

from typing import Final

from sqlalchemy import Connection, insert, inspect, select

from facewarden.errors import KeyRefused
from facewarden.store.key import TemplateKey
from facewarden.store.tables import gallery_version, store_info

KEY_CHECK: Final = "key_check"


def require_key(connection: Connection, key: TemplateKey, name: str) -> bool:
    """Check `key` against the store called `name`; False where the store has no key yet.

    Raises:
        KeyRefused: the store was made with another key.
    """
    if not inspect(connection).has_table(store_info.name):
        return False
    sealed = connection.execute(
        select(store_info.c.value).where(store_info.c.name == KEY_CHECK)
    ).scalar_one_or_none()
    if sealed is None:
        return False
    try:
        key.unseal(sealed, KEY_CHECK)
    except KeyRefused as error:
        raise KeyRefused(
            f"{key.origin} is not the key of the store {name}",
            expected="the key it was made with",
            remedy="restore that key; without it the templates cannot be read by anybody",
        ) from error
    return True


def bind_key(connection: Connection, key: TemplateKey) -> None:
    """Make `key` that of a new store, inside a write transaction."""
    sealed = key.seal(KEY_CHECK.encode(), KEY_CHECK)
    connection.execute(insert(store_info).values(name=KEY_CHECK, value=sealed))
    connection.execute(insert(gallery_version).values(row_id=1, version=0))
