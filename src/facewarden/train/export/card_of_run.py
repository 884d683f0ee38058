"""The card of a model that the laboratory made."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from facewarden.models.card import ModelCard, RuntimeCheck
from facewarden.models.engines import versions
from facewarden.models.model_input import ModelInput
from facewarden.models.registry import sha256
from facewarden.models.training_record import MeasuredSpeed, TrainingRecord
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.export.onnx_file import INPUT, OUTPUT

Weights = Literal["float32", "float16", "int8"]


@dataclass(frozen=True, slots=True)
class Named:
    """What only the user can say.

    Attributes:
        model_id: of the float32 file; the others add their arithmetic.
        licence: under which the weights may be used.
        data_licence: of the faces that they were trained on.
        description: may be empty.
    """

    model_id: str
    licence: str
    data_licence: str
    description: str = ""

    def id_of(self, weights: Weights) -> str:
        """Return the id of a file: templates of two arithmetics are kept apart by it."""
        ending = {"float32": "", "float16": "-fp16", "int8": "-int8"}[weights]
        return self.model_id + ending


def draft(net: Backbone, named: Named, weights: Weights, model: bytes, source: str) -> ModelCard:
    """Return a card that says how the file is fed, with nothing measured yet.

    Args:
        source: the run that it came from, in words.
    """
    about: dict[str, Any] = {
        "model_id": named.id_of(weights),
        "kind": "embedder",
        "architecture": "embedding",
        "description": named.description
        or f"{type(net).__name__} in {weights}, trained by facewarden's laboratory.",
        "sha256": sha256(model),
        "source_sha256": sha256(model),
        "licence": named.licence,
        "source": source,
        "input": input_of(net).model_dump(),
        "outputs": [{"name": OUTPUT, "shape": (None, net.embedding_size)}],
        "embedding_size": net.embedding_size,
    }
    return ModelCard.model_validate(about)


def input_of(net: Backbone) -> ModelInput:
    """Return how a network's file is fed: as it was in training."""
    return ModelInput(
        name=INPUT,
        height_px=net.input_size,
        width_px=net.input_size,
        colour="rgb",
        mean=net.preprocessing.mean,
        scale=net.preprocessing.scale,
        alignment="arcface-112",  # what prepared faces are cut by
    )


def completed(
    card: ModelCard, record: TrainingRecord, speeds: tuple[MeasuredSpeed, ...]
) -> ModelCard:
    """Return the card with what was measured; a runtime is checked where it has a speed."""
    now, today = versions(), datetime.now(UTC).date()
    checks = tuple(
        RuntimeCheck(
            engine=speed.engine, version=now[speed.engine], precision=speed.precision, date=today
        )
        for speed in speeds
    )
    return card.model_copy(update={"checked_on": checks, "training": record})
