"""The queries behind the cumulative identification report."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select

from facewarden.data import PresentationVerdict, ReviewState
from facewarden.data.report import PresentationOutcome, ReportRows, WatchlistOutcome
from facewarden.store.activity import Activity
from facewarden.store.database import Database
from facewarden.store.passages import Passages
from facewarden.store.tables import alert, delivery

SECOND: Final = timedelta(seconds=1)
_HELD: Final = {
    ReviewState.CONFIRMED: "held_confirmed",
    ReviewState.REJECTED: "held_rejected",
    ReviewState.UNREVIEWED: "held_open",
}


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
    earlier = delivery.alias("earlier")
    told_before = exists().where(
        earlier.c.alert_id == delivery.c.alert_id,
        earlier.c.sink == delivery.c.sink,
        earlier.c.revision < delivery.c.revision,
    )
    pictures: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
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
                alert.c.presentation,
                alert.c.held,
            )
            .where(*raised)
            .order_by(alert.c.position)
        ):
            place = (row.camera_id, row.watchlist)
            states[place].append(ReviewState(row.state))
            decided[place].append((row.raised_at - row.received_at) / SECOND)
            if row.presentation is not None:
                pictures[place][row.presentation["verdict"]] += 1
            if row.held:
                pictures[place][_HELD[ReviewState(row.state)]] += 1
        for sent in connection.execute(
            select(
                alert.c.camera_id,
                alert.c.watchlist,
                delivery.c.sink,
                delivery.c.decided_at,
                delivery.c.delivered_at,
            )
            .join(delivery, delivery.c.alert_id == alert.c.alert_id)
            .where(*raised, ~told_before, delivery.c.delivered_at.is_not(None))
            .order_by(alert.c.position, delivery.c.sink)
        ):
            seconds = (sent.delivered_at - sent.decided_at) / SECOND
            delivered[sent.camera_id, sent.watchlist][sent.sink].append(seconds)
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
                presentation=_presentation(pictures[camera_id, watchlist]),
            )
            for (camera_id, watchlist), found in sorted(states.items())
        ),
        tuple(expected),
    )


def _presentation(counted: Mapping[str, int]) -> PresentationOutcome:
    return PresentationOutcome(
        bona_fide=counted[PresentationVerdict.BONA_FIDE],
        attacks=counted[PresentationVerdict.ATTACK],
        unsettled=counted[PresentationVerdict.UNSETTLED],
        not_assessed=counted[PresentationVerdict.NOT_ASSESSED],
        **{name: counted[name] for name in _HELD.values()},
    )
