"""Figures as people read them."""

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from facewarden.review import figures

SPANS = {0: "0 s", 59.6: "1 min", 61: "1 min 1 s", 3600: "1 h", 90_061: "1 d 1 h", 0.2: "0 s"}
LATENCIES = {
    0.0: "0 ms",
    0.0451: "45 ms",
    0.9996: "1 s",
    1.4849: "1.48 s",
    61.27: "61.3 s",
    4000.0: "1 h 6 min",
    -0.5: "-500 ms",
    math.nan: "no data",
}
SHARES = {0.0: "0.0 %", 1.0: "100.0 %", 0.0666: "6.7 %", 5.5e-6: "0.00055 %", 3e-8: "3.0e-06 %"}


@pytest.mark.parametrize("seconds", SPANS)
def test_spans(seconds: float) -> None:
    assert figures.span(seconds) == SPANS[seconds]


@pytest.mark.parametrize("seconds", LATENCIES)
def test_latencies(seconds: float) -> None:
    assert figures.latency(seconds) == LATENCIES[seconds]


@pytest.mark.parametrize("fraction", SHARES)
def test_shares(fraction: float) -> None:
    assert figures.share(fraction) == SHARES[fraction]
    assert figures.share(math.nan) == "no data"


def test_moments_show_their_offset() -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert figures.moment(at, ZoneInfo("Asia/Kolkata")) == "2026-07-01 17:30:00 UTC+05:30"
    assert figures.moment(at, ZoneInfo("America/New_York")) == "2026-07-01 08:00:00 UTC-04:00"
    assert figures.moment(at, UTC) == "2026-07-01 12:00:00 UTC"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (0.0123, "0.012"), (9.96, "10"), (99.4, "99"), (99.6, "100"), (1234.5, "1,234")],
)
def test_about(number: float, words: str) -> None:
    assert figures.about(number) == words
