"""Presentation attack detection by any ONNX model with a card of that kind."""

import numpy as np
from numpy.typing import NDArray

from facewarden.assess.presentation import Judgement
from facewarden.data import Float32
from facewarden.data.arrays import require_shape
from facewarden.errors import ModelRefused
from facewarden.geometry.registration import registered
from facewarden.models.card import ModelCard
from facewarden.models.feeding import feed
from facewarden.models.reading_live import live_of
from facewarden.models.session import Session

BATCH = 8
"""Clips in one call of the runtime, which bounds its memory: five looks of 224 px in float32 take
3 MB, and a network's layers some ten times that."""


class OnnxPresentation:
    """A PresentationModel.

    Args:
        session: runs the model.
        card: says how pictures are fed, how many looks make an input, and what the outputs are.

    Raises:
        ModelRefused: the card is of another kind.
    """

    def __init__(self, session: Session, card: ModelCard) -> None:
        if card.kind != "presentation" or card.input.factor is None or card.input.width_px is None:
            raise ModelRefused(
                f"{card.model_id} does not detect presentation attacks",
                expected="a model of the kind presentation",
                found=f"a {card.kind}",
            )
        self._session = session
        self._card = card
        self._factor = card.input.factor
        self._size_px = card.input.width_px

    @property
    def model_id(self) -> str:
        """The id of its card."""
        return self._card.model_id

    @property
    def looks(self) -> int:
        """How many pictures of a face it sees at once."""
        return self._card.looks

    @property
    def factor(self) -> float:
        """Side of what it sees, in longer sides of the face's box."""
        return self._factor

    @property
    def size_px(self) -> int:
        """The same in px."""
        return self._size_px

    def judge(self, clips: NDArray[np.uint8]) -> Judgement:
        """Judge n clips; see `PresentationModel`."""
        side = self._size_px
        require_shape("clips", clips, (None, self.looks, side, side, 3), np.uint8)
        step = self._card.input.batch or BATCH
        outputs = [self._run(clips[at : at + step]) for at in range(0, len(clips), step)]
        if not outputs:
            return Judgement(np.zeros(0, np.float32), _nowhere(0))
        return Judgement(
            np.concatenate([live for live, _ in outputs]),
            np.concatenate([attention for _, attention in outputs]),
        )

    def live(self, clips: NDArray[np.uint8]) -> Float32:
        """Return the `live` of `judge`, (n,)."""
        return self.judge(clips).live

    def _run(self, clips: NDArray[np.uint8]) -> tuple[Float32, Float32]:
        count = len(clips)
        if self._card.input.registered:
            clips = np.stack([registered(looks) for looks in clips])
        fed = feed(clips if self.looks > 1 else clips[:, 0], self._card.input)
        lacking = (self._card.input.batch or 0) - count
        if lacking > 0:  # a file with a fixed batch takes no fewer
            fed = np.concatenate([fed, np.repeat(fed[-1:], lacking, axis=0)])
        outputs = [output[:count] for output in self._session.run(fed)]
        live = live_of(outputs[0])
        if not ((live >= 0) & (live <= 1)).all():  # NaN is neither
            raise ModelRefused(
                f"{self.model_id} gave a score outside [0, 1]",
                expected="1 for a living person, 0 for an attack",
                found=", ".join(f"{value:g}" for value in live[:5]),
                remedy="check the card's outputs, colour, mean and scale, or use another engine",
            )
        return live, outputs[1] if len(outputs) > 1 else _nowhere(count)


def _nowhere(count: int) -> Float32:
    return np.zeros((count, 0, 1, 1), np.float32)
