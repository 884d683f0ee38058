"""An alert as table columns and as the text that travels with a delivery."""

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from facewarden.data import (
    Alert,
    Opinion,
    Presentation,
    PresentationVerdict,
    ReviewState,
    Snapshot,
)
from facewarden.errors import DataError, KeyRefused
from facewarden.store.key import TemplateKey
from facewarden.store.sealed_words import DAMAGED, open_words, seal_words

log = logging.getLogger("facewarden.store")

REMOVED: Final = "(removed)"
"""What stands for the words about a subject that was removed for good."""

TIMES: Final = ("seen_at", "last_seen_at", "received_at", "decided_at")
WORDS: Final = ("subject_name", "external_reference", "category")
SECOND: Final = "second_opinion"
PRESENTATION: Final = "presentation"
NESTED: Final = (SECOND, PRESENTATION)
OWN: Final = tuple(field.name for field in fields(Alert) if field.name not in ("snapshot", *NESTED))
PLAIN: Final = tuple(name for name in OWN if name not in WORDS)


def to_columns(alert: Alert, key: TemplateKey) -> dict[str, Any]:
    """Return the values of an alert's own columns; the snapshot has a table of its own.

    The words about the subject are sealed.

    Raises:
        DataError: a similarity, threshold or margin that is no finite number.
    """
    values = _values(alert)
    words = {name: values[name] for name in WORDS}
    return {name: values[name] for name in (*PLAIN, *NESTED)} | {
        "words": seal_words(key, words, _words(alert.alert_id))
    }


def from_columns(values: RowMapping, key: TemplateKey, snapshot: Snapshot | None) -> Alert:
    """Return the alert that `to_columns` took apart; further keys are ignored.

    Words that were changed, or belong to another alert, are `DAMAGED`, and the log says so: one
    row must not hide all other alerts.
    """
    words = dict.fromkeys(WORDS, REMOVED)
    if values["words"] is not None:
        try:
            words = open_words(key, values["words"], _words(values["alert_id"]))
        except KeyRefused as error:
            log.error("alert %s: %s", values["alert_id"], error)  # noqa: TRY400
            words = dict.fromkeys(WORDS, DAMAGED)
    return _alert(values, words, snapshot)


def to_text(alert: Alert) -> str:
    """Return the alert as JSON, without its snapshot."""
    values = _values(alert)
    return json.dumps(
        values | {name: values[name].isoformat() for name in TIMES}, ensure_ascii=False
    )


def from_text(text: str, snapshot: Snapshot | None) -> Alert:
    """Return the alert of `to_text` with this snapshot."""
    values = json.loads(text)
    times = {name: datetime.fromisoformat(values[name]) for name in TIMES}
    return _alert(values | times, values, snapshot)


def _values(alert: Alert) -> dict[str, Any]:
    values = {name: getattr(alert, name) for name in OWN}
    for name in ("similarity", "threshold", "margin"):
        values[name] = _finite(name, values[name])
    for name in ("track_id", "subject_id", "reference_id", "looks"):
        values[name] = int(values[name])
    return values | {
        "state": str(alert.state),
        SECOND: _second(alert.second_opinion),
        PRESENTATION: _presentation(alert.presentation),
    }


def _second(opinion: Opinion | None) -> dict[str, Any] | None:
    if opinion is None:
        return None
    numbers = {
        name: _finite(f"second {name}", getattr(opinion, name)) for name in ("similarity", "first")
    }
    return asdict(opinion) | numbers


def _presentation(said: Presentation | None) -> dict[str, Any] | None:
    if said is None:
        return None
    numbers = {
        name: None if value is None else _finite(f"presentation {name}", value)
        for name in ("live", "threshold", "picture", "clip")
        for value in (getattr(said, name),)
    }
    return asdict(said) | numbers | {"verdict": str(said.verdict), "models": list(said.models)}


def _presentation_of(values: Mapping[str, Any]) -> Presentation:
    verdict, models = PresentationVerdict(values["verdict"]), tuple(values["models"])
    return Presentation(**{**values, "verdict": verdict, "models": models})


def _finite(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise DataError(
            f"an alert's {name} does not fit the store",
            expected="a finite number",
            found=str(value),
        )
    return float(value)


def _alert(
    values: Mapping[str, Any] | RowMapping, words: Mapping[str, str], snapshot: Snapshot | None
) -> Alert:
    # A delivery that was written by an older facewarden does not have the newer members.
    own: dict[str, Any] = {"held": False, "looks_model_id": values["model_id"]}
    own |= {name: values[name] for name in PLAIN if name in values}
    own |= {name: words[name] for name in WORDS}
    second, presentation = values.get(SECOND), values.get(PRESENTATION)
    return Alert(
        **own | {"state": ReviewState(values["state"])},
        snapshot=snapshot,
        second_opinion=None if second is None else Opinion(**second),
        presentation=None if presentation is None else _presentation_of(presentation),
    )


def _words(alert_id: str) -> str:
    return f"alert:{alert_id}"
