"""One watched camera: how it is to be analysed, and the tracks it has in view."""

from dataclasses import dataclass, field
from datetime import datetime

from facewarden.capture.motion import MotionGate
from facewarden.decide.evidence import Evidence
from facewarden.embed.fuse import Fusion
from facewarden.geometry.region import Region
from facewarden.pipeline.hanging import Hanging
from facewarden.pipeline.presentation import Shown
from facewarden.pipeline.second_opinion import Inquiry
from facewarden.track.tracker import Tracker


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """What a camera's configuration means for the route.

    Attributes:
        detect_size_px: longer side of the picture that the detector sees; None chooses it from
            the picture and min_face_px.
        min_confidence: of a detection that may start a track or be embedded.
        min_face_px: least height of a face that may be embedded.
        region: faces whose centre is outside are not looked at.
        watchlists: those that this camera looks for; empty means every watchlist.
        group: of cameras that see faces alike; how alike strangers are is learnt for each.
    """

    camera_id: str
    name: str
    location: str
    detect_size_px: int | None
    min_confidence: float
    min_face_px: float
    region: Region
    watchlists: tuple[str, ...] = ()
    group: str = ""


@dataclass(slots=True)
class TrackedPerson:
    """A track in view: the notes on it, its pooled looks, and what other models say of it.

    Attributes:
        shown: what presentation attack detection knows; None where no watchlist asks.
    """

    evidence: Evidence
    fusion: Fusion = field(default_factory=Fusion)
    inquiry: Inquiry = field(default_factory=Inquiry)
    shown: Shown | None = None


@dataclass(slots=True)
class WatchedCamera:
    """A camera's plan and its state; used by one thread at a time.

    Attributes:
        run_id: names this stretch of watching, so that track ids are unique in the store.
        previous_at: capture time of the picture before.
        analysed, faces, tracks: anonymous counters since it was added.
        rejected_before: tracks that ended as somebody whom a human had told apart from a subject.
        within_quiet_period: tracks that ended as somebody alerted about a short while before.
    """

    plan: CameraPlan
    tracker: Tracker
    motion: MotionGate | None
    run_id: str
    people: dict[int, TrackedPerson] = field(default_factory=dict)
    hanging: Hanging = field(default_factory=Hanging)
    previous_at: datetime | None = None
    analysed: int = 0
    faces: int = 0
    tracks: int = 0
    rejected_before: int = 0
    within_quiet_period: int = 0
