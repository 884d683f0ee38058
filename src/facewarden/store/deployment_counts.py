"""The queries behind the report of a deployment."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from facewarden.data import ReviewState
from facewarden.data.casework import CaseAction
from facewarden.data.deployment import Deployment
from facewarden.data.deployment_numbers import DeploymentNumbers, ListOutcome
from facewarden.store.governance_tables import casework_event
from facewarden.store.tables import activity, alert, passage, review

SECOND: Final = timedelta(seconds=1)


def count(
    connection: Connection, deployment: Deployment, *, frozen: int, now: datetime
) -> DeploymentNumbers:
    """Count what happened in a deployment until its end, or until `now` while it runs.

    What was watched is counted by minute and camera: where two deployments share a camera at the
    same time, both count it.
    """
    since = deployment.starts_at.replace(second=0, microsecond=0)
    until = deployment.ended_at or min(now, deployment.ends_at)
    watched = connection.execute(
        select(
            *(
                func.coalesce(func.sum(activity.c[name]), 0).label(name)
                for name in ("watched_s", "down_s", "faces", "tracks")
            )
        ).where(
            activity.c.camera_id.in_(deployment.cameras),
            activity.c.minute >= since,
            activity.c.minute < until,
        )
    ).one()
    expected = connection.execute(
        select(func.coalesce(func.sum(passage.c.expected), 0.0)).where(
            passage.c.camera_id.in_(deployment.cameras),
            passage.c.watchlist.in_(deployment.watchlists),
            passage.c.minute >= since,
            passage.c.minute < until,
        )
    ).scalar_one()
    rows = connection.execute(
        select(
            alert.c.alert_id,
            alert.c.watchlist,
            alert.c.state,
            alert.c.subject_id,
            alert.c.raised_at,
            alert.c.held,
        ).where(alert.c.deployment_id == deployment.deployment_id)
    ).all()
    ids = select(alert.c.alert_id).where(alert.c.deployment_id == deployment.deployment_id)
    first: dict[str, datetime] = {}
    for row in connection.execute(
        select(review.c.alert_id, review.c.reviewed_at)
        .where(review.c.alert_id.in_(ids), review.c.state != str(ReviewState.UNREVIEWED))
        .order_by(review.c.review_id)
    ):
        first.setdefault(row.alert_id, row.reviewed_at)
    done: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(
        select(casework_event.c.action, casework_event.c.alert_id).where(
            casework_event.c.alert_id.in_(ids)
        )
    ):
        done[row.action].add(row.alert_id)
    rejected = Counter(row.subject_id for row in rows if row.state == ReviewState.REJECTED)
    return DeploymentNumbers(
        watched_s=float(watched.watched_s),
        down_s=float(watched.down_s),
        faces=int(watched.faces),
        tracks=int(watched.tracks),
        lists=_by_list(deployment, rows),
        review_s=tuple(
            sorted(
                round((first[row.alert_id] - row.raised_at) / SECOND, 3)
                for row in rows
                if row.alert_id in first
            )
        ),
        escalated=len(done[CaseAction.ESCALATE]),
        reopened=len(done[CaseAction.REOPEN]),
        expected_false=float(expected),
        frozen=frozen,
        falsely=dict(rejected),
    )


def _by_list(deployment: Deployment, rows: Sequence[Any]) -> tuple[ListOutcome, ...]:
    states: dict[str, Counter[str]] = {name: Counter() for name in deployment.watchlists}
    held: Counter[str] = Counter()
    for row in rows:
        counted = states.setdefault(row.watchlist, Counter())
        counted[row.state] += 1
        held[row.watchlist] += row.held
    return tuple(
        ListOutcome(
            name,
            found.total(),
            found[ReviewState.CONFIRMED],
            found[ReviewState.REJECTED],
            found[ReviewState.UNREVIEWED],
            held[name],
        )
        for name, found in sorted(states.items())
    )
