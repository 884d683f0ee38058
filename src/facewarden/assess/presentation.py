"""What tells a living person from a picture of one: presentation attack detection."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of n clips.

    Attributes:
        live: (n,) in [0, 1], higher is more like a bona fide presentation.
        attention: (n, looks, h, w), 0 or more: where the model looked, not normalised (Grad-CAM
            of `live`, Selvaraju et al. 2017); looks is 0 where the model does not say.
    """

    live: Float32
    attention: Float32


class PresentationModel(Protocol):
    """Judges faces shown to a camera, from one picture or from several of one track."""

    @property
    def model_id(self) -> str:
        """The id of its card."""
        ...

    @property
    def looks(self) -> int:
        """How many pictures of a face it sees at once, T."""
        ...

    @property
    def factor(self) -> float:
        """Side of what it sees, in longer sides of the face's box; see `square_crop`."""
        ...

    @property
    def size_px(self) -> int:
        """The same in px, S."""
        ...

    def judge(self, clips: NDArray[np.uint8]) -> Judgement:
        """Judge n clips; n may be 0.

        Args:
            clips: (n, T, S, S, 3) uint8 BGR, each of one face in order of time.

        Raises:
            DataError: clips of another shape or type.
            ModelRefused: the model gave what is no score.
        """
        ...

    def live(self, clips: NDArray[np.uint8]) -> Float32:
        """Return the `live` of `judge`, (n,)."""
        ...
