"""What was decided about a track, and why."""

from dataclasses import dataclass
from enum import StrEnum

from facewarden.data.anchor import AnchorMatch
from facewarden.data.opinion import Opinion
from facewarden.data.presentation import Presentation


class Verdict(StrEnum):
    """The outcome for one track, best first for the person who asks why there was no alert."""

    ALERT = "alert"
    UPDATE = "update"
    ALREADY_ALERTED = "already alerted"
    QUIET_PERIOD = "quiet period"
    MORE_LOOKS_NEEDED = "more looks needed"
    SECOND_OPINION_ASKED = "second opinion asked"
    PRESENTATION_ASKED = "living person or picture asked"
    REJECTED_BEFORE = "rejected before"
    TOO_CLOSE = "too close to the runner-up"
    EXPIRED = "expired"
    BELOW_THRESHOLD = "below threshold"
    NOBODY_ENROLLED = "nobody enrolled"


@dataclass(frozen=True, slots=True)
class Decision:
    """One track against one watchlist, after its latest look.

    Attributes:
        similarity: of the track's pooled template to the subject, cosine in [-1, 1]; with a second
            opinion what both models say, in terms of the first.
        threshold: what the watchlist needs.
        margin: similarity minus that of the runner-up subject, which counts as 0 where it is
            less or where there is nobody else.
        alert_id: of the alert that this decision raises, updates or is held back by; may be empty.
        revision: of that alert; 0 where none is raised or updated.
        anchor: of REJECTED_BEFORE, the face that the probe is nearer to than to the subject.
        opinion: of a second model on the subject, where it was asked.
        presentation: whether a living person was seen, where the watchlist asks for it.
        held: an alert that is kept for a human and told to no sink: it looks like an attack.
    """

    verdict: Verdict
    watchlist: str
    subject_id: int
    reference_id: int
    similarity: float
    threshold: float
    margin: float
    looks: int
    alert_id: str = ""
    revision: int = 0
    anchor: AnchorMatch | None = None
    opinion: Opinion | None = None
    presentation: Presentation | None = None
    held: bool = False
