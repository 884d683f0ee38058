"""Rows for the tests of the store; every value is named or seeded."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from facewarden.data import Alert, AlertLook, NewReference, Snapshot, Templates
from facewarden.data.sighting import Sighting

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MODEL = "embedder-a"

PICTURE = Snapshot(b"\xff\xd8 a picture \xff\xd9" * 50, 640, 360, (10, 20, 110, 140))


def an_id(number: int) -> str:
    return uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128).hex


def an_alert(number: int = 1, **changes: Any) -> Alert:
    alert = Alert(
        alert_id=an_id(number),
        revision=1,
        camera_id="gate",
        camera_name="Gate",
        camera_location="North side",
        track_id=7,
        watchlist="missing",
        subject_id=901,
        subject_name="Maximiliane Quastenflosser",
        external_reference="CASE-4711",
        category="missing person",
        reference_id=3,
        similarity=0.61,
        threshold=0.45,
        margin=0.2,
        looks=3,
        model_id=MODEL,
        looks_model_id=MODEL,
        seen_at=NOW - 3 * SECOND,
        last_seen_at=NOW - 2 * SECOND,
        received_at=NOW - 1.5 * SECOND,
        decided_at=NOW,
        snapshot=PICTURE,
    )
    return replace(alert, **changes)


def a_look(number: int, **changes: Any) -> AlertLook:
    look = AlertLook(
        number=number,
        seen_at=NOW - 3 * SECOND + number * SECOND / 10,
        quality=0.9 - number / 100,
        similarity=0.5 + number / 100,
        picture=replace(PICTURE, jpeg=b"\xff\xd8 look %d \xff\xd9" % number * 20),
    )
    return replace(look, **changes)


def a_reference(seed: int, *, source: bytes = b"", model_id: str = MODEL) -> NewReference:
    random = np.random.default_rng(seed)
    vector = random.standard_normal(128).astype(np.float32)
    return NewReference(
        source_name=f"photograph-{seed}.jpg",
        source_bytes=source or random.bytes(3000),
        template=(vector / np.linalg.norm(vector)).astype(np.float32),
        model_id=model_id,
        quality=0.75,
    )


def a_probe(seed: int, *, near: Templates | None = None, model_id: str = MODEL) -> Templates:
    """Return one template of a random face; with `near`, one of cosine 0.95 to that."""
    vector = np.random.default_rng(seed).standard_normal((1, 128)).astype(np.float32)
    if near is not None:
        vector -= (vector @ near.vectors.T) * near.vectors
        vector /= np.linalg.norm(vector)
        vector = 0.95 * near.vectors + np.float32(np.sqrt(1 - 0.95**2)) * vector
    return Templates.normalised(vector, model_id)


def a_sighting(**changes: Any) -> Sighting:
    sighting = Sighting(
        sighting_id="run-1:7",
        camera_id="gate",
        watchlist="missing",
        subject_id=901,
        alert_id="",
        first_seen_at=NOW,
        last_seen_at=NOW + SECOND,
        similarity=0.5,
        looks=2,
    )
    return replace(sighting, **changes)
