"""The routes of watchlists."""

from facewarden.api.watchlists import NewWatchlist, Watchlist, WatchlistSettings
from facewarden.client.connection import Connection, Seen


class Watchlists:
    """The routes of watchlists; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_watchlists(self) -> list[Watchlist]:
        """List the watchlists by name."""
        return self._connection.call(list[Watchlist], "GET", "/api/v1/watchlists")

    def create_watchlist(self, new: NewWatchlist) -> Seen[Watchlist]:
        """Make a watchlist; 409 where there is one of this name."""
        return self._connection.seen(Watchlist, "POST", "/api/v1/watchlists", body=new, once=True)

    def get_watchlist(self, name: str) -> Seen[Watchlist]:
        """Return a watchlist."""
        return self._connection.seen(Watchlist, "GET", "/api/v1/watchlists/{name}", {"name": name})

    def set_watchlist(self, name: str, settings: WatchlistSettings, etag: str) -> Seen[Watchlist]:
        """Set a watchlist's threshold or budget."""
        return self._connection.seen(
            Watchlist, "PUT", "/api/v1/watchlists/{name}", {"name": name}, body=settings, etag=etag
        )
