"""Snapshots of alerts, sealed once for each revision."""

from sqlalchemy import Connection, delete, exists, insert, select

from facewarden.data import Snapshot
from facewarden.store.key import TemplateKey
from facewarden.store.tables import alert, delivery, snapshot


def put_snapshot(
    connection: Connection, key: TemplateKey, alert_id: str, revision: int, picture: Snapshot
) -> None:
    """Store the picture of one revision."""
    connection.execute(
        insert(snapshot).values(
            alert_id=alert_id,
            revision=revision,
            width_px=picture.width_px,
            height_px=picture.height_px,
            box=[int(side) for side in picture.box],
            sealed=key.seal(picture.jpeg, _purpose(alert_id, revision)),
        )
    )


def get_snapshot(
    connection: Connection, key: TemplateKey, alert_id: str, revision: int
) -> Snapshot | None:
    """Return the picture of one revision, None where it has none.

    Raises:
        KeyRefused: the stored picture was changed or belongs to another alert.
    """
    row = connection.execute(
        select(snapshot).where(snapshot.c.alert_id == alert_id, snapshot.c.revision == revision)
    ).one_or_none()
    if row is None:
        return None
    x1, y1, x2, y2 = row.box
    jpeg = key.unseal(row.sealed, _purpose(alert_id, revision))
    return Snapshot(jpeg, row.width_px, row.height_px, (x1, y1, x2, y2))


def drop_old_snapshots(connection: Connection, alert_id: str) -> None:
    """Delete pictures that neither the alert shows nor any waiting delivery will."""
    shown = select(alert.c.snapshot_revision).where(alert.c.alert_id == alert_id).scalar_subquery()
    waiting = exists().where(
        delivery.c.alert_id == snapshot.c.alert_id,
        delivery.c.revision == snapshot.c.revision,
        delivery.c.delivered_at.is_(None),
    )
    connection.execute(
        delete(snapshot).where(
            snapshot.c.alert_id == alert_id, snapshot.c.revision != shown, ~waiting
        )
    )


def _purpose(alert_id: str, revision: int) -> str:
    return f"snapshot:{alert_id}:{revision}"
