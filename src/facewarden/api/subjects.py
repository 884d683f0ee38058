"""Subjects: people who are looked for."""

from typing import Annotated

from pydantic import Field

from facewarden.api.wire import UtcTime, Wire
from facewarden.api.words import Id, Line, Name, Paragraphs, WatchlistName


class Details(Wire):
    """What is written down about a subject."""

    name: Name = Field(examples=["Jane Doe"])
    external_reference: Line = Field(
        default="", description="The case number; no two subjects that you may see have it."
    )
    category: Line = Field(default="", description="Such as missing or barred.")
    notes: Paragraphs = Field(default="", description="For the human who gets the alert.")
    legal_basis: Paragraphs = Field(default="", description="Why they may be looked for.")
    authorised_by: Line = Field(default="", description="On whose word.")
    expires_at: UtcTime | None = Field(
        default=None, description="From then on the subject does not match; null: no end is given."
    )


class NewSubject(Wire):
    """A subject to be written down; photographs follow."""

    details: Details
    watchlist: WatchlistName = Field(description="That it is placed on; it must exist.")


class SubjectChange(Wire):
    """What is to be written down anew; what is left out stays."""

    name: Name | None = None
    external_reference: Line | None = None
    category: Line | None = None
    notes: Paragraphs | None = None
    legal_basis: Paragraphs | None = None
    authorised_by: Line | None = None
    expires_at: UtcTime | None = Field(default=None, description="null takes the end away.")


class Subject(Wire):
    """A person on one or more watchlists."""

    subject_id: int
    details: Details
    watchlists: tuple[str, ...] = Field(description="Those of them that you may see.")
    references: int = Field(description="How many photographs there are.")
    expired: bool = Field(description="It does not match any more.")
    created_at: UtcTime


class HeldBack(Wire):
    """A face that was rejected as not being this subject, and raises no alerts for it."""

    anchor_id: int
    model_id: str
    alert_ids: tuple[str, ...] = Field(description="The rejections it was made of, oldest first.")
    rejected_at: UtcTime


class Merge(Wire):
    """Another subject that is the same person."""

    into: Id = Field(description="The subject that stays.")


class Split(Wire):
    """Photographs that show somebody else."""

    references: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1000)]
    details: Details = Field(description="Of the new subject.")
