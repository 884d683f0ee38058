"""An alert, its deliveries and its review: few, durable rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facewarden.data.frame import require_utc
from facewarden.data.opinion import Opinion
from facewarden.data.presentation import Presentation, PresentationVerdict


class ReviewState(StrEnum):
    """What a human has said about an alert."""

    UNREVIEWED = "unreviewed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A JPEG of a look, everyone but the candidate blurred.

    Attributes:
        jpeg: the encoded picture.
        width_px, height_px: its size.
        box: x1 y1 x2 y2 of the candidate's face in it, px.
    """

    jpeg: bytes
    width_px: int
    height_px: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class AlertLook:
    """One look of the track that raised an alert, for whoever compares pictures.

    Attributes:
        number: which look of its track, from 1 in order of time.
        seen_at: capture time; UTC by the stream's clock.
        quality: in [0, 1], its weight in the pooled template.
        similarity: of this look alone to the subject, cosine in [-1, 1]; None where the subject
            was not among those nearest to it.
        picture: of the face and what is close around it.
    """

    number: int
    seen_at: datetime
    quality: float
    similarity: float | None
    picture: Snapshot

    def __post_init__(self) -> None:
        require_utc("AlertLook.seen_at", self.seen_at)


@dataclass(frozen=True, slots=True)
class Alert:
    """A candidate for a human: one subject of one watchlist, seen by one camera.

    Attributes:
        alert_id: 32 hexadecimal digits, made once.
        revision: 1 when first raised; grows as the evidence of the same track grows.
        track_id: of the camera's tracker.
        reference_id: the subject's reference that was nearest.
        similarity: cosine of the track's pooled template in [-1, 1]; with a second opinion what
            both models say, in terms of the first.
        threshold: the similarity that was needed.
        margin: similarity minus that of the runner-up subject, which counts as 0 where it is
            less or where there is nobody else.
        looks: how many looks the pooled template holds.
        model_id: the embedder of the references; similarities of different ones never compare.
        looks_model_id: the embedder of the looks, whose calibration the threshold is of; the same
            where one model does both.
        seen_at: capture time of the first usable look; UTC by the stream's clock.
        last_seen_at: capture time of the latest look.
        received_at: when the first usable look reached us, by this machine's clock.
        decided_at: when this revision was decided, by this machine's clock.
        second_opinion: what a second model said; None where none was asked.
        presentation: whether a living person was seen; None where the watchlist does not ask.
        held: it is kept for a human and told to no sink, since it looks like an attack.
    """

    alert_id: str
    revision: int
    camera_id: str
    camera_name: str
    camera_location: str
    track_id: int
    watchlist: str
    subject_id: int
    subject_name: str
    external_reference: str
    category: str
    reference_id: int
    similarity: float
    threshold: float
    margin: float
    looks: int
    model_id: str
    looks_model_id: str
    seen_at: datetime
    last_seen_at: datetime
    received_at: datetime
    decided_at: datetime
    state: ReviewState = ReviewState.UNREVIEWED
    snapshot: Snapshot | None = None
    second_opinion: Opinion | None = None
    presentation: Presentation | None = None
    held: bool = False

    def __post_init__(self) -> None:
        for name in ("seen_at", "last_seen_at", "received_at", "decided_at"):
            require_utc(f"Alert.{name}", getattr(self, name))

    @property
    def looks_like_a_picture(self) -> bool:
        """Whether presentation attack detection takes it for a photograph or a screen."""
        said = self.presentation
        return said is not None and said.verdict is PresentationVerdict.ATTACK


@dataclass(frozen=True, slots=True)
class Delivery:
    """One revision of one alert on its way to one sink.

    Attributes:
        delivery_id: position in the outbox; grows.
        idempotency_key: the same for every attempt, so that a receiver can drop repeats.
        attempts: how often it was tried.
        first: whether the sink has heard of no earlier revision, as of an alert that was held.
        reached: of a sink with several receivers, who has it from an earlier attempt.
    """

    delivery_id: int
    sink: str
    idempotency_key: str
    attempts: int
    alert: Alert
    first: bool = False
    reached: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Review:
    """A human's verdict on an alert."""

    alert_id: str
    state: ReviewState
    reviewer: str
    reason: str
    reviewed_at: datetime
