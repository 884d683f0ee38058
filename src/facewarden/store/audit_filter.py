"""Which entries of the audit log are wanted: by whom, what, of what and when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from facewarden.store.tables import audit


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """What entries must have; what is left empty does not matter.

    Attributes:
        actor: who, exactly as the log names them.
        action: such as "subject.add", or its first word, "subject", for all of that kind.
        object: such as "subject:17", or its first word, "subject", for all of that kind.
        since, until: made at this time or later, before this time; UTC.
    """

    actor: str = ""
    action: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == AuditWanted()


def chosen(
    connection: Connection, wanted: AuditWanted, *, before: int | None, limit: int
) -> Select[tuple[int]]:
    """Return the query for the positions of the newest `limit` entries that are wanted.

    It reads indexes only; entries are long, and a filter that fits few of them passes over many.

    Args:
        before: only those of smaller position.
    """
    asked = [
        *([] if before is None else [audit.c.position < before]),
        *([audit.c.actor == wanted.actor] if wanted.actor else []),
        *_word(audit.c.action, wanted.action, "."),
        *_word(audit.c.object, wanted.object, ":"),
        *_between(connection, wanted),
    ]
    return select(audit.c.position).where(*asked).order_by(audit.c.position.desc()).limit(limit)


def _word(column: ColumnElement[str], given: str, mark: str) -> list[ColumnElement[bool]]:
    if not given:
        return []
    if mark in given:
        return [column == given]
    return [or_(column == given, column.startswith(given + mark, autoescape=True))]


def _between(connection: Connection, wanted: AuditWanted) -> list[ColumnElement[bool]]:
    """Return the conditions of a time, with the positions between which it can be met.

    Times grow with positions, but for a clock that was set back: where the range begins and ends
    the index on times tells, and entries in between are looked at.
    """
    within = [
        *([] if wanted.since is None else [audit.c.at >= wanted.since]),
        *([] if wanted.until is None else [audit.c.at < wanted.until]),
    ]
    if not within:
        return []
    first, last = connection.execute(
        select(func.min(audit.c.position), func.max(audit.c.position)).where(*within)
    ).one()
    if first is None:
        return [audit.c.position < 0]
    return [audit.c.position >= first, audit.c.position <= last, *within]
