"""An embedder that asks two others: similarity is the mean of theirs."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Templates
from facewarden.data.calibration import ImpostorTail
from facewarden.embed.embedder import Embedder
from facewarden.errors import ModelRefused


class TwoOpinions:
    """Unit vectors side by side, so that one cosine is the mean of two."""

    def __init__(self, one: Embedder, other: Embedder) -> None:
        self._one, self._other = one, other

    @property
    def model_id(self) -> str:
        """Another id than either's: their templates must not be compared with these."""
        return f"{self._one.model_id}+{self._other.model_id}"

    @property
    def dimension(self) -> int:
        """Length of a template."""
        return self._one.dimension + self._other.dimension

    @property
    def default_threshold(self) -> float:
        """Similarity at the default operating point: not known, see `similarity_at`."""
        return self.similarity_at(1e-6)

    def similarity_at(self, fmr: float) -> float:
        """Refuse: the calibration of neither holds for both."""
        raise ModelRefused(f"{self.model_id} was not calibrated at {fmr:g}", remedy="calibrate it")

    @property
    def tail(self) -> ImpostorTail | None:
        """How alike strangers are: not known either, so every watchlist needs a threshold."""
        return None

    def embed(self, crops: NDArray[np.uint8]) -> Templates:
        """Embed (n, 112, 112, 3) uint8 BGR aligned faces; n may be 0."""
        pair = (self._one.embed(crops).vectors, self._other.embed(crops).vectors)
        return Templates.normalised(np.concatenate(pair, axis=1), self.model_id)
