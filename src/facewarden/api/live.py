"""The live view: what goes with each picture."""

from typing import Annotated, Literal

from pydantic import Field

from facewarden.api.wire import UtcTime, Wire

Pixels = Annotated[list[int], Field(min_length=4, max_length=4)]


class LiveCandidate(Wire):
    """An alert that a face in the picture belongs to; only those that the viewer may see."""

    alert: str = Field(description="Id of the alert.")
    subject: int = Field(description="Id of the subject.")
    name: str = Field(
        default="",
        description="Of the subject, as the alert has it; empty until the alert is stored.",
    )
    watchlist: str
    similarity: float
    threshold: float


class LiveFace(Wire):
    """One face in the picture."""

    track: int | None = Field(description="The same for as long as the person stays in view.")
    box: Pixels = Field(description="x1 y1 x2 y2 in px of the picture; may reach over its edge.")
    confidence: float = Field(description="Of the detector, in [0, 1].")
    candidates: tuple[LiveCandidate, ...] = Field(
        default=(), description="Empty: a bystander, who is blurred in the picture."
    )


class LiveFrame(Wire):
    """Sent as text; the JPEG follows as the next binary message."""

    kind: Literal["frame"] = "frame"
    camera: str
    sequence: int
    captured_at: UtcTime
    width_px: int
    height_px: int
    boxes: tuple[LiveFace, ...]


class LiveSilence(Wire):
    """Sent as text while there is no new picture; no binary message follows."""

    kind: Literal["silence"] = "silence"
    camera: str
    watched: bool = Field(description="Whether a deployment watches the camera at all.")
