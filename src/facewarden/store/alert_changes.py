"""The number of the last change of any alert: who has read up to one, reads on from it."""

from sqlalchemy import Connection, select, update

from facewarden.store.tables import alert, alert_change


def next_change(connection: Connection) -> int:
    """Return a change number above every earlier one, inside a write transaction.

    Writers take turns, so a reader that has seen a number has seen every one below it.
    """
    return int(
        connection.execute(
            update(alert_change)
            .values(change=alert_change.c.change + 1)
            .returning(alert_change.c.change)
        ).scalar_one()
    )


def note_change(connection: Connection, alert_id: str) -> None:
    """Let readers of changes see an alert again, in the transaction that changes what it shows."""
    number = next_change(connection)
    connection.execute(update(alert).where(alert.c.alert_id == alert_id).values(change=number))


def last_change(connection: Connection) -> int:
    """Return the number of the last change; 0 before the first."""
    return int(connection.execute(select(alert_change.c.change)).scalar_one())
