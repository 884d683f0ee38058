"""Which frames of a clip are looks, and how good they are."""

import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.assess.assessor import Assessor
from facewarden.data import Faces
from facewarden.measure.presentation.shown_face import ShownFace

ANALYSED_APART_S = 0.2
"""As a camera takes them: five analysed pictures a second."""


def spaced_rows(at_s: NDArray[np.float64], spacing_s: float) -> list[int]:
    """Return rows that are at least so far apart in time, from the first on."""
    rows: list[int] = []
    for row, at in enumerate(at_s.tolist()):
        # A hair less: frames of 25 a second lie 0.08 s apart, not 0.0800001.
        if not rows or at - at_s[rows[-1]] >= spacing_s - 1e-3:
            rows.append(row)
    return rows


def quality_of(shown: ShownFace, row: int, assessor: Assessor) -> float:
    """Return the quality of one frame's face, rated as in the watch."""
    one = slice(row, row + 1)
    crop = align(shown.pictures[row], shown.landmarks[one])
    face = Faces.of(shown.boxes[one], np.ones(1, np.float32), shown.landmarks[one])
    return float(assessor.assess(crop, face).quality[0])
