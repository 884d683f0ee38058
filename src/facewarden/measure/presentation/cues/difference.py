"""Differences of frames: how far a face moves by itself, and not as a sheet does."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.measure.presentation.cues.aligned import aligned_greys
from facewarden.measure.presentation.shown_face import ShownFace

LEAST_FRAMES = 5
GRAIN_PX = 2.0
"""Standard deviation in px of the blur that takes the sensor's and the codec's grain out of an
aligned face of 112 px before faces are compared."""


class Difference:
    """What is left of the motion of a face when its motion as a whole is taken out.

    Anjos and Marcel (IJCB 2011) compare the differences of frames inside the face with those around
    it: a sheet in a hand moves as one with what is printed on it. Here faces are aligned instead,
    so that shift, turn and distance are gone, and blurred a little, so that grain is gone. The
    score is the logarithm of the mean difference within the face's oval over about 0.3 s, in
    standard deviations of the face's own grey. A face that keeps still has little of it, a replayed
    video as much as its original: alone this cue is weak, and it is here as a baseline.
    """

    name = "difference"
    threshold = None

    def score(self, shown: ShownFace) -> float:
        """Return the log of residual motion of the face; NaN with too few frames."""
        if len(shown) < LEAST_FRAMES:
            return float("nan")
        greys = np.array(
            [cv2.GaussianBlur(grey, (0, 0), GRAIN_PX) for grey in aligned_greys(shown)]
        )
        apart = max(1, int(np.searchsorted(shown.at_s - shown.at_s[0], 0.3)))
        apart = min(apart, len(greys) - 1)
        changes = np.abs(greys[apart:] - greys[:-apart])
        return float(np.log(_inside(changes) + 1e-3))


def _inside(changes: NDArray[np.float32]) -> float:
    """Return the median over time of the mean change within the face's oval."""
    rows, columns = np.mgrid[:112, :112]
    oval = ((rows - 68) / 44) ** 2 + ((columns - 56) / 34) ** 2 <= 1
    return float(np.median(changes[:, oval].mean(axis=1)))
