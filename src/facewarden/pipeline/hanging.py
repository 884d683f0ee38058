"""Whether a camera hangs sideways or upside down, guessed from the faces that it shows."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from facewarden.data import Faces
from facewarden.detect.any_way_up import SURE
from facewarden.geometry.similarity import roll_deg

SURE_ENOUGH: Final = SURE - 0.05
"""Of a face once the picture is turned: video is poorer than photographs."""
NEEDED: Final = 3
"""Faces that lie the same way, at different moments, before any has stood."""
SOONEST: Final = timedelta(seconds=0.5)
LATEST: Final = timedelta(minutes=1)
"""Between two tries, which cost three detections each: ever longer while nothing is found."""


class Hanging:
    """What the faces of one camera say about it; used by one thread at a time.

    A detector gives faces that lie few and doubtful boxes, and a watch of them finds nobody without
    a word. So where a doubtful face shows and no sure one has, the picture is looked at turned. One
    sure face that stands ends the matter.

    Attributes:
        problem: what is wrong and what to do, in words; empty until it is clear.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._over = False
        self._lying: Counter[int] = Counter()
        self._wait = SOONEST
        self._next_at: datetime | None = None

    def look(self, faces: Faces, at: datetime, any_way_up: Callable[[], Faces]) -> bool:
        """Take the faces of one picture; tell whether it has just become clear.

        Args:
            faces: as the detector gave them.
            at: UTC, when the picture was taken.
            any_way_up: looks at the same picture turned, too.
        """
        if self._over or not len(faces):
            return False
        if faces.confidence.max() >= SURE:
            self._over = True
            return False
        if self._next_at is not None and self._next_at - LATEST <= at < self._next_at:
            return False
        turn_deg = _needed_turn(any_way_up())
        self._wait = SOONEST if turn_deg else min(self._wait * 2, LATEST)
        self._next_at = at + self._wait
        self._lying[turn_deg] += 1
        if turn_deg and self._lying[turn_deg] >= NEEDED:
            self._over = True
            how = "are upside down" if turn_deg == 180 else "lie on their side"
            self.problem = (
                f"its faces {how} and cannot be recognised; if it hangs so, set "
                f"rotate_deg: {turn_deg} (facewarden watch --rotate {turn_deg})"
            )
        return bool(self.problem)


def _needed_turn(faces: Faces) -> int:
    """Return by how much, degrees clockwise, the picture has to be turned; 0 where unknown."""
    if not len(faces) or faces.confidence.max() < SURE_ENOUGH:
        return 0
    surest = faces.take(faces.confidence.argsort()[-1:])
    return -90 * round(float(roll_deg(surest.landmarks)[0]) / 90) % 360
