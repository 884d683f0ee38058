"""References: the photographs of subjects."""

from enum import StrEnum

from pydantic import Field

from facewarden.api.wire import UtcTime, Wire


class Reference(Wire):
    """A photograph of a subject."""

    reference_id: int
    subject_id: int
    source_name: str = Field(description="Name of the file that it came from.")
    quality: float = Field(ge=0, le=1, description="Higher is better.")
    model_ids: tuple[str, ...] = Field(description="The models that it has templates of.")
    created_at: UtcTime


class Outcome(StrEnum):
    """What became of a photograph."""

    ADDED = "added"
    PRESENT = "already there"
    REFUSED = "refused"


class Enrolment(Wire):
    """What became of one photograph."""

    label: str = Field(description="The file's name, or the CSV file's line.")
    name: str = Field(description="Of the subject.")
    outcome: Outcome
    reason: str = Field(default="", description="Why it was refused, or where it is already.")
    warnings: tuple[str, ...] = Field(
        default=(), description="It was added all the same: look at these."
    )
    subject_id: int | None = None
    quality: float | None = Field(default=None, description="Of the face, in [0, 1].")
