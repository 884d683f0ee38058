"""Where and when subjects were seen."""

from pydantic import Field

from facewarden.api.wire import UtcTime, Wire


class Sighting(Wire):
    """One track of one camera that matched one subject of one watchlist."""

    sighting_id: str
    camera_id: str
    watchlist: str
    subject_id: int
    alert_id: str | None = Field(description="The alert that covers it, where there is one.")
    first_seen_at: UtcTime
    last_seen_at: UtcTime
    similarity: float = Field(ge=-1.001, le=1.001)
    looks: int
