"""Alerts by the page and by the change, however many there are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from facewarden.data import ReviewState
from facewarden.data.casework import CaseStatus
from facewarden.store.alert_changes import last_change
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.references import ASKED_AT_ONCE
from facewarden.store.stored_alert import StoredAlert, stored_alerts
from facewarden.store.tables import alert as alert_table


@dataclass(frozen=True, slots=True)
class AlertsWanted:
    """Which alerts to show: those that fit everything that is given.

    Attributes:
        since, until: raised at `since` or later and before `until`, UTC.
        cameras, watchlists, states, work: any of these; None: whichever, none of them: nothing
            fits.
        assignee: handed to this login; empty: to nobody.
        subject_id: of this subject.
        deployment_id: raised by this deployment.
        held: those that were told to no sink, or those that were.
    """

    since: datetime | None = None
    until: datetime | None = None
    cameras: Collection[str] | None = None
    watchlists: Collection[str] | None = None
    states: Collection[ReviewState] | None = None
    subject_id: int | None = None
    deployment_id: int | None = None
    work: Collection[CaseStatus] | None = None
    assignee: str | None = None
    held: bool | None = None


class AlertPages:
    """The part of the alerts that lists them; pictures are read one by one with `Alerts.get`."""

    _database: Database
    _key: TemplateKey

    def page(
        self, wanted: AlertsWanted = AlertsWanted(), *, before: int | None = None, limit: int = 50
    ) -> list[StoredAlert]:
        """Return up to `limit` alerts, those that were raised last first.

        Args:
            before: only those of smaller position: the last one of the page before.
        """
        columns = _conditions(wanted)
        if before is not None:
            columns.append(alert_table.c.position < before)
        chosen = _indexed(select(alert_table.c.position).where(*columns), wanted)
        return self._read(chosen.order_by(alert_table.c.position.desc()).limit(limit))

    def count(self, wanted: AlertsWanted = AlertsWanted()) -> int:
        """Return how many alerts there are."""
        counted = select(func.count()).select_from(alert_table).where(*_conditions(wanted))
        with self._database.read() as connection:
            return int(connection.execute(_indexed(counted, wanted)).scalar_one())

    def find(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        camera: str | None = None,
        watchlist: str | None = None,
        state: ReviewState | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[StoredAlert]:
        """Return alerts raised at `since` or later and before `until`, newest first."""
        wanted = AlertsWanted(
            since,
            until,
            None if camera is None else (camera,),
            None if watchlist is None else (watchlist,),
            None if state is None else (state,),
        )
        chosen = select(alert_table.c.position).where(*_conditions(wanted))
        ordered = _indexed(chosen, wanted).order_by(alert_table.c.position.desc())
        return self._read(ordered.limit(limit).offset(offset))

    def since(self, change: int, limit: int = 500) -> list[StoredAlert]:
        """Return alerts that were raised, revised, reviewed or emptied after a change, in order.

        An alert that changed several times is there once, as it is now. Go on with the `change`
        of the last one. Alerts that retention has deleted are not told.
        """
        latest = (
            select(alert_table.c.position)
            .where(alert_table.c.change > change)
            .order_by(alert_table.c.change)
            .limit(limit)
        )
        return sorted(self._read(latest), key=lambda one: one.change)

    def head(self) -> int:
        """Return the number of the newest change; `since` of it returns what comes later."""
        with self._database.read() as connection:
            return last_change(connection)

    def _read(self, chosen: Select[tuple[int]]) -> list[StoredAlert]:
        with self._database.read() as connection:
            # Asked in two steps: as one, PostgreSQL may read the whole table to join it.
            positions = connection.scalars(chosen).all()
            rows: list[RowMapping] = []
            for start in range(0, len(positions), ASKED_AT_ONCE):
                some = positions[start : start + ASKED_AT_ONCE]
                rows += (
                    connection.execute(select(alert_table).where(alert_table.c.position.in_(some)))
                    .mappings()
                    .all()
                )
            rows.sort(key=lambda row: row["position"], reverse=True)
            return stored_alerts(connection, self._key, rows)


def _conditions(wanted: AlertsWanted) -> list[ColumnElement[bool]]:
    column = alert_table.c
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(column.raised_at >= wanted.since)
    if wanted.until is not None:
        found.append(column.raised_at < wanted.until)
    for name, any_of in (
        (column.camera_id, wanted.cameras),
        (column.watchlist, wanted.watchlists),
        (column.state, wanted.states),
        (column.work, wanted.work),
    ):
        if any_of is not None:
            found.append(name.in_([str(one) for one in any_of]))
    if wanted.subject_id is not None:
        found.append(column.subject_id == wanted.subject_id)
    if wanted.assignee is not None:
        found.append(column.assignee == wanted.assignee)
    if wanted.held is not None:
        found.append(column.held.is_(wanted.held))
    if wanted.deployment_id is not None:
        found.append(column.deployment_id == wanted.deployment_id)
    return found


def _indexed(query: Select[Any], wanted: AlertsWanted) -> Select[Any]:
    """Let SQLite walk the narrow index that holds all that is asked about.

    Left to itself it walks the rows, eight times as long, or sorts what another index finds. The
    two numbers that have an index of their own choose fewer rows than a walk passes.
    """
    if wanted.subject_id is not None or wanted.deployment_id is not None:
        return query
    return query.with_hint(alert_table, "INDEXED BY ix_alert_page", "sqlite")
