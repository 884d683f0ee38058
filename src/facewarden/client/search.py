"""The routes of search."""

from facewarden.api.search import Found, Search
from facewarden.client.connection import Connection


class Searching:
    """The routes of search; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search(self, asked: Search) -> Found:
        """Search the watchlists for the faces of a photograph."""
        return self._connection.call(Found, "POST", "/api/v1/search", body=asked)
