"""An alert as table columns and as the text that travels with a delivery."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from facewarden.data import Alert, ReviewState, Snapshot

TIMES: Final = ("seen_at", "last_seen_at", "received_at", "decided_at")
PLAIN: Final = tuple(field.name for field in fields(Alert) if field.name != "snapshot")


def to_columns(alert: Alert) -> dict[str, Any]:
    """Return the values of an alert's own columns; the snapshot has a table of its own."""
    values = {name: getattr(alert, name) for name in PLAIN}
    for name in ("similarity", "threshold", "margin"):
        values[name] = float(values[name])
    for name in ("track_id", "subject_id", "reference_id", "looks"):
        values[name] = int(values[name])
    return values | {"state": str(alert.state)}


def from_columns(values: Mapping[str, Any] | RowMapping, snapshot: Snapshot | None) -> Alert:
    """Return the alert that `to_columns` took apart; further keys are ignored."""
    own = {name: values[name] for name in PLAIN}
    return Alert(**own | {"state": ReviewState(values["state"])}, snapshot=snapshot)


def to_text(alert: Alert) -> str:
    """Return the alert as JSON, without its snapshot."""
    values = to_columns(alert)
    return json.dumps(
        values | {name: values[name].isoformat() for name in TIMES}, ensure_ascii=False
    )


def from_text(text: str, snapshot: Snapshot | None) -> Alert:
    """Return the alert of `to_text` with this snapshot."""
    values = json.loads(text)
    times = {name: datetime.fromisoformat(values[name]) for name in TIMES}
    return from_columns(values | times, snapshot)
