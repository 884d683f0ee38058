"""The report as JSON: times in ISO 8601, shares as fractions, null where there is no data."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from facewarden.data.report import PresentationOutcome
from facewarden.review.expectation import BudgetLine
from facewarden.review.latency import Latency
from facewarden.review.report import CameraLine, Report, Verdicts


def render(report: Report) -> str:
    """Return the report as an indented JSON object."""
    plain = {
        "since": _time(report.since),
        "until": _time(report.until),
        "made_at": _time(report.made_at),
        "total": _camera(report.total)
        | {"decided_s": _latency(report.decided), "delivered_s": _sinks(report.delivered)},
        "cameras": [{"camera": line.activity.camera_id} | _camera(line) for line in report.cameras],
        "watchlists": [
            {"camera": line.camera_id, "watchlist": line.watchlist}
            | _verdicts(line.verdicts)
            | {"decided_s": _latency(line.decided), "delivered_s": _sinks(line.delivered)}
            for line in report.watchlists
        ],
        "budgets": [budget(line) for line in report.budgets],
    }
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)


def budget(line: BudgetLine) -> dict[str, Any]:
    """Return false alerts expected and observed as plain values."""
    return {
        "watchlist": line.watchlist,
        "tracks": line.tracks,
        "expected_false_alerts": round(line.expected, 6),
        "expected_low": line.low,
        "expected_high": line.high,
        "rejected": line.rejected,
        "open": line.open,
        "agreement": line.agreement.value,
    }


def _camera(line: CameraLine) -> dict[str, Any]:
    activity = line.activity
    return {
        "watched_s": activity.watched_s,
        "down_s": activity.down_s,
        "down_share": _number(line.down_share),
        "frames_analysed": activity.analysed,
        "frames_dropped": activity.dropped,
        "faces": activity.faces,
        "tracks": activity.tracks,
        "rejected_before": activity.rejected_before,
    } | _verdicts(line.verdicts)


def _verdicts(verdicts: Verdicts) -> dict[str, Any]:
    return {
        "alerts": verdicts.alerts,
        "confirmed": verdicts.confirmed,
        "rejected": verdicts.rejected,
        "open": verdicts.open,
        "false_per_alert": _number(verdicts.false_per_alert),
        "false_per_face": _number(verdicts.false_per_face),
        "false_per_track": _number(verdicts.false_per_track),
        "presentation": _presentation(verdicts.presentation),
    }


def _presentation(seen: PresentationOutcome) -> dict[str, int]:
    return {"asked": seen.asked} | asdict(seen) | {"held": seen.held}


def _sinks(latencies: Mapping[str, Latency]) -> dict[str, Any]:
    return {sink: _latency(latency) for sink, latency in latencies.items()}


def _latency(latency: Latency) -> dict[str, Any]:
    return {
        "count": latency.count,
        "p50": _number(latency.p50_s),
        "p95": _number(latency.p95_s),
        "p99": _number(latency.p99_s),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _time(at: datetime) -> str:
    return at.isoformat()
