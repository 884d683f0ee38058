"""Searching the watchlists for the faces of a photograph."""

from enum import StrEnum
from typing import Annotated

from pydantic import Base64Bytes, Field

from facewarden.api.wire import Wire
from facewarden.api.words import Line, Paragraphs, WatchlistName


class Search(Wire):
    """What is searched for, and on what authority."""

    image: Base64Bytes = Field(
        min_length=1,
        description="The file, base64: JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF; what it is "
        "follows from its bytes.",
    )
    purpose: Paragraphs = Field(min_length=1, description="What it is for.")
    legal_basis: Paragraphs = Field(min_length=1, description="Why it is allowed.")
    reference: Line = Field(
        default="", description="Of the authorisation; that of an urgent search may follow."
    )
    urgent: bool = Field(
        default=False,
        description="Not authorised yet: a second person must do so within 48 hours, or the "
        "result is locked.",
    )
    watchlists: Annotated[tuple[WatchlistName, ...], Field(max_length=50)] = Field(
        default=(), description="That are searched; empty: all of yours."
    )
    top: Annotated[int, Field(ge=1, le=20)] = Field(
        default=3, description="Subjects for each face."
    )


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

    lookup_id: int = Field(description="Of the record of this search.")
    width_px: int
    height_px: int
    watchlists: tuple[str, ...] = Field(description="Those that were searched.")
    faces: tuple[FoundFace, ...] = Field(description="From left to right.")
