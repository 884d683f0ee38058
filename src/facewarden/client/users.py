"""The routes of users."""

from collections.abc import Iterator

from facewarden.api.keys import Key
from facewarden.api.users import Invited, NewUser, User, UserChange
from facewarden.client.connection import Connection, Seen


class Users:
    """The routes of users; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_users(self) -> Iterator[User]:
        """List the users in the order they were made."""
        return self._connection.pages(User, "/api/v1/users")

    def invite_user(self, given: NewUser) -> Invited:
        """Make a user and an invitation by which they set their password."""
        return self._connection.call(Invited, "POST", "/api/v1/users", body=given, once=True)

    def read_user(self, user_id: int) -> Seen[User]:
        """Read a user."""
        return self._connection.seen(User, "GET", "/api/v1/users/{user_id}", {"user_id": user_id})

    def change_user(self, user_id: int, given: UserChange, etag: str) -> Seen[User]:
        """Change what somebody may do; disabling ends all their sessions and keys."""
        return self._connection.seen(
            User, "PATCH", "/api/v1/users/{user_id}", {"user_id": user_id}, body=given, etag=etag
        )

    def reset_user(self, user_id: int) -> Invited:
        """Take password, authenticator, sessions and keys away, and invite anew."""
        return self._connection.call(
            Invited, "POST", "/api/v1/users/{user_id}/reset", {"user_id": user_id}
        )

    def list_keys_of_user(self, user_id: int) -> Iterator[Key]:
        """List somebody's API keys."""
        return self._connection.pages(Key, "/api/v1/users/{user_id}/keys", {"user_id": user_id})

    def revoke_key_of_user(self, user_id: int, key_id: str) -> None:
        """Revoke one of somebody's API keys."""
        self._connection.send(
            "DELETE",
            "/api/v1/users/{user_id}/keys/{key_id}",
            {"user_id": user_id, "key_id": key_id},
        )
