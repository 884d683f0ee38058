"""Pictures of the looks of an alert, each sealed for its alert and its place in the track."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from facewarden.data import AlertLook, Snapshot
from facewarden.store.key import TemplateKey
from facewarden.store.tables import alert_look


def put_looks(
    connection: Connection, key: TemplateKey, alert_id: str, looks: Sequence[AlertLook]
) -> bool:
    """Make these the looks of an alert; return whether that changed which there are.

    Without any, those that are there stay: a revision that knows of none takes none away.
    """
    there = set(look_numbers(connection, alert_id))
    if not looks or there == {look.number for look in looks}:
        return False
    connection.execute(delete(alert_look).where(alert_look.c.alert_id == alert_id))
    connection.execute(
        insert(alert_look),
        [
            {
                "alert_id": alert_id,
                "number": look.number,
                "seen_at": look.seen_at,
                "quality": float(look.quality),
                "similarity": None if look.similarity is None else float(look.similarity),
                "width_px": look.picture.width_px,
                "height_px": look.picture.height_px,
                "box": [int(side) for side in look.picture.box],
                "sealed": key.seal(look.picture.jpeg, _purpose(alert_id, look.number)),
            }
            for look in looks
        ],
    )
    return True


def get_looks(connection: Connection, key: TemplateKey, alert_id: str) -> list[AlertLook]:
    """Return the looks of an alert, the one of the highest quality first.

    Raises:
        KeyRefused: a picture was changed, or belongs to another alert or look.
    """
    rows = connection.execute(
        select(alert_look)
        .where(alert_look.c.alert_id == alert_id)
        .order_by(alert_look.c.quality.desc(), alert_look.c.number)
    ).all()
    return [
        AlertLook(
            row.number,
            row.seen_at,
            row.quality,
            row.similarity,
            Snapshot(
                key.unseal(row.sealed, _purpose(alert_id, row.number)),
                row.width_px,
                row.height_px,
                tuple(row.box),
            ),
        )
        for row in rows
    ]


def look_numbers(connection: Connection, alert_id: str) -> tuple[int, ...]:
    """Return which looks of its track an alert shows, ascending; no picture is opened."""
    return tuple(
        connection.scalars(
            select(alert_look.c.number)
            .where(alert_look.c.alert_id == alert_id)
            .order_by(alert_look.c.number)
        )
    )


def _purpose(alert_id: str, number: int) -> str:
    return f"look:{alert_id}:{number}"
