"""An alert as it is read from the store: with its verdicts and deliveries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from facewarden.data import Alert, Review, ReviewState
from facewarden.store.alert_codec import REMOVED, from_columns
from facewarden.store.columns import to_micros
from facewarden.store.key import TemplateKey
from facewarden.store.outbox import problem_purpose
from facewarden.store.references import ASKED_AT_ONCE
from facewarden.store.sealed_words import shown_text
from facewarden.store.snapshots import get_snapshot
from facewarden.store.tables import anchor_alert, delivery
from facewarden.store.tables import review as review_table


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What became of one revision on its way to one sink.

    Attributes:
        problem: why the last attempt failed; empty when it did not.
        decided_at: when the revision was decided.
        delivered_at: when the sink accepted it; None while it waits.
    """

    sink: str
    revision: int
    attempts: int
    problem: str
    decided_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert at its newest revision, with everything that happened to it.

    Attributes:
        raised_at: when its first revision was decided.
        created_at: when it was first committed.
        reviews, deliveries: oldest first.
        anchored: whether its rejection holds this face back from its subject.
        position: the order in which alerts were raised; what a page is continued from.
        change: grows with every commit that changes any alert; what a stream is continued from.
        deployment_id: of the deployment that raised it; None: of none.
        has_snapshot: whether there is a picture, read or not.
    """

    alert: Alert
    raised_at: datetime
    created_at: datetime
    reviews: tuple[Review, ...]
    deliveries: tuple[DeliveryRecord, ...]
    anchored: bool = False
    position: int = 0
    change: int = 0
    deployment_id: int | None = None
    has_snapshot: bool = False


def stored_alerts(
    connection: Connection,
    key: TemplateKey,
    rows: Sequence[RowMapping],
    *,
    with_snapshot: bool = False,
) -> list[StoredAlert]:
    """Return the alerts of `rows`, of the table alert, in their order.

    Raises:
        KeyRefused: a picture was changed, or belongs to another alert.
    """
    ids = [row["alert_id"] for row in rows]
    reviews = _reviews(connection, key, ids)
    deliveries = _deliveries(connection, key, ids)
    anchored = {
        alert_id
        for some in _portions(ids)
        for alert_id in connection.scalars(
            select(anchor_alert.c.alert_id).where(anchor_alert.c.alert_id.in_(some))
        )
    }
    return [
        StoredAlert(
            from_columns(
                row,
                key,
                get_snapshot(connection, key, row["alert_id"], row["snapshot_revision"])
                if with_snapshot
                else None,
            ),
            row["raised_at"],
            row["created_at"],
            tuple(reviews[row["alert_id"]]),
            tuple(deliveries[row["alert_id"]]),
            row["alert_id"] in anchored,
            row["position"],
            row["change"],
            row["deployment_id"],
            row["snapshot_revision"] > 0,
        )
        for row in rows
    ]


def reason_purpose(review: Review) -> str:
    """Return what the reason of a verdict is sealed for: this verdict and no other."""
    at = to_micros(review.reviewed_at)
    return f"reason:{review.alert_id}:{review.state}:{at}:{review.reviewer}"


def _reviews(
    connection: Connection, key: TemplateKey, ids: Sequence[str]
) -> dict[str, list[Review]]:
    found: dict[str, list[Review]] = {alert_id: [] for alert_id in ids}
    for some in _portions(ids):
        for row in connection.execute(
            select(review_table)
            .where(review_table.c.alert_id.in_(some))
            .order_by(review_table.c.review_id)
        ):
            review = Review(
                row.alert_id, ReviewState(row.state), row.reviewer, REMOVED, row.reviewed_at
            )
            if row.reason is not None:
                reason = shown_text(key, row.reason, reason_purpose(review))
                review = replace(review, reason=reason)
            found[row.alert_id].append(review)
    return found


def _deliveries(
    connection: Connection, key: TemplateKey, ids: Sequence[str]
) -> dict[str, list[DeliveryRecord]]:
    found: dict[str, list[DeliveryRecord]] = {alert_id: [] for alert_id in ids}
    columns = [column for column in delivery.c if column is not delivery.c.payload]
    for some in _portions(ids):
        for row in connection.execute(
            select(*columns).where(delivery.c.alert_id.in_(some)).order_by(delivery.c.delivery_id)
        ):
            found[row.alert_id].append(
                DeliveryRecord(
                    row.sink,
                    row.revision,
                    row.attempts,
                    shown_text(key, row.problem, problem_purpose(row.delivery_id)),
                    row.decided_at,
                    row.delivered_at,
                )
            )
    return found


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), ASKED_AT_ONCE):
        yield ids[start : start + ASKED_AT_ONCE]
