"""Durations and moments as people type them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.cli.durations import parse_duration, parse_moment
from facewarden.errors import ConfigError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

DURATIONS = {
    "90s": timedelta(seconds=90),
    "1m": timedelta(minutes=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "2w": timedelta(days=14),
    "1h30m": timedelta(minutes=90),
    "1.5h": timedelta(minutes=90),
    " 8H ": timedelta(hours=8),
}


@pytest.mark.parametrize("text", DURATIONS)
def test_durations(text: str) -> None:
    assert parse_duration(text) == DURATIONS[text]


@pytest.mark.parametrize(
    "text", ["", " ", "24", "h", "0s", "-1h", "1y", "1 h", "1h x", "40000d", "9" * 40 + "s", "१s"]
)
def test_refused_durations(text: str) -> None:
    with pytest.raises(ConfigError, match="duration"):
        parse_duration(text)


MOMENTS = {
    "now": NOW,
    "24h": NOW - timedelta(days=1),
    "2026-11-22T08:00+01:00": datetime(2026, 11, 22, 7, tzinfo=UTC),
    "2026-11-22T08:00:00Z": datetime(2026, 11, 22, 8, tzinfo=UTC),
    "2026-11-22": datetime(2026, 11, 22).astimezone(UTC),  # of this machine
}


@pytest.mark.parametrize("text", MOMENTS)
def test_moments(text: str) -> None:
    found = parse_moment(text, NOW)
    assert found == MOMENTS[text]
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "text", ["", "yesterday", "22.11.2026", "2026-13-01", "0001-01-01T00:00+14:00"]
)
def test_refused_moments(text: str) -> None:
    with pytest.raises(ConfigError, match="moment"):
        parse_moment(text, NOW)


@given(st.text())
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with suppress(ConfigError):
        assert parse_moment(text, NOW).utcoffset() == timedelta()
