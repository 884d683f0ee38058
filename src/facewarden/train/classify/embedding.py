"""Templates of prepared faces, by any embedder with a card."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.config.models import ModelsSettings
from facewarden.data import Float32, Int64
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import InputError, ModelRefused
from facewarden.models.card import ModelCard
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.train.data.prepared import Prepared

CHUNK = 64
"""Faces in memory at once."""


class FaceEmbedding:
    """Embeds faces of prepared data.

    Args:
        card: of an embedder that takes the ArcFace template, whatever its side; prepared faces
            are on that template, and are scaled to the side that the card asks for.

    Raises:
        ModelRefused: the card is not of such a one.
    """

    def __init__(self, card: ModelCard, embedder: OnnxEmbedder) -> None:
        if card.kind != "embedder" or card.input.alignment != "arcface-112":
            raise ModelRefused(
                f"{card.model_id} does not take prepared faces",
                expected="an embedder with the alignment arcface-112",
                found=f"a {card.kind} with the alignment {card.input.alignment}",
            )
        self._side_px = card.input.height_px or 112
        self._embedder = embedder

    @property
    def words(self) -> str:
        """The model, and what runs it."""
        one = self._embedder
        return f"{one.model_id} on {one.engine} in {one.precision}"

    def embed(
        self, prepared: Prepared, rows: Int64, *, done: Callable[[int], None] = lambda _: None
    ) -> Float32:
        """Return (n, d) unit templates of the rows.

        Args:
            done: called with how many are done.
        """
        found = np.zeros((len(rows), self._embedder.dimension), np.float32)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            crops = [self._fitted(prepared.images[row]) for row in chunk]
            found[start : start + len(chunk)] = self._embedder.embed(np.stack(crops)).vectors
            done(start + len(chunk))
        return found

    def of_crops(self, crops: NDArray[np.uint8]) -> Float32:
        """Return (n, d) unit templates of (n, h, w, 3) uint8 BGR crops on the model's side."""
        return self._embedder.embed(crops).vectors

    def _fitted(self, image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> (
        np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    ):  # fmt: skip
        """Return a face as (h, w, 3) uint8 BGR on the side of the model."""
        bgr = np.ascontiguousarray(image[..., ::-1])
        if bgr.shape[0] == self._side_px:
            return bgr
        smaller = self._side_px < bgr.shape[0]
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        sized = cv2.resize(bgr, (self._side_px, self._side_px), interpolation=how)
        return np.asarray(sized, np.uint8)


def open_embedding(model: str, settings: ModelsSettings) -> FaceEmbedding:
    """Open a model by its id in the cache, by the path of its card, or by the folder it lies in.

    Args:
        model: of a folder, that of a training run among others, the one card in it or in a folder
            in it counts; its ONNX file lies beside it.

    Raises:
        InputError: no card there, or several.
        ModelMissing, ModelRefused: as `open_session` and `FaceEmbedding`.
    """
    registry, model_id = _found(model, settings)
    card, session = open_session(
        registry, model_id, engine=settings.engine, threads=settings.threads
    )
    return FaceEmbedding(card, OnnxEmbedder(session, card))


def card_of(model: str, settings: ModelsSettings) -> ModelCard:
    """Return the card of a model that is named as for `open_embedding`.

    Raises:
        InputError, ModelMissing, ModelRefused: as there.
    """
    registry, model_id = _found(model, settings)
    return registry.get(model_id)[0]


def _found(model: str, settings: ModelsSettings) -> tuple[Registry, str]:
    path = Path(model)
    if path.is_dir():
        beside = [file.with_suffix(".json") for depth in ("*", "*/*")
                  for file in sorted(path.glob(f"{depth}.onnx"))]  # fmt: skip
        cards = [card for card in beside if card.is_file()]
        if len(cards) != 1:
            raise InputError(
                f"{path} holds {'several models' if cards else 'no model with a card'}",
                expected="one ONNX file with its card beside it",
                found=", ".join(card.name for card in cards) or "none",
                remedy="name the card, or export the run",
            )
        path = cards[0]
    if path.suffix == ".json" and path.is_file():
        return Registry(path.parent), path.stem
    return Registry(settings.cache_dir), model
