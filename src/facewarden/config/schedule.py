"""When a camera is watched."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from facewarden.config.section import Section, expectation

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = "a time of day as HH:MM, 00:00 to 24:00"


def _clock(given: Any) -> time:
    if isinstance(given, time):
        return given
    try:
        hours, minutes = (int(part) for part in str(given).split(":"))
        return time(0 if (hours, minutes) == (24, 0) else hours, minutes)
    except ValueError:
        raise expectation(CLOCK, ascii(given)[:40]) from None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # KeyError: not found; OSError: names a folder
        raise expectation("a time zone like Europe/Berlin", ascii(name)[:60]) from None
    return name


def _words(clock: time) -> str:
    return f"{clock:%H:%M}"


Clock = Annotated[time, BeforeValidator(_clock), PlainSerializer(_words, when_used="json")]


class WindowSettings(Section):
    """A daily span of time; the last minute is not part of it."""

    days: tuple[Day, ...] = Field(
        default=DAYS, min_length=1, description="Days on which the span starts: mon to sun."
    )
    start: Clock = Field(default=time(0), alias="from", description="First time of day, HH:MM.")
    end: Clock = Field(
        default=time(0),
        alias="to",
        description="Time of day after the last, HH:MM; before `from` it lies on the next day, "
        "equal to `from` it means 24 hours later.",
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Time zone of the IANA database that days and times are read in."
    )


def _within(window: WindowSettings, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(window.timezone))
    clock = local.time()
    today, yesterday = DAYS[local.weekday()], DAYS[(local - timedelta(days=1)).weekday()]
    if window.start < window.end:
        return today in window.days and window.start <= clock < window.end
    return (today in window.days and clock >= window.start) or (
        yesterday in window.days and clock < window.end
    )


def open_at(schedule: Sequence[WindowSettings], at: datetime) -> bool:
    """Return whether one of the windows holds the moment `at` (UTC); no window means always."""
    return not schedule or any(_within(window, at.astimezone(UTC)) for window in schedule)
