"""Pool the looks of one track into one template, weighted by quality."""

import numpy as np

from facewarden.data import Templates
from facewarden.data.arrays import Float32

LEAST_WEIGHT = 1e-3
"""So that a look of quality 0 is not a division by zero when it is the only one."""


class Fusion:
    """A running quality-weighted mean of unit vectors.

    The mean of unit vectors is the direction with the highest average cosine to them, so a sum
    is all that has to be kept: (d,) whatever the number of looks.
    """

    __slots__ = ("_model_id", "_sum", "looks")

    def __init__(self) -> None:
        self._sum: Float32 | None = None
        self._model_id = ""
        self.looks = 0

    def add(self, look: Templates, quality: float) -> None:
        """Add one look, (1, d), with its quality in [0, 1].

        Raises:
            DataError: a look of another model than the ones before.
        """
        if self._sum is None:
            self._sum = np.zeros(look.vectors.shape[1], np.float32)
            self._model_id = look.model_id
        look.require_model(self._model_id)
        self._sum += look.vectors[0] * np.float32(max(quality, LEAST_WEIGHT))
        self.looks += 1

    def with_look(self, look: Float32, quality: float) -> Float32:
        """Return the (d,) sum with one more look, (d,), as `add` would make it; not of length 1."""
        weighted = look * np.float32(max(quality, LEAST_WEIGHT))
        return weighted if self._sum is None else self._sum + weighted

    def similarity(self, look: Templates) -> float:
        """Return the cosine of one look, (1, d), to the pooled template; 1 before the first.

        Raises:
            DataError: a look of another model than the ones before.
        """
        if self._sum is None:
            return 1.0
        look.require_model(self._model_id)
        return float(self.template().vectors[0] @ look.vectors[0])

    def template(self) -> Templates:
        """Return the pooled template, (1, d), or (0, 0) before the first look."""
        if self._sum is None:
            return Templates.empty(0, self._model_id)
        return Templates.normalised(self._sum[None], self._model_id)
