"""All that is known about one track while the person is in view; in memory only."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from facewarden.data import Decision


@dataclass(slots=True)
class RaisedAlert:
    """The latest revision of an alert that this track raised."""

    alert_id: str
    revision: int
    similarity: float
    looks: int
    decided_at: datetime
    snapshot_quality: float


@dataclass(slots=True)
class Evidence:
    """Mutable notes on one track.

    Attributes:
        first_seen_at, last_seen_at: capture times of the first and latest face.
        usable_at, received_at: capture time and arrival of the first look that was embedded.
        faces: how many faces the track had; looks counts the embedded ones.
        best_quality: of the embedded looks; best_seen_quality of all that were assessed.
        largest_px: height of the largest face.
        obstacles: why faces were not embedded, counted by reason.
        decisions: the latest decision per watchlist.
        raised: alerts by (watchlist, subject id).
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
    obstacles: Counter[str] = field(default_factory=Counter)
    decisions: dict[str, Decision] = field(default_factory=dict)
    raised: dict[tuple[str, int], RaisedAlert] = field(default_factory=dict)

    @property
    def shortfall(self) -> float:
        """Least distance of any watchlist's best candidate to its threshold; inf before a look."""
        return min(
            (d.threshold - d.similarity for d in self.decisions.values()), default=float("inf")
        )
