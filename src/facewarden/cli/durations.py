"""Spans and moments as people type them: 90s, 24h, 7d, 2026-11-22T08:00."""

import re
from datetime import UTC, datetime, timedelta

from facewarden.errors import ConfigError

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([smhdw])", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_MOST = timedelta(days=36_500)
"""A century; more than the calendar that stores keep would take."""


def parse_duration(text: str) -> timedelta:
    """Read a duration such as 90s, 1h30m, 24h or 7d: numbers with s, m, h, d or w.

    Raises:
        ConfigError: anything else, nothing at all, zero, or more than a hundred years.
    """
    plain = text.strip().lower()
    if not _WHOLE.fullmatch(plain):
        raise ConfigError(
            "not a duration", expected="a number with s, m, h, d or w, as in 24h", found=repr(text)
        )
    total = sum(
        (float(number) * _UNITS[unit] for number, unit in _PART.findall(plain)), timedelta()
    )
    if not timedelta() < total <= _MOST:
        raise ConfigError(
            "not a usable duration", expected="more than 0s and at most 36500d", found=repr(text)
        )
    return total


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a moment: `now`, a duration before `now` (24h), or an ISO 8601 date or time.

    A date or time without an offset is taken in the timezone of this machine.

    Args:
        now: aware.

    Returns:
        the moment in UTC.

    Raises:
        ConfigError: it is neither.
    """
    plain = text.strip()
    if plain.lower() == "now":
        return now.astimezone(UTC)
    if _WHOLE.fullmatch(plain.lower()):
        return (now - parse_duration(plain)).astimezone(UTC)
    try:
        return datetime.fromisoformat(plain).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            "not a moment",
            expected="a duration before now (24h, 7d) or an ISO time (2026-11-22T08:00+01:00)",
            found=repr(text),
        ) from error
