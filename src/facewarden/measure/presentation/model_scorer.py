"""A model of presentation attack detection as a scorer of clips."""

import numpy as np
from numpy.typing import NDArray

from facewarden.assess.assessor import Assessor
from facewarden.assess.presentation import PresentationModel
from facewarden.errors import InputError
from facewarden.measure.presentation.looks import quality_of, sets_of_looks
from facewarden.measure.presentation.shown_face import KEPT_FACTOR, ShownFace

CALIBRATED = 0.5
"""Where models are calibrated to have their threshold."""


class ModelScorer:
    """Scores a clip by one model.

    A model of several looks sees up to `WINDOWS` sets of looks, `ANALYSED_APART_S` apart. A model
    of one look sees the look of the highest quality, as in the watch. A clip with fewer looks than
    the model takes has no answer.

    Raises:
        InputError: the model wants to see more around a face than is kept of a picture.
    """

    def __init__(self, model: PresentationModel, assessor: Assessor, *, loss: str = "") -> None:
        if model.factor > KEPT_FACTOR:
            raise InputError(
                f"{model.model_id} looks too far around the face",
                expected=f"a factor of at most {KEPT_FACTOR:g}",
                found=f"{model.factor:g}",
            )
        self._model, self._assessor = model, assessor
        self.loss, self.looks = loss, model.looks

    @property
    def name(self) -> str:
        """The model's id."""
        return self._model.model_id

    @property
    def threshold(self) -> float | None:
        """Where models are calibrated to have it."""
        return CALIBRATED

    def score(self, shown: ShownFace) -> float:
        """Return the mean `live` of the clip's sets of looks; NaN with too few looks."""
        if self._model.looks == 1 and len(shown):
            rows = [self._best(shown)]
        else:
            rows = sets_of_looks(shown.at_s, self._model.looks)
        if not rows:
            return float("nan")
        clips = np.stack([self._looks(shown, one) for one in rows])
        return float(self._model.live(clips).mean())

    def _looks(self, shown: ShownFace, rows: tuple[int, ...]) -> NDArray[np.uint8]:
        factor, size_px = self._model.factor, self._model.size_px
        return np.stack([shown.square(row, factor, size_px) for row in rows])

    def _best(self, shown: ShownFace) -> tuple[int, ...]:
        quality = [quality_of(shown, row, self._assessor) for row in range(len(shown))]
        return (int(np.argmax(quality)),)
