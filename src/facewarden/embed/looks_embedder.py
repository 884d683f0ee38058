"""An embedder of its own for looks of a watch, compared with the references of another."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Templates
from facewarden.data.calibration import ImpostorTail
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.precision import Engine, Precision


class LooksEmbedder:
    """An Embedder whose templates are compared with those that another one made of photographs.

    Such as one that was taught by that other to know poor video. Its templates count as the
    other's; how alike strangers are is its own: of its looks and the other's references.

    Args:
        looks: embeds; its card names the other in `compares_with`.
        references_of: the other's id.
    """

    def __init__(self, looks: OnnxEmbedder, references_of: str) -> None:
        self._looks = looks
        self._references_of = references_of

    @property
    def model_id(self) -> str:
        """The id of the embedder that made the references."""
        return self._references_of

    @property
    def scored_by(self) -> str:
        """The id of the card whose calibration counts."""
        return self._looks.model_id

    @property
    def engine(self) -> Engine:
        """What runs the model."""
        return self._looks.engine

    @property
    def precision(self) -> Precision:
        """The arithmetic it runs in."""
        return self._looks.precision

    @property
    def dimension(self) -> int:
        """Length of a template."""
        return self._looks.dimension

    @property
    def default_threshold(self) -> float:
        """Similarity at the operating point of the looks' card.

        Raises:
            ModelRefused: that card has no calibration for engine and precision.
        """
        return self._looks.default_threshold

    def similarity_at(self, fmr: float) -> float:
        """Return the similarity at a false match rate, by the looks' card.

        Raises:
            ModelRefused: that card has no calibration that covers it.
        """
        return self._looks.similarity_at(fmr)

    @property
    def tail(self) -> ImpostorTail | None:
        """How alike strangers' looks are to references; None where that was not fitted."""
        return self._looks.tail

    def embed(self, crops: NDArray[np.uint8]) -> Templates:
        """Embed n aligned faces; see `OnnxEmbedder.embed`."""
        return Templates(self._looks.embed(crops).vectors, self._references_of)

    def glance(self, crops: NDArray[np.uint8]) -> Templates:
        """Embed n aligned faces at less cost; see `OnnxEmbedder.glance`."""
        return Templates(self._looks.glance(crops).vectors, self._references_of)
