"""The queries behind the cumulative identification report."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from facewarden.data import ReviewState
from facewarden.data.report import ReportRows, WatchlistOutcome
from facewarden.store.activity import Activity
from facewarden.store.database import Database
from facewarden.store.passages import Passages
from facewarden.store.tables import alert, delivery

SECOND: Final = timedelta(seconds=1)


def report_rows(
    database: Database,
    activity: Activity,
    passages: Passages,
    since: datetime,
    until: datetime,
) -> ReportRows:
    """Count what was watched, raised, reviewed and delivered from `since` to before `until`.

    An alert belongs to the moment at which it was raised. Rows come from what is kept: after
    retention has removed alerts they are no longer counted.
    """
    raised = (alert.c.raised_at >= since, alert.c.raised_at < until)
    states: dict[tuple[str, str], list[ReviewState]] = defaultdict(list)
    decided: dict[tuple[str, str], list[float]] = defaultdict(list)
    delivered: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    cameras = activity.totals(since, until)
    expected = passages.totals(since, until)
    with database.read() as connection:
        for row in connection.execute(
            select(
                alert.c.camera_id,
                alert.c.watchlist,
                alert.c.state,
                alert.c.received_at,
                alert.c.raised_at,
            )
            .where(*raised)
            .order_by(alert.c.position)
        ):
            place = (row.camera_id, row.watchlist)
            states[place].append(ReviewState(row.state))
            decided[place].append((row.raised_at - row.received_at) / SECOND)
        for row in connection.execute(
            select(
                alert.c.camera_id,
                alert.c.watchlist,
                delivery.c.sink,
                delivery.c.decided_at,
                delivery.c.delivered_at,
            )
            .join(delivery, delivery.c.alert_id == alert.c.alert_id)
            .where(*raised, delivery.c.revision == 1, delivery.c.delivered_at.is_not(None))
            .order_by(alert.c.position, delivery.c.sink)
        ):
            seconds = (row.delivered_at - row.decided_at) / SECOND
            delivered[row.camera_id, row.watchlist][row.sink].append(seconds)
    return ReportRows(
        since,
        until,
        tuple(cameras),
        tuple(
            WatchlistOutcome(
                camera_id=camera_id,
                watchlist=watchlist,
                alerts=len(found),
                confirmed=found.count(ReviewState.CONFIRMED),
                rejected=found.count(ReviewState.REJECTED),
                open=found.count(ReviewState.UNREVIEWED),
                received_to_decided_s=tuple(decided[camera_id, watchlist]),
                decided_to_delivered_s={
                    sink: tuple(seconds)
                    for sink, seconds in delivered[camera_id, watchlist].items()
                },
            )
            for (camera_id, watchlist), found in sorted(states.items())
        ),
        tuple(expected),
    )
