"""What a file is worth on people its training never saw, and what a face costs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.verification import PairScores, Verification
from facewarden.models.card import ModelCard
from facewarden.models.engines import REFERENCE, choices, start
from facewarden.models.feeding import feed
from facewarden.models.model_input import ModelInput
from facewarden.models.probe import EMBEDDER_BATCHES, measure
from facewarden.models.session import Session
from facewarden.models.training_record import MeasuredFigure, MeasuredSpeed
from facewarden.train.export.check import AT_ONCE, agreement
from facewarden.train.validation_pairs import Pairs, draw_pairs

MOST_PAIRS = 3000
"""Of one person, and as many of two: they show a false match rate of 1 % with 30 errors."""

FMR = 0.01
COMPARED = 64
"""Faces on which engines are compared, and a file with the network."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Faces to judge files by: the same for each.

    Attributes:
        faces: (n, S, S, 3) uint8 RGB.
        people: (n,) who is on each.
        words: which faces they are.
    """

    faces: NDArray[np.uint8]
    people: Int64
    words: str
    seed: int = 0

    @property
    def pairs(self) -> Pairs:
        """The pairs that are compared."""
        return draw_pairs(self.people, most=MOST_PAIRS, seed=self.seed)

    def figures(self, embeddings: Float32) -> tuple[MeasuredFigure, ...]:
        """Return the figures of `facewarden evaluate verification`; none without both kinds.

        Args:
            embeddings: (n, d) of the faces, of any length.
        """
        pairs = self.pairs
        if not pairs.same.any() or pairs.same.all():
            return ()
        unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
        similarity = (unit[pairs.left] * unit[pairs.right]).sum(axis=1).astype(np.float64)
        names, who = np.unique(self.people, return_inverse=True)
        left, right = (who[side].astype(np.int64) for side in (pairs.left, pairs.right))
        found = Verification(
            PairScores(similarity, pairs.same, pairs.fold, left, right, len(names))
        )
        named = {
            "auc": found.auc,
            f"tmr at fmr {FMR:g}": found.tmr[FMR],
            "equal error rate": found.eer,
            "accuracy": found.accuracy,
        }
        return tuple(_figure(name, one) for name, one in named.items() if np.isfinite(one.value))


def embeddings_of(session: Session, side: ModelInput, faces: NDArray[np.uint8]) -> Float32:
    """Return (n, d) embeddings by a file, fed as its card says.

    Args:
        faces: (n, S, S, 3) uint8 RGB.
    """
    parts = [
        session.run(feed(faces[at : at + AT_ONCE, ..., ::-1], side))[0]
        for at in range(0, len(faces), AT_ONCE)
    ]
    return np.concatenate(parts)


def speeds(
    card: ModelCard, model: bytes, faces: NDArray[np.uint8]
) -> tuple[tuple[MeasuredSpeed, ...], tuple[str, ...]]:
    """Measure every engine of this machine; also return why some must not be used.

    Args:
        faces: (n, S, S, 3) uint8 RGB, on which the engines are compared; n at least 1.
    """
    expected = embeddings_of(start(model, card, REFERENCE, threads=1), card.input, faces)
    trials = {trial.choice: trial for trial in measure(card, model)}
    made, refused = [], []
    for choice in choices():
        trial = trials[choice]
        if trial.refused:
            refused.append(f"{card.model_id} on {' '.join(choice)}: {trial.refused}")
            continue
        found = embeddings_of(start(model, card, choice, threads=1), card.input, faces)
        made.append(
            MeasuredSpeed(
                engine=choice[0],
                precision=choice[1],
                ms_per_face=round(trial.milliseconds / len(EMBEDDER_BATCHES), 4),
                cosine=agreement(expected, found).cosine,
            )
        )
    return tuple(made), tuple(refused)


def _figure(name: str, one: Estimate) -> MeasuredFigure:
    low, high = (one.low, one.high) if one.has_interval else (None, None)
    return MeasuredFigure(name=name, value=one.value, low=low, high=high)
