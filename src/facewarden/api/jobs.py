"""Long work, and how far it is."""

from enum import StrEnum

from pydantic import Field

from facewarden.api.references import Enrolment
from facewarden.api.wire import UtcTime, Wire


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Wire):
    """Long work of yours; it is forgotten a day after its end, or with the server."""

    job_id: str
    kind: str = Field(examples=["enrolment"])
    state: JobState
    done: int = Field(description="Of the steps, so many.")
    total: int = Field(description="Steps; 0 while they are not counted.")
    problem: str = Field(default="", description="Why it failed.")
    made_at: UtcTime
    ended_at: UtcTime | None = None
    rows: tuple[Enrolment, ...] = Field(
        default=(), description="What became of each photograph so far; the newest 500."
    )
    counts: dict[str, int] = Field(
        default_factory=dict, description="By outcome, of all photographs so far."
    )
