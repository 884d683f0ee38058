"""Alerts to deliver: invented people, pictures of noise."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np

from facewarden.data import Alert, Delivery, Snapshot

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


def make_snapshot(side_px: int = 64) -> Snapshot:
    """A JPEG of noise; 300 px make about 60 kB."""
    noise = np.random.default_rng(7).integers(0, 255, (side_px, side_px, 3), np.uint8)
    ok, jpeg = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert ok
    return Snapshot(jpeg.tobytes(), side_px, side_px, (4, 4, side_px // 2, side_px // 2))


def make_alert(**changes: Any) -> Alert:
    """An alert with every field set; `changes` replace fields."""
    fields: dict[str, Any] = {
        "alert_id": uuid.uuid4().hex,
        "revision": 1,
        "camera_id": "entrance",
        "camera_name": "Entrance",
        "camera_location": "Hall 2",
        "track_id": 41,
        "watchlist": "missing",
        "subject_id": 7,
        "subject_name": "Ada Example",
        "external_reference": "CASE-17",
        "category": "missing person",
        "reference_id": 9,
        "similarity": 0.62345678,
        "threshold": 0.41,
        "margin": 0.2,
        "looks": 5,
        "model_id": "sface",
        "looks_model_id": "sface",
        "seen_at": NOON,
        "last_seen_at": NOON + timedelta(seconds=2),
        "received_at": NOON + timedelta(seconds=0.1),
        "decided_at": NOON + timedelta(seconds=2.2),
        "snapshot": make_snapshot(),
    }
    return Alert(**{**fields, **changes})


def make_delivery(alert: Alert | None = None, *, sink: str = "sink", number: int = 1) -> Delivery:
    """One revision on its way."""
    alert = alert or make_alert()
    return Delivery(number, sink, f"{alert.alert_id}:{alert.revision}:{sink}", 0, alert)
