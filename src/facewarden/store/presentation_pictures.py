"""What presentation attack detection looked at: one picture of an alert, sealed for it."""

from sqlalchemy import Connection, select

from facewarden.data import Snapshot
from facewarden.store.database import insert_into
from facewarden.store.key import TemplateKey
from facewarden.store.tables import presentation_picture


def put_presentation_picture(
    connection: Connection, key: TemplateKey, alert_id: str, picture: Snapshot
) -> None:
    """Make this the picture of an alert; the one that was there goes."""
    values = {
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "sealed": key.seal(picture.jpeg, _purpose(alert_id)),
    }
    connection.execute(
        insert_into(connection, presentation_picture)
        .values(alert_id=alert_id, **values)
        .on_conflict_do_update(index_elements=["alert_id"], set_=values)
    )


def get_presentation_picture(
    connection: Connection, key: TemplateKey, alert_id: str
) -> Snapshot | None:
    """Return the picture of an alert, whose box is all of it; None where there is none.

    Raises:
        KeyRefused: it was changed, or belongs to another alert.
    """
    row = connection.execute(
        select(presentation_picture).where(presentation_picture.c.alert_id == alert_id)
    ).one_or_none()
    if row is None:
        return None
    jpeg = key.unseal(row.sealed, _purpose(alert_id))
    return Snapshot(jpeg, row.width_px, row.height_px, (0, 0, row.width_px, row.height_px))


def has_presentation_picture(connection: Connection, alert_id: str) -> bool:
    """Tell whether an alert has one, without opening it."""
    found = connection.execute(
        select(presentation_picture.c.alert_id).where(presentation_picture.c.alert_id == alert_id)
    ).one_or_none()
    return found is not None


def _purpose(alert_id: str) -> str:
    return f"presentation:{alert_id}"
