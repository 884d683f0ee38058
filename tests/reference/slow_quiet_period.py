"""One alert per subject, watchlist and camera in a quiet period, told from the whole history."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sufficient:
    """A look that is evidence enough: on a track of a camera, for a subject of a watchlist."""

    camera_id: str
    track: int
    watchlist: str
    subject_id: int
    at_s: float


def alerts(looks: Sequence[Sufficient], quiet_s: float) -> list[int]:
    """Return which of the looks, in the order given, must raise an alert.

    A look raises one unless its track has raised one for the same subject and watchlist, or the
    same subject was last seen by the camera less than the quiet period before or after it.
    """
    raising = []
    for i, look in enumerate(looks):
        earlier = [
            (j, other)
            for j, other in enumerate(looks[:i])
            if (other.camera_id, other.watchlist, other.subject_id)
            == (look.camera_id, look.watchlist, look.subject_id)
        ]
        of_this_track = any(j in raising and other.track == look.track for j, other in earlier)
        quiet = bool(earlier) and abs(look.at_s - earlier[-1][1].at_s) < quiet_s
        if not of_this_track and not quiet:
            raising.append(i)
    return raising
