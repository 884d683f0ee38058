"""The report as one CSV table: a row for the total, each camera, watchlist and sink."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from facewarden.review.latency import Latency
from facewarden.review.report import CameraLine, Report, Verdicts

COLUMNS = (
    "row",
    "since",
    "until",
    "camera",
    "watchlist",
    "sink",
    "watched_s",
    "down_s",
    "frames_analysed",
    "frames_dropped",
    "faces",
    "tracks",
    "rejected_before",
    "alerts",
    "confirmed",
    "rejected",
    "open",
    "false_per_alert",
    "false_per_face",
    "false_per_track",
    "decided_p50_s",
    "decided_p95_s",
    "decided_p99_s",
    "delivered",
    "delivered_p50_s",
    "delivered_p95_s",
    "delivered_p99_s",
    "expected_false",
    "expected_low",
    "expected_high",
    "presentation_asked",
    "bona_fide",
    "attacks",
    "unsettled",
    "not_assessed",
    "held",
    "held_confirmed",
    "held_rejected",
    "held_open",
)
"""`row` says what a row is about: total, camera, watchlist (at a camera), sink (of these) or
budget (of a watchlist, all cameras together)."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the start of a formula (OWASP, CSV injection)."""

Cell = str | int | float


def render(report: Report) -> str:
    """Return the table as text: a header, then rows; cells without data are empty."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    span = {"since": report.since.isoformat(), "until": report.until.isoformat()}
    for row in _rows(report):
        writer.writerow({name: _cell(value) for name, value in (span | row).items()})
    return out.getvalue()


def _rows(report: Report) -> Iterator[dict[str, Cell]]:
    yield {"row": "total", **_camera(report.total), **_decided(report.decided)}
    yield from _delivered({}, report.delivered)
    for camera in report.cameras:
        yield {"row": "camera", "camera": camera.activity.camera_id, **_camera(camera)}
    for line in report.watchlists:
        place: dict[str, Cell] = {"camera": line.camera_id, "watchlist": line.watchlist}
        yield {"row": "watchlist", **place, **_verdicts(line.verdicts), **_decided(line.decided)}
        yield from _delivered(place, line.delivered)
    for budget in report.budgets:
        yield {
            "row": "budget",
            "watchlist": budget.watchlist,
            "tracks": budget.tracks,
            "rejected": budget.rejected,
            "open": budget.open,
            "expected_false": round(budget.expected, 6),
            "expected_low": budget.low,
            "expected_high": budget.high,
        }


def _camera(line: CameraLine) -> dict[str, Cell]:
    activity = line.activity
    cells: dict[str, Cell] = {
        "watched_s": activity.watched_s,
        "down_s": activity.down_s,
        "frames_analysed": activity.analysed,
        "frames_dropped": activity.dropped,
        "faces": activity.faces,
        "tracks": activity.tracks,
        "rejected_before": activity.rejected_before,
    }
    return cells | _verdicts(line.verdicts)


def _verdicts(verdicts: Verdicts) -> dict[str, Cell]:
    return {
        "alerts": verdicts.alerts,
        "confirmed": verdicts.confirmed,
        "rejected": verdicts.rejected,
        "open": verdicts.open,
        "false_per_alert": verdicts.false_per_alert,
        "false_per_face": verdicts.false_per_face,
        "false_per_track": verdicts.false_per_track,
        "presentation_asked": verdicts.presentation.asked,
        "held": verdicts.presentation.held,
        **asdict(verdicts.presentation),
    }


def _decided(latency: Latency) -> dict[str, Cell]:
    return {
        "decided_p50_s": latency.p50_s,
        "decided_p95_s": latency.p95_s,
        "decided_p99_s": latency.p99_s,
    }


def _delivered(
    place: Mapping[str, Cell], latencies: Mapping[str, Latency]
) -> Iterator[dict[str, Cell]]:
    for sink, latency in latencies.items():
        yield {
            "row": "sink",
            **place,
            "sink": sink,
            "delivered": latency.count,
            "delivered_p50_s": latency.p50_s,
            "delivered_p95_s": latency.p95_s,
            "delivered_p99_s": latency.p99_s,
        }


def _cell(value: Cell) -> Cell:
    """Empty what is no number, and keep names from being read as formulas."""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    return "" if math.isnan(value) else value
