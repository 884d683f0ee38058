"""All that is known about one track while the person is in view; in memory only."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from facewarden.data import Decision, Verdict
from facewarden.data.presentation import PresentationVerdict
from facewarden.decide.best_looks import BestLooks

UNSETTLED = (
    Verdict.MORE_LOOKS_NEEDED,
    Verdict.SECOND_OPINION_ASKED,
    Verdict.TOO_CLOSE,
    Verdict.REJECTED_BEFORE,
)


@dataclass(slots=True)
class RaisedAlert:
    """The latest revision of an alert that this track raised.

    Attributes:
        told: the decision that made it; None where only its numbers are known.
        presented: the verdict on the presentation that it carried.
        held: it was told to nobody so far.
    """

    alert_id: str
    revision: int
    similarity: float
    looks: int
    decided_at: datetime
    told: Decision | None = None
    presented: PresentationVerdict | None = None
    held: bool = False


@dataclass(slots=True)
class Evidence:
    """Mutable notes on one track.

    Attributes:
        first_seen_at, last_seen_at: capture times of the first and latest face.
        usable_at, received_at: capture time and arrival of the first look that was embedded.
        faces: how many faces the track had; looks counts the embedded ones.
        best_quality: of the embedded looks; best_seen_quality of all that were assessed.
        largest_px: height of the largest face.
        resumed: the track was out of sight since its latest look: it may be somebody else now.
        obstacles: why faces were not embedded, counted by reason.
        decisions: the latest decision per watchlist.
        best: the highest similarity to anybody on each watchlist, over all looks, by the first
            model alone.
        raised: alerts by (watchlist, subject id).
        pictures: of its best looks; dropped with the track, unless it raised an alert.
    """

    camera_id: str
    track_id: int
    first_seen_at: datetime
    last_seen_at: datetime
    usable_at: datetime | None = None
    received_at: datetime | None = None
    last_look_at: datetime | None = None
    faces: int = 0
    looks: int = 0
    best_quality: float = 0.0
    best_seen_quality: float = 0.0
    largest_px: float = 0.0
    resumed: bool = False
    obstacles: Counter[str] = field(default_factory=Counter)
    decisions: dict[str, Decision] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    raised: dict[tuple[str, int], RaisedAlert] = field(default_factory=dict)
    pictures: BestLooks = field(default_factory=BestLooks)

    @property
    def shortfall(self) -> float:
        """Least distance to a threshold that more looks may still bridge; inf before a look.

        0 when every watchlist is settled; just above it where the threshold was reached but more
        looks are needed, or may tell the candidate from the runner-up or from a negative anchor.
        """
        if not self.decisions:
            return float("inf")
        missing = (
            max(d.threshold - d.similarity, 1e-6 if d.verdict in UNSETTLED else 0.0)
            for d in self.decisions.values()
        )
        return min((distance for distance in missing if distance > 0), default=0.0)
