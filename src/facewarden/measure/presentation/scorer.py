"""What scores a clip: a model, or a cue that needs no network."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.measure.presentation.shown_face import ShownFace


class Scorer(Protocol):
    """Scores clips as they are."""

    @property
    def name(self) -> str:
        """What the tables call it."""
        ...

    @property
    def threshold(self) -> float | None:
        """At and above which it says "bona fide" by itself; None where it has no such place."""
        ...

    def score(self, shown: ShownFace) -> float:
        """Return how like a bona fide presentation the clip is; NaN where it cannot say."""
        ...


class FittedScorer(Protocol):
    """Scores clips by what it learnt from others of the same list."""

    @property
    def name(self) -> str:
        """What the tables call it."""
        ...

    def describe(self, shown: ShownFace) -> NDArray[np.float32]:
        """Return (d,) what it keeps of a clip; all NaN where it cannot say."""
        ...

    def fit_and_score(
        self,
        known: NDArray[np.float32],
        attack: NDArray[np.bool_],
        asked: NDArray[np.float32],
    ) -> NDArray[np.float64]:
        """Learn from n clips, return the scores of m others.

        Args:
            known: (n, d) finite descriptions.
            attack: (n,) which of them are attacks; both kinds are there.
            asked: (m, d) finite descriptions.

        Returns:
            (m,) higher is more like a bona fide presentation.
        """
        ...
