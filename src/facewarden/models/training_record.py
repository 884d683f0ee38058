"""Where the weights of a model of one's own come from, and what was measured of them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from facewarden.models.model_input import Name, Strict
from facewarden.models.precision import Engine, Precision

Told = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class MeasuredFigure(Strict):
    """A figure of verification on people the training never saw, with its interval at 95 %.

    Attributes:
        value: a share in [0, 1].
        low, high: None where the data give no interval.
    """

    name: Name
    value: float = Field(ge=0, le=1)
    low: float | None = None
    high: float | None = None


class MeasuredSpeed(Strict):
    """What a face costs on one engine of the machine that exported; other machines differ.

    Attributes:
        ms_per_face: mean of single faces and of batches of eight, one thread.
        cosine: least one to the file's own run on ONNX Runtime, over the faces compared.
    """

    engine: Engine
    precision: Precision
    ms_per_face: float = Field(gt=0)
    cosine: float = Field(ge=-1, le=1)


class TrainingRecord(Strict):
    """How a file of weights was made.

    Attributes:
        backbone, loss: names in the laboratory's catalogues.
        recipe: the whole recipe, as YAML.
        step: at which the weights were taken.
        data_fingerprint: SHA-256 over the prepared faces that it was trained on.
        data_licence: of these faces, as the user names it.
        weights: what numbers the file keeps them in.
        calibration_faces: that int8's ranges were measured on; 0 for the others.
        agreement: least cosine between the file's embeddings and those of the network itself.
        largest_difference: between their coordinates, in the embedding's own unit.
        compared: faces that both were run on.
        measured_on: which faces the figures are of.
        pairs: compared for the figures.
        command: that exported it.
    """

    backbone: Name
    loss: Name
    recipe: Annotated[str, StringConstraints(min_length=1, max_length=20000)]
    step: int = Field(ge=0)
    data_fingerprint: Digest
    data_licence: Told
    weights: Literal["float32", "float16", "int8"]
    calibration_faces: int = Field(default=0, ge=0)
    agreement: float = Field(ge=-1, le=1)
    largest_difference: float = Field(ge=0)
    compared: int = Field(ge=1)
    measured_on: Told
    pairs: int = Field(ge=0)
    figures: Annotated[tuple[MeasuredFigure, ...], Field(max_length=16)] = ()
    speeds: Annotated[tuple[MeasuredSpeed, ...], Field(max_length=8)] = ()
    date: date
    command: Told
