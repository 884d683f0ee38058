"""Nothing expires by a clock that may have leapt ahead."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from facewarden.errors import StoreError
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.tables import audit as audit_table

HELD: Final = timedelta(days=1)
LEAP: Final = timedelta(days=30)


def require_steady_clock(database: Database, audit: Audit, now: datetime) -> None:
    """Refuse to delete by a clock that the audit log does not bear out.

    Of the entries that are older than `HELD` by `now` (UTC), the newest must lie within `LEAP`
    before that: else the clock is far ahead, or the store was not in use for so long. Which of
    them cannot be told, so what is deleted waits for `HELD`, in which a wrong clock can be set. A
    store without such entries is too young to tell, and has hardly anything to delete.

    Raises:
        StoreError: it does not; an entry is written from which the waiting counts.
    """
    with database.read() as connection:
        before, last = (
            connection.execute(
                select(func.max(audit_table.c.at)).where(audit_table.c.at <= until)
            ).scalar_one()
            for until in (now - HELD, now)
        )
    if before is None or before >= now - HELD - LEAP:
        return
    if last == before:
        with database.write() as connection:
            audit.note(connection, "store.purge_held", "store", {})
    raise StoreError(
        f"nothing that has expired is deleted: the clock says {now:%Y-%m-%d %H:%M} UTC, and the "
        f"store was last in use on {before:%Y-%m-%d}",
        expected=f"a clock less than {LEAP.days} days later",
        remedy="set the clock if it is wrong; a day of use by this clock makes it count",
    )
