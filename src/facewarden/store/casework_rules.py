"""How alerts of each watchlist are to be worked on."""

from sqlalchemy import Connection, select, update

from facewarden.data.casework import WatchlistRules
from facewarden.errors import StoreError, StoreStale
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.governance_tables import casework
from facewarden.store.tables import alert, watchlist


class CaseRules:
    """The part of the casework that a watchlist asks for; every change is audited."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def rules(self, name: str) -> WatchlistRules:
        """Return how alerts of a watchlist are to be worked on.

        Raises:
            StoreError: no such watchlist.
        """
        with self._database.read() as connection:
            return _rules_of(connection, name)

    def rules_of_alert(self, alert_id: str) -> WatchlistRules:
        """Return how an alert is to be worked on; where its watchlist is gone, as one may.

        One that was judged while two people had to agree keeps needing two.
        """
        with self._database.read() as connection:
            return self._rules(connection, alert_id)

    def set_rules(
        self,
        name: str,
        wanted: WatchlistRules,
        login: str = "",
        *,
        before: WatchlistRules | None = None,
    ) -> None:
        """Set how alerts of a watchlist are to be worked on, from now on.

        Args:
            before: what the change was made from; None: whatever it is.

        Raises:
            StoreError: no such watchlist.
            StoreStale: it is not as it was before.
        """
        if before is None and self.rules(name) == wanted:
            return
        values = {
            "two_person": wanted.two_person,
            "sound": wanted.sound,
            "must_acknowledge": wanted.must_acknowledge,
        }
        with self._database.write() as connection:
            if before is not None:
                found = _rules_of(connection, name)
                if found != before:
                    raise StoreStale(
                        f"somebody has changed the rules of {name!r} meanwhile",
                        remedy="read them again, then change them",
                    )
                if found == wanted:
                    return
            connection.execute(update(watchlist).where(watchlist.c.name == name).values(values))
            self._audit.note(
                connection, "watchlist.rules", f"watchlist:{name}", values, actor=login
            )

    def _rules(self, connection: Connection, alert_id: str) -> WatchlistRules:
        row = connection.execute(
            select(
                *(watchlist.c.two_person, watchlist.c.sound, watchlist.c.must_acknowledge),
                *(alert.c.held, casework.c.two_person.label("begun_by_two")),
            )
            .select_from(alert)
            .outerjoin(watchlist, watchlist.c.name == alert.c.watchlist)
            .outerjoin(casework, casework.c.alert_id == alert.c.alert_id)
            .where(alert.c.alert_id == alert_id)
        ).one_or_none()
        if row is None:  # the alert went meanwhile
            return WatchlistRules()
        # A held alert wakes nobody: it may be of a photograph. Of a watchlist that is gone all
        # columns are NULL.
        return WatchlistRules(
            two_person=bool(row.two_person or row.begun_by_two),
            sound=bool(row.sound and not row.held),
            must_acknowledge=bool(row.must_acknowledge and not row.held),
        )


def _rules_of(connection: Connection, name: str) -> WatchlistRules:
    row = connection.execute(select(watchlist).where(watchlist.c.name == name)).one_or_none()
    if row is None:
        raise StoreError(f"there is no watchlist {name!r}", remedy="create it first")
    return WatchlistRules(row.two_person, row.sound, row.must_acknowledge)
