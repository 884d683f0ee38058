"""Column types that every database stores alike."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

from facewarden.data.frame import require_utc

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

# SQLite grows ids by itself only for a column called INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


def to_micros(moment: datetime) -> int:
    """Return whole microseconds since 1970 of an aware UTC time; exact, unlike `timestamp`."""
    require_utc("a time for the store", moment)
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time of `micros` since 1970."""
    return EPOCH + micros * MICROSECOND


class UtcMicros(TypeDecorator[datetime]):
    """An aware UTC time, stored as microseconds since 1970 so that order is numeric anywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuse naive times, pass None."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return an aware time, pass None."""
        return None if value is None else from_micros(value)
