"""An embedder that runs any ONNX model with a card."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Templates
from facewarden.data.arrays import require_shape
from facewarden.data.calibration import ImpostorTail
from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.feeding import feed
from facewarden.models.session import Session

BATCH = 16
"""Crops in one call of the runtime, which bounds its memory; beyond 8 a face gets no cheaper."""


class OnnxEmbedder:
    """An Embedder for one n x d output that is compared by cosine.

    Args:
        session: runs the model.
        card: its input says how crops are fed, its template what becomes of the output, its
            calibration gives the threshold.
        flip: add the mirrored face's embedding also where the card's template does not: twice the
            cost, fewer false non-matches. The card's calibration is for the card's template.
    """

    def __init__(self, session: Session, card: ModelCard, *, flip: bool = False) -> None:
        self._session = session
        self._card = card
        self._flip = flip or (card.template is not None and card.template.flip)

    @property
    def model_id(self) -> str:
        """The id of the embedder's card."""
        return self._card.model_id

    @property
    def scored_by(self) -> str:
        """The id of the card whose calibration counts."""
        return self._card.model_id

    @property
    def engine(self) -> Engine:
        """What runs the model."""
        return self._session.engine

    @property
    def precision(self) -> Precision:
        """The arithmetic it runs in."""
        return self._session.precision

    @property
    def dimension(self) -> int:
        """Length of a template."""
        return self._card.embedding_size

    @property
    def default_threshold(self) -> float:
        """Similarity at the card's operating point, for the session's engine and precision.

        Raises:
            ModelRefused: the card has no calibration for them.
        """
        if self._card.default_fmr is None:
            raise ModelRefused(
                f"{self.model_id} was not calibrated",
                remedy="set a threshold for each watchlist, or calibrate it",
            )
        return self.similarity_at(self._card.default_fmr)

    def similarity_at(self, fmr: float) -> float:
        """Return the similarity at a false match rate, for the session's engine and precision.

        Raises:
            ModelRefused: the card has no calibration that covers it.
        """
        return self._card.similarity_at(fmr, self._session.engine, self._session.precision)

    @property
    def tail(self) -> ImpostorTail | None:
        """How alike strangers are, for the session's engine and precision; None without a fit."""
        return self._card.tail(self._session.engine, self._session.precision)

    def embed(self, crops: NDArray[np.uint8]) -> Templates:
        """Embed n aligned faces; n may be 0.

        Args:
            crops: (n, height, width, 3) uint8 BGR of the card's input, 112x112 for the default;
                cut out as its alignment says, see align/cutter.py.

        Raises:
            DataError: crops of another shape or type.
            ModelRefused: the model gave a vector that is zero or not finite.
        """
        return self._embedded(crops, flip=self._flip)

    def glance(self, crops: NDArray[np.uint8]) -> Templates:
        """Embed n aligned faces without their mirror images: at half the cost where `embed` flips.

        Args:
            crops: as for `embed`.

        Raises:
            DataError, ModelRefused: as `embed`.
        """
        return self._embedded(crops, flip=False)

    def _embedded(self, crops: NDArray[np.uint8], *, flip: bool) -> Templates:
        side = self._card.input
        require_shape("crops", crops, (None, side.height_px, side.width_px, 3), np.uint8)
        if flip:  # in one batch with their mirror images, which costs a tenth less than in two
            unit = self._units(np.concatenate([crops, crops[:, :, ::-1]]))
            unit = unit[: len(crops)] + unit[len(crops) :]
            unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
        else:
            unit = self._units(crops)
        recipe = self._card.template
        vectors = unit if recipe is None else recipe.apply(unit)
        return Templates.normalised(vectors, self.model_id)

    def _units(self, crops: NDArray[np.uint8]) -> Float32:
        vectors = np.zeros((len(crops), self.dimension), np.float32)
        step = self._card.input.batch or BATCH
        for start in range(0, len(crops), step):
            vectors[start : start + step] = self._unit(crops[start : start + step])
        return vectors

    def _unit(self, crops: NDArray[np.uint8]) -> Float32:
        fed = feed(crops, self._card.input)
        lacking = (self._card.input.batch or 0) - len(fed)
        if lacking > 0:  # a file with a fixed batch takes no fewer
            fed = np.concatenate([fed, np.repeat(fed[-1:], lacking, axis=0)])
        vectors = self._session.run(fed)[0][: len(crops)]
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(length) & (length > 1e-6)).all():
            raise ModelRefused(
                f"{self.model_id} gave an embedding that is zero or not finite",
                expected="finite vectors",
                found=f"lengths {length.ravel().tolist()}",
                remedy="check the card's colour, mean and scale, or use another engine",
            )
        return np.asarray(vectors / length, np.float32)
