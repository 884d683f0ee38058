"""The embed stage: from aligned faces to templates."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Templates
from facewarden.data.calibration import ImpostorTail


class Embedder(Protocol):
    """Turns aligned faces into unit vectors; calls may come from several threads at once."""

    @property
    def model_id(self) -> str:
        """The id of the card whose templates these compare with."""
        ...

    @property
    def scored_by(self) -> str:
        """The id of the card whose calibration counts: of the model that embeds."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a template."""
        ...

    @property
    def default_threshold(self) -> float:
        """Similarity at the card's default operating point."""
        ...

    def similarity_at(self, fmr: float) -> float:
        """Return the similarity that different people reach at this false match rate.

        Raises:
            ModelRefused: the card has no calibration that covers it.
        """
        ...

    @property
    def tail(self) -> ImpostorTail | None:
        """How alike strangers are, fitted; None where the model was not calibrated so."""
        ...

    def embed(self, crops: NDArray[np.uint8]) -> Templates:
        """Embed n aligned faces in one batch; n may be 0.

        Args:
            crops: (n, 112, 112, 3) uint8 BGR on the ArcFace template; for an embedder whose card
                asks for another crop, what align/cutter.py makes.
        """
        ...

    def glance(self, crops: NDArray[np.uint8]) -> Templates:
        """Embed as `embed` does, at less cost where the model has a way: the same space, rougher.

        Enough to tell whether a face may be somebody's; what is decided on comes from `embed`.
        """
        ...
