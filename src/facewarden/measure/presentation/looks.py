"""Which frames of a clip are looks, and how good they are."""

import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.assess.assessor import Assessor
from facewarden.data import Faces
from facewarden.measure.presentation.shown_face import ShownFace

ANALYSED_APART_S = 0.2
"""As a camera takes them: five analysed pictures a second."""
WINDOWS = 3
"""Sets of looks of one clip, spread over it; their scores are averaged."""


def spaced_rows(at_s: NDArray[np.float64], spacing_s: float) -> list[int]:
    """Return rows that are at least so far apart in time, from the first on."""
    rows: list[int] = []
    for row, at in enumerate(at_s.tolist()):
        # A hair less: frames of 25 a second lie 0.08 s apart, not 0.0800001.
        if not rows or at - at_s[rows[-1]] >= spacing_s - 1e-3:
            rows.append(row)
    return rows


def sets_of_looks(
    at_s: NDArray[np.float64], looks: int, most: int = WINDOWS
) -> list[tuple[int, ...]]:
    """Return the rows of up to `most` sets of looks, spread over a clip, as a watch gives them.

    None with too few looks `ANALYSED_APART_S` apart.
    """
    spaced = spaced_rows(at_s, ANALYSED_APART_S)
    last = len(spaced) - looks
    if last < 0:
        return []
    starts = np.unique(np.linspace(0, last, most).round().astype(int)).tolist()
    return [tuple(spaced[start : start + looks]) for start in starts]


def quality_of(shown: ShownFace, row: int, assessor: Assessor) -> float:
    """Return the quality of one frame's face, rated as in the watch."""
    one = slice(row, row + 1)
    crop = align(shown.pictures[row], shown.landmarks[one])
    face = Faces.of(shown.boxes[one], np.ones(1, np.float32), shown.landmarks[one])
    return float(assessor.assess(crop, face).quality[0])
