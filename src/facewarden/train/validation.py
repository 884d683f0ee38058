"""How well a network recognises the people it is judged by, with the figures of evaluation."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from facewarden.data import Float32, Int64
from facewarden.errors import DataError
from facewarden.evaluate.verification import PairScores, Verification
from facewarden.train.augment.pipeline import Augment
from facewarden.train.feed import feed
from facewarden.train.loader import batches
from facewarden.train.recipe import ValidationRecipe
from facewarden.train.training_data import TrainingData
from facewarden.train.validation_pairs import Pairs, draw_pairs

AT_ONCE = 128
"""Faces embedded together."""

FMR = 0.01
"""Of the true match rate by which checkpoints are chosen: a few thousand pairs can show it."""

NONE = float("nan")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Figures in [0, 1], higher is better; NaN where the data cannot give them.

    Attributes:
        tmr: true match rate at a false match rate of `FMR`.
        auc: area under the ROC.
        accuracy: of pairs, mean over folds, the threshold from the other folds.
        rank1: share of closed-set searches whose nearest prototype is the right person's.
    """

    tmr: float = NONE
    auc: float = NONE
    accuracy: float = NONE
    rank1: float = NONE

    def figures(self) -> dict[str, float]:
        """Return the figures by name."""
        return {field.name: float(getattr(self, field.name)) for field in fields(self)}


class Validator:
    """Judges a network again and again by the same faces, pairs and references.

    Args:
        data: whose validation part is judged by.
        recipe: how many pairs and references.
        seed: of the draw of both.
        device: that the network lies on.
        augment: what probes are changed by first, always in the same way; None for nothing.
    """

    def __init__(
        self,
        data: TrainingData,
        recipe: ValidationRecipe,
        seed: int,
        device: torch.device,
        augment: Augment | None = None,
    ) -> None:
        self._data, self._device, self._recipe = data, device, recipe
        self._seed, self._augment = seed, augment
        people = data.prepared.labels[data.validation]
        self._pairs = draw_pairs(people, most=recipe.pairs, seed=seed)
        self._references = (
            _first_of_each(data.class_of[data.train], recipe.references, seed)
            if data.closed
            else np.zeros(0, np.int64)
        )

    @property
    def judges(self) -> bool:
        """Whether there is anything to judge by."""
        return bool(self.best_by)

    @property
    def best_by(self) -> str:
        """Name of the figure that makes a checkpoint the best; empty where there is none."""
        can = []
        if self._data.closed:
            can.append("rank1")
        if self._pairs.same.any() and not self._pairs.same.all():
            can.append("auc")
            if (~self._pairs.same).sum() >= 1 / FMR:
                can.append("tmr")
            if len(np.unique(self._pairs.fold)) > 1:
                can.append("accuracy")
        wanted = self._recipe.best_by
        if wanted == "auto":
            return can[0] if can else ""
        if can and wanted not in can:
            raise DataError(
                f"validation.best_by: the split {self._data.split} gives no {wanted}",
                expected=", ".join(can),
                found=f"{len(self._data.validation)} validation faces, "
                f"{int(self._pairs.same.sum())} pairs of one person, "
                f"{int((~self._pairs.same).sum())} of two (tmr needs {1 / FMR:.0f})",
            )
        return wanted if can else ""

    def judge(self, net: nn.Module) -> Judgement:
        """Return the figures of a network; its mode is as before.

        Raises:
            DataError: embeddings that are not finite.
        """
        faces = self.embed(net, self._data.validation)
        probes = faces
        if self._augment:
            probes = self.embed(net, self._data.validation, self._augment)
        found = {}
        if self._data.closed:
            found["rank1"] = self._rank1(net, probes)
        pairs = self._pairs
        if pairs.same.any() and not pairs.same.all():
            similarity = (faces[pairs.left] * probes[pairs.right]).sum(1).astype(np.float64)
            found |= _verified(pairs, similarity, self._data.prepared.labels[self._data.validation])
        return Judgement(**found)

    def embed(self, net: nn.Module, rows: Int64, augment: Augment | None = None) -> Float32:
        """Return (n, d) unit vectors of some rows of the prepared faces, changed by `augment`.

        Raises:
            DataError: embeddings that are not finite.
        """
        if not len(rows):
            return np.zeros((0, 1), np.float32)
        found = np.concatenate(list(self._embedded(net, rows, augment)))
        # Among ruined prototypes too there is a nearest.
        ruined = int((~np.isfinite(found).all(1)).sum())
        if ruined:
            raise DataError(
                "the network gives embeddings that are no numbers",
                expected="embeddings that are numbers",
                found=f"{ruined} of {len(found)} that are none",
            )
        return found

    def _embedded(self, net: nn.Module, rows: Int64, augment: Augment | None) -> Iterator[Float32]:
        was_training = net.training
        net.eval()
        chunks = [rows[at : at + AT_ONCE].tolist() for at in range(0, len(rows), AT_ONCE)]
        generator = torch.Generator(self._device).manual_seed(self._seed)
        with torch.inference_mode():
            for batch in batches(self._data, chunks, self._device):
                # Preprocessing is the network's own, so that it cannot be fed otherwise.
                images = batch.images
                if augment:
                    images = augment(images, batch.landmarks, generator)
                fed = feed(images, net.preprocessing, torch.contiguous_format)  # type: ignore[arg-type]
                vectors = nn.functional.normalize(net(fed).float(), dim=1)
                yield vectors.cpu().numpy()
        net.train(was_training)

    def _rank1(self, net: nn.Module, faces: Float32) -> float:
        rows = self._data.train[self._references]
        references = self.embed(net, rows)
        prototypes = np.zeros((self._data.classes, references.shape[1]), np.float32)
        np.add.at(prototypes, self._data.class_of[rows], references)
        prototypes /= np.maximum(np.linalg.norm(prototypes, axis=1, keepdims=True), 1e-12)
        nearest = (faces @ prototypes.T).argmax(1)
        return float((nearest == self._data.class_of[self._data.validation]).mean())


def _verified(pairs: Pairs, similarity: NDArray[np.float64], people: Int64) -> dict[str, float]:
    numbers, subject = np.unique(people, return_inverse=True)
    found = Verification(
        PairScores(
            similarity, pairs.same, pairs.fold,
            subject[pairs.left].astype(np.int64), subject[pairs.right].astype(np.int64),
            len(numbers),
        )
    )  # fmt: skip
    # Not `found.auc`: its interval costs a thousand times the figure.
    return {
        "auc": float(found.trade_off.area()),
        "tmr": float(found.trade_off.accepted_at((FMR,))[0]),
        "accuracy": float(np.mean([fold.accuracy for fold in found.folds] or [NONE])),
    }


def _first_of_each(classes: Int64, most: int, seed: int) -> Int64:
    """Return places of at most `most` of each class, drawn."""
    order = np.random.default_rng(seed).permutation(len(classes))
    by_class = order[np.argsort(classes[order], kind="stable")]
    sorted_classes = classes[by_class]
    starts = np.searchsorted(sorted_classes, sorted_classes, side="left")
    return np.sort(by_class[np.arange(len(classes)) - starts < most])
