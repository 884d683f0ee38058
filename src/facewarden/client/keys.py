"""The routes of keys."""

from collections.abc import Iterator

from facewarden.api.keys import Key, KeyMade, NewKey
from facewarden.client.connection import Connection


class Keys:
    """The routes of keys; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_keys(self) -> Iterator[Key]:
        """List one's API keys, also those that have ended."""
        return self._connection.pages(Key, "/api/v1/keys")

    def make_key(self, given: NewKey) -> KeyMade:
        """Make an API key with some of one's rights; its secret is shown this once."""
        return self._connection.call(KeyMade, "POST", "/api/v1/keys", body=given, once=True)

    def revoke_key(self, key_id: str) -> None:
        """Revoke one of one's API keys; it is refused from then on."""
        self._connection.send("DELETE", "/api/v1/keys/{key_id}", {"key_id": key_id})
