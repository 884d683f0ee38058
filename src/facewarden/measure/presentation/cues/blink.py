"""Blinking: a photograph does not blink; whoever does not blink for a while is missed."""

import numpy as np
from numpy.typing import NDArray

from facewarden.geometry.similarity import ARCFACE_112
from facewarden.measure.presentation.cues.aligned import aligned_greys
from facewarden.measure.presentation.shown_face import ShownFace

LEAST_FRAMES = 8
"""Fewer cannot hold the eyes before, during and after a blink."""
HALF_WIDTH_PX, HALF_HEIGHT_PX = 9, 6
"""Of an eye's patch in the aligned face of 112 px: eyelids and iris, without the brow."""


class Blink:
    """How much the eyes change in a moment, beyond what the rest of the face does.

    Pan et al. (ICCV 2007) model the closing of an eye over frames. With five landmarks there is no
    outline of the eyelids, so that here each eye's patch is compared with its median over the clip:
    closed eyes resemble open ones little. The same is taken of the tip of the nose, which does not
    blink but turns and blurs as the eyes do. The score is by how much the eyes' lowest correlation
    is below the nose's. In 4 s many living people do not blink at all, and a replayed video blinks:
    alone this cue is weak, and it is here as a baseline.
    """

    name = "blink"
    threshold = None

    def score(self, shown: ShownFace) -> float:
        """Return the fall of the eyes' correlation beyond the nose's; NaN with too few frames."""
        if len(shown) < LEAST_FRAMES:
            return float("nan")
        greys = aligned_greys(shown)
        right, left, nose = (_lowest(greys, place) for place in ARCFACE_112[:3])
        # Both eyes close: the eye that changed less tells how much of it was a blink.
        return float(nose - max(right, left))


def _lowest(greys: NDArray[np.float32], place: tuple[float, float]) -> float:
    """Return the lowest correlation of a patch with its median over the clip."""
    x, y = round(place[0]), round(place[1])
    patches = greys[
        :, y - HALF_HEIGHT_PX : y + HALF_HEIGHT_PX + 1, x - HALF_WIDTH_PX : x + HALF_WIDTH_PX + 1
    ].reshape(len(greys), -1)
    usual = np.median(patches, axis=0)
    usual = usual - usual.mean()
    centred = patches - patches.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1) * np.linalg.norm(usual)
    correlation = (centred @ usual) / np.maximum(norms, 1e-6)
    return float(correlation.min())
