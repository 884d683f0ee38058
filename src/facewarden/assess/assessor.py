"""The assess stage: which looks are worth the cost of embedding."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Assessment, Faces


class Assessor(Protocol):
    """Rates aligned faces; every column in [0, 1], higher is better."""

    def assess(self, crops: NDArray[np.uint8], faces: Faces) -> Assessment:
        """Rate n looks.

        Args:
            crops: (n, 112, 112, 3) uint8 BGR, aligned.
            faces: the n rows they were cut from; boxes and landmarks in px of the picture.
        """
        ...
