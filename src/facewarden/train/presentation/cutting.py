"""Finds the face of each clip and cuts the looks that are kept, in one process or several."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.errors import FacewardenError
from facewarden.measure.clip_list import ClipEntry
from facewarden.measure.presentation.shown_face import FaceFollower, ShownFace
from facewarden.worker_pool import worker_pool

FACTOR = 2.0
"""Side of a look in longer sides of the face's box: edges of paper and bezels show."""
FIRST_FRAMES = 60
"""Of a clip that are looked at: what SiW's protocol 1 trains on (Liu et al. 2018, section 5.1)."""
FPS = 10.0
"""Looks a second, unless told: the densest that a watch gives, 0.1 s apart."""
LEAST_LOOKS = 5
"""Of a clip that is kept, unless told: what the largest network takes."""
CROWDED = 0.5
"""Share of its frames from which a clip with a second face is one of two people."""
LEAST_SEEN = 0.5
"""Share of the frames in which the face must be found."""
_AT_ONCE = 8
"""Clips that a process is given at a time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Which looks of a clip are kept.

    Attributes:
        size_px: side of a look.
        least: looks that a clip must have to be kept.
        most: of a clip with more, those in its middle are kept; None keeps all.
        fps: looks a second. 10 of a clip of three frames is the first one alone, which is
            compressed by itself and sharper than those that follow.
    """

    size_px: int
    least: int = LEAST_LOOKS
    most: int | None = None
    fps: float = FPS

    def rows(self, found: int) -> range:
        """Return which of the looks found are kept.

        Of two the later: the first picture of a video is compressed by itself.
        """
        kept = min(found, self.most or found)
        first = (found - kept + 1) // 2
        return range(first, first + kept)


@dataclass(frozen=True, slots=True)
class Cut:
    """What came of a clip.

    Attributes:
        looks: (S, S, 3) uint8 RGB each, in order of time; none where it is left out.
        at_s: seconds since the clip began, one for each.
        why: it is left out; empty if it is not.
    """

    looks: tuple[NDArray[np.uint8], ...]
    at_s: tuple[float, ...]
    why: str = ""


def cut_all(
    entries: Sequence[ClipEntry], follower: Callable[[], FaceFollower], kept: Kept, jobs: int
) -> Iterator[Cut]:
    """Yield what comes of each clip, in their order; it does not depend on `jobs`.

    Args:
        follower: makes what finds the face, `kept.fps` times a second; called once in each process.
        jobs: processes; with 1 it is this one.
    """
    if jobs == 1:
        follow = follower()
        yield from (_cut(entry, follow, kept) for entry in entries)
        return
    with worker_pool(jobs, _begin, (follower, kept)) as pool:
        yield from pool.map(_cut_here, entries, chunksize=_AT_ONCE)


_here: tuple[FaceFollower, Kept] | None = None
"""Of a process that cuts for another."""


def _begin(follower: Callable[[], FaceFollower], kept: Kept) -> None:
    global _here  # noqa: PLW0603 a process's own
    cv2.setNumThreads(1)
    _here = follower(), kept


def _cut_here(entry: ClipEntry) -> Cut:
    assert _here is not None  # noqa: S101
    return _cut(entry, *_here)


def _cut(entry: ClipEntry, follower: FaceFollower, kept: Kept) -> Cut:
    try:
        shown = follower.follow(entry.path, most_frames=FIRST_FRAMES)
    except FacewardenError as error:
        return Cut((), (), str(error))
    if why := _fault(shown, kept.least):
        return Cut((), (), why)
    rows = kept.rows(len(shown))
    looks = (shown.square(row, FACTOR, kept.size_px)[..., ::-1] for row in rows)
    return Cut(
        tuple(np.ascontiguousarray(look) for look in looks),
        tuple(shown.at_s[rows.start : rows.stop].tolist()),
    )


def _fault(shown: ShownFace, least: int) -> str:
    """Return why a clip cannot serve; empty if it can."""
    if not len(shown):
        return "no face is found in it"
    if shown.crowded > CROWDED * shown.looked_at:
        return f"two people in {shown.crowded} of {shown.looked_at} frames"
    if len(shown) < least:
        return f"{len(shown)} looks at the face, where {least} are needed"
    if len(shown) < LEAST_SEEN * shown.looked_at:
        return f"the face is found in {len(shown)} of {shown.looked_at} frames only"
    return ""
