"""The track stage: which face is the same person as a moment ago."""

from datetime import datetime
from typing import Protocol

from facewarden.data import Faces, Float32, Int64


class Tracker(Protocol):
    """Gives the faces of one camera ids that hold while the person stays in view.

    One tracker belongs to one camera and holds all of its state. Ids start at 1, grow, and are
    never used twice. A track that has not been seen for the tracker's patience has ended.
    """

    def update(self, faces: Faces, at: datetime) -> Faces:
        """Return the faces with their track ids, UNTRACKED where too doubtful to start a track.

        Args:
            faces: of one picture; may be empty.
            at: capture time; UTC. A time that is not after the last one is taken as a pause
                of zero length.
        """
        ...

    def ended(self) -> Int64:
        """Return, once, the (m,) ids of tracks that ended since the last call."""
        ...

    def split(self, track_id: int) -> int:
        """Go on with a living track under a new id, which is returned: it is somebody else now.

        Raises:
            KeyError: no such living track.
        """
        ...

    def active(self) -> tuple[Int64, Float32]:
        """Return the ids (m,) and expected boxes (m, 4) px of all living tracks, seen or not."""
        ...
