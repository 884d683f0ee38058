"""Alerts: candidates for a human, and what humans said of them."""

from enum import StrEnum

from pydantic import Base64Bytes, Field

from facewarden.api.sightings import Sighting
from facewarden.api.wire import UtcTime, Wire
from facewarden.api.words import Paragraphs
from facewarden.data.presentation import PresentationVerdict as PresentationVerdict


class State(StrEnum):
    """What a human has said about an alert."""

    UNREVIEWED = "unreviewed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Work(StrEnum):
    """How far people are with an alert."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED_BY_ONE = "confirmed by one"
    ESCALATED = "escalated"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class AlertCamera(Wire):
    """The camera, as it was called then."""

    camera_id: str
    name: str
    location: str


class AlertSubject(Wire):
    """The candidate, as it was written down then."""

    subject_id: int
    name: str
    external_reference: str
    category: str
    reference_id: int = Field(description="The photograph that was nearest.")


class SecondOpinion(Wire):
    """What a second model said, which is asked near the threshold."""

    model_id: str
    similarity: float | None = Field(
        description="By the second model alone; null: it gave no answer. Its scale is its own."
    )
    looks: int = Field(description="How many looks it has seen.")
    first_similarity: float = Field(
        description="By the first model alone; the alert's similarity is what both say together."
    )
    problem: str = Field(description="Why it gave no answer; empty where it did.")


class Presentation(Wire):
    """Whether a living person was seen, or a picture of one; a hint, never a proof."""

    verdict: PresentationVerdict = Field(
        description="bona fide: a living person. attack: may be a photograph or a screen."
    )
    live: float | None = Field(
        description="What all models say together, in [0, 1], higher is more like a living person; "
        "null: none was asked."
    )
    threshold: float = Field(description="`live` below it is an attack.")
    picture: float | None = Field(
        description="By the model that sees one picture; null: it was not asked."
    )
    clip: float | None = Field(
        description="By the model that sees several looks; null: it was not asked."
    )
    looks: int = Field(description="How many looks that model has seen.")
    models: tuple[str, ...] = Field(description="Those that were asked.")
    reason: str = Field(description="Why it was not assessed, or not wholly; may be empty.")


class Alert(Wire):
    """One subject of one watchlist, seen by one camera."""

    alert_id: str
    revision: int
    state: State
    work: Work = Field(description="How far people are with it; /casework has the rest.")
    assignee: str = Field(description="Login of who it was handed to; may be empty.")
    held_back: bool = Field(description="Its rejection holds this face back from this subject.")
    camera: AlertCamera
    watchlist: str
    subject: AlertSubject
    similarity: float = Field(description="Cosine, of the looks together, in [-1, 1].")
    threshold: float = Field(description="The similarity that was needed.")
    margin: float = Field(description="Lead over the next subject.")
    looks: int
    model_id: str = Field(description="The embedder of the references.")
    looks_model_id: str = Field(
        description="The embedder of the looks, whose calibration the threshold is of; the same "
        "where one model does both."
    )
    seen_at: UtcTime = Field(description="First usable look, by the camera's clock.")
    last_seen_at: UtcTime
    received_at: UtcTime
    raised_at: UtcTime = Field(description="When its first revision was decided.")
    decided_at: UtcTime = Field(description="When this revision was decided.")
    second_opinion: SecondOpinion | None = Field(description="Null where none was asked.")
    presentation: Presentation | None = Field(
        description="Null where the watchlist does not ask whether a living person was seen."
    )
    held: bool = Field(
        description="It looks like a picture of the subject, and was told to no sink."
    )


class Likeness(Wire):
    """The similarity in words that a person understands."""

    words: str = Field(
        examples=["About 1 in 12,000 strangers who pass looks so alike to somebody on this list."]
    )
    strangers: float | None = Field(
        description="Share of passing strangers who look so alike to somebody on the list; null: "
        "the model is not calibrated, or not the one of the alert."
    )
    per_day: float | None = Field(description="So many of them a day, as traffic is now.")


class Verdict(Wire):
    """What somebody said of an alert."""

    state: State
    reviewer: str
    reason: str
    reviewed_at: UtcTime


class AlertLook(Wire):
    """One look of the track that raised an alert."""

    number: int = Field(description="Which look of its track, from 1 in order of time.")
    seen_at: UtcTime = Field(description="By the camera's clock.")
    quality: float = Field(description="In [0, 1]; its weight among the looks.")
    similarity: float | None = Field(
        description="Of this look alone, cosine in [-1, 1]; null: the subject was not among those "
        "nearest to it."
    )
    width_px: int
    height_px: int
    box: tuple[int, int, int, int] = Field(
        description="x1 y1 x2 y2 of the face, px of the picture."
    )
    jpeg: Base64Bytes = Field(
        description="The face and what is close around it, base64; other faces are painted over."
    )


class AlertLooks(Wire):
    """The looks of an alert that are kept."""

    looks: tuple[AlertLook, ...] = Field(description="The one of the highest quality first.")


class Delivery(Wire):
    """One revision on its way to one sink."""

    sink: str
    revision: int
    attempts: int
    problem: str
    delivered_at: UtcTime | None


class AlertInFull(Wire):
    """An alert with everything that is known of it."""

    alert: Alert
    likeness: Likeness
    pictured: tuple[int, ...] = Field(
        description="Numbers of the looks of which /looks has a picture, ascending."
    )
    presentation_picture: bool = Field(
        description="Whether /presentation-picture shows what presentation attack detection saw."
    )
    sightings: tuple[Sighting, ...] = Field(
        description="Every track that this alert covers, oldest first."
    )
    verdicts: tuple[Verdict, ...] = Field(description="Oldest first.")
    deliveries: tuple[Delivery, ...] = Field(description="Oldest first.")


class NewVerdict(Wire):
    """A verdict to be recorded."""

    state: State = Field(description="confirmed or rejected.")
    reason: Paragraphs = Field(default="", description="Needed for a rejection.")
    hold_back: bool | None = Field(
        default=None,
        description="A rejected face raises no more alerts for this subject; null: yes, but not "
        "where the alert looks like a picture of the subject, since that would hide the subject.",
    )
    even_so: bool = Field(
        default=False, description="Hold the face back although that may hide the subject."
    )


class Reviewed(Wire):
    """What a verdict did."""

    alert: Alert = Field(
        description="Its state stays unreviewed where the list wants a second confirmation."
    )
    consequence: str = Field(description="What it means for alerts to come, in words.")
