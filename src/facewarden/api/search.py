"""Searching the watchlists for the faces of a photograph."""

from enum import StrEnum

from pydantic import Field

from facewarden.api.wire import Wire


class Judgement(StrEnum):
    """What the watch's rule says of a candidate."""

    CANDIDATE = "candidate"
    TOO_CLOSE = "too close to another subject"
    BELOW_THRESHOLD = "below threshold"


class Candidate(Wire):
    """One subject that a face is like."""

    subject_id: int
    name: str
    external_reference: str
    watchlist: str
    similarity: float
    threshold: float
    judgement: Judgement


class FoundFace(Wire):
    """One face of the photograph, with its nearest subjects."""

    box: tuple[float, float, float, float] = Field(description="x1 y1 x2 y2, px of `Found`'s size.")
    quality: float
    candidates: tuple[Candidate, ...] = Field(description="Best first.")


class Found(Wire):
    """What a search gave."""

    width_px: int
    height_px: int
    watchlists: tuple[str, ...] = Field(description="Those that were searched.")
    faces: tuple[FoundFace, ...] = Field(description="From left to right.")
