"""A subject that one camera saw, whether or not an alert was raised for it."""

from dataclasses import dataclass
from datetime import datetime

from facewarden.data.frame import require_utc


@dataclass(frozen=True, slots=True)
class Sighting:
    """One track of one camera that matched one subject of one watchlist.

    Attributes:
        sighting_id: names the track among all tracks of all runs of this camera; the same for as
            long as the track lives.
        alert_id: the alert that covers it, which may be an earlier one still in its quiet period;
            empty when there is none.
        first_seen_at, last_seen_at: capture times, UTC.
        similarity: cosine of the track's pooled template in [-1, 1].
        looks: how many looks the pooled template holds.
    """

    sighting_id: str
    camera_id: str
    watchlist: str
    subject_id: int
    alert_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    similarity: float
    looks: int

    def __post_init__(self) -> None:
        require_utc("Sighting.first_seen_at", self.first_seen_at)
        require_utc("Sighting.last_seen_at", self.last_seen_at)
