"""Seeded core types for tests; every value is either given or drawn from the seed given."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from facewarden.data import (
    Alert,
    Candidates,
    Faces,
    Float32,
    Frame,
    GalleryEntry,
    Image,
    Subject,
    SubjectDetails,
    Templates,
)
from facewarden.data.candidates import NOBODY

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MODEL = "embedder-a"
DIMENSION = 16


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def unit_rows(seed: int, n: int, dimension: int = DIMENSION) -> Float32:
    """Return (n, dimension) random unit vectors."""
    rows = np.random.default_rng(seed).standard_normal((n, dimension))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def templates(seed: int, n: int, *, model_id: str = MODEL, dimension: int = DIMENSION) -> Templates:
    return Templates(unit_rows(seed, n, dimension), model_id)


def gallery_entries(
    seed: int, references_of: Sequence[int], dimension: int = DIMENSION
) -> list[GalleryEntry]:
    """Return references of subjects 10, 20, ...: as many of each as `references_of` says."""
    owners = [10 * (i + 1) for i, count in enumerate(references_of) for _ in range(count)]
    rows = unit_rows(seed, len(owners), dimension)
    entries = [GalleryEntry(owner, 1000 + i, rows[i]) for i, owner in enumerate(owners)]
    order = np.random.default_rng(seed).permutation(len(entries))
    return [entries[i] for i in order]


def candidates(*nearest: tuple[int, float], k: int = 5) -> Candidates:
    """Return one probe's candidates from (subject id, similarity), best first."""
    found = Candidates.none(1, k)
    for rank, (subject_id, similarity) in enumerate(nearest):
        found.subject_id[0, rank] = subject_id
        found.reference_id[0, rank] = 100 * subject_id if subject_id != NOBODY else NOBODY
        found.similarity[0, rank] = similarity
    return Candidates(found.subject_id, found.reference_id, found.similarity)


def picture(seed: int, width_px: int = 64, height_px: int = 48) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 3), np.uint8)


def frame(
    camera_id: str = "gate",
    sequence: int = 0,
    *,
    at: datetime | None = None,
    image: Image | None = None,
) -> Frame:
    moment = at if at is not None else after(sequence / 5)
    return Frame(
        camera_id, sequence, moment, moment, image if image is not None else picture(sequence)
    )


def faces(seed: int, n: int, *, side_px: float = 80.0, width_px: int = 640) -> Faces:
    """Return n upright faces side by side."""
    random = np.random.default_rng(seed)
    left = np.linspace(10, max(10.0, width_px - side_px - 10), max(n, 1))[:n]
    top = random.uniform(10, 40, n)
    boxes = np.stack([left, top, left + side_px, top + side_px], axis=1)
    shape = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    landmarks = boxes[:, None, :2] + shape[None] * side_px
    return Faces.of(
        boxes.astype(np.float32).reshape(-1, 4),
        random.uniform(0.8, 1, n).astype(np.float32),
        landmarks.astype(np.float32).reshape(-1, 5, 2),
    )


def subject(subject_id: int, name: str = "", watchlists: tuple[str, ...] = ("missing",)) -> Subject:
    details = SubjectDetails(name or f"Subject {subject_id}", f"CASE-{subject_id}")
    return Subject(subject_id, details, watchlists, 1, NOW)


def alert(number: int = 1, *, revision: int = 1, camera_id: str = "gate") -> Alert:
    return Alert(
        alert_id=f"{number:032x}",
        revision=revision,
        camera_id=camera_id,
        camera_name=camera_id.title(),
        camera_location="",
        track_id=7,
        watchlist="missing",
        subject_id=901,
        subject_name="Maximiliane Quastenflosser",
        external_reference="CASE-4711",
        category="",
        reference_id=3,
        similarity=0.61,
        threshold=0.45,
        margin=0.2,
        looks=3,
        model_id=MODEL,
        looks_model_id=MODEL,
        seen_at=after(-3),
        last_seen_at=after(-2),
        received_at=after(-1.5),
        decided_at=NOW,
    )
