"""The JSON that machines receive; `alert.schema.json` beside this file is its contract."""

import base64
import hashlib
import json
import math
from datetime import datetime
from importlib.resources import files
from typing import Any

from facewarden.alert.wording import NOTE
from facewarden.data import Delivery, Opinion, Presentation, Snapshot
from facewarden.errors import DataError

SCHEMA_VERSION = 1
"""Grows when a receiver written for the version before could misread the payload."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every payload follows."""
    text = files("facewarden.alert").joinpath("alert.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def payload(delivery: Delivery, sent_at: datetime, *, with_snapshot: bool) -> dict[str, Any]:
    """Describe one revision of one alert.

    Args:
        delivery: what is sent.
        sent_at: UTC; when this attempt starts.
        with_snapshot: whether the picture goes along; without it, or where the alert has none,
            `snapshot` is null.

    Raises:
        DataError: a similarity, threshold or margin that is not a finite number.
    """
    alert = delivery.alert
    body = {
        "schema_version": SCHEMA_VERSION,
        "note": NOTE,
        "event": "raised" if alert.revision == 1 or delivery.first else "updated",
        "alert_id": alert.alert_id,
        "revision": alert.revision,
        "idempotency_key": _text(delivery.idempotency_key),
        "state": alert.state.value,
        "subject": {
            "id": alert.subject_id,
            "name": _text(alert.subject_name),
            "external_reference": _text(alert.external_reference),
            "category": _text(alert.category),
        },
        "watchlist": _text(alert.watchlist),
        "camera": {
            "id": _text(alert.camera_id),
            "name": _text(alert.camera_name),
            "location": _text(alert.camera_location),
        },
        "track_id": alert.track_id,
        "reference_id": alert.reference_id,
        "similarity": _number("similarity", alert.similarity),
        "threshold": _number("threshold", alert.threshold),
        "margin": _number("margin", alert.margin),
        "looks": alert.looks,
        "model_id": _text(alert.model_id),
        "looks_model_id": _text(alert.looks_model_id),
        "times": {
            "seen": _rfc3339(alert.seen_at),
            "last_seen": _rfc3339(alert.last_seen_at),
            "received": _rfc3339(alert.received_at),
            "decided": _rfc3339(alert.decided_at),
            "sent": _rfc3339(sent_at),
        },
        "snapshot": _snapshot(alert.snapshot) if with_snapshot and alert.snapshot else None,
    }
    if alert.second_opinion is not None:
        # Absent where none was asked: receivers that know nothing of it see what they know.
        body["second_opinion"] = _second_opinion(alert.second_opinion)
    if alert.presentation is not None:
        body["presentation"] = _presentation(alert.presentation)
    return body


def encode(body: dict[str, Any]) -> bytes:
    """Write JSON in one form only: UTF-8, keys sorted, no spaces, no line break.

    Half a surrogate pair, as in a file name that is not UTF-8, becomes a question mark.
    """
    return json.dumps(
        body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8", "replace")


def _second_opinion(opinion: Opinion) -> dict[str, Any]:
    return {
        "model_id": _text(opinion.model_id),
        "similarity": _number("second similarity", opinion.similarity) if opinion.heard else None,
        "looks": opinion.looks,
        "first_similarity": _number("first similarity", opinion.first),
        "problem": "no answer yet" if opinion.waiting else _text(opinion.problem),
    }


def _presentation(said: Presentation) -> dict[str, Any]:
    return {
        "verdict": said.verdict.value,
        "live": _share("live", said.live),
        "threshold": _number("presentation threshold", said.threshold),
        "picture": _share("picture", said.picture),
        "clip": _share("clip", said.clip),
        "looks": said.looks,
        "models": [_text(one) for one in said.models],
        "reason": _text(said.reason),
    }


def _share(name: str, value: float | None) -> float | None:
    return None if value is None else _number(f"presentation {name}", value)


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "media_type": "image/jpeg",
        "width_px": snapshot.width_px,
        "height_px": snapshot.height_px,
        "box": list(snapshot.box),
        "sha256": hashlib.sha256(snapshot.jpeg).hexdigest(),
        "data": base64.b64encode(snapshot.jpeg).decode("ascii"),
    }


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise DataError(f"an alert's {name} is not a number", found=str(value))
    return round(float(value), 6)  # float32 holds seven digits; the rest would be noise


def _text(value: str) -> str:
    # A name read from a file system may hold lone surrogates, which UTF-8 cannot carry.
    return value.encode("utf-8", "replace").decode("utf-8")
