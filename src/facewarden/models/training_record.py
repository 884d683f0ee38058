"""Where the weights of a model of one's own come from, and what was measured of them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from facewarden.models.model_input import Name, Strict
from facewarden.models.precision import Engine, Precision

Told = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class MeasuredFigure(Strict):
    """A figure on people the training never saw, with its interval at 95 %.

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


class Training(Strict):
    """How a file of weights was made, whatever it tells apart.

    Attributes:
        loss: its name in the laboratory's catalogue.
        recipe: the whole recipe, as YAML.
        step: at which the weights were taken.
        data_fingerprint: SHA-256 over the prepared faces or clips that it was trained on.
        data_licence: of these, as the user names it.
        largest_difference: between an output of the file and of the network itself, in its unit.
        compared: faces or clips that both were run on.
        measured_on: which faces or clips the figures are of.
        command: that exported it.
    """

    loss: Name
    recipe: Annotated[str, StringConstraints(min_length=1, max_length=20000)]
    step: int = Field(ge=0)
    data_fingerprint: Digest
    data_licence: Told
    largest_difference: float = Field(ge=0)
    compared: int = Field(ge=1)
    measured_on: Told
    figures: Annotated[tuple[MeasuredFigure, ...], Field(max_length=16)] = ()
    date: date
    command: Told


class TrainingRecord(Training):
    """How an embedder was made.

    Attributes:
        backbone: its name in the laboratory's catalogue.
        weights: what numbers the file keeps them in.
        calibration_faces: that int8's ranges were measured on; 0 for the others.
        kept: share of the first weights that was mixed into the trained ones.
        agreement: least cosine between the file's embeddings and those of the network itself.
        pairs: compared for the figures.
    """

    backbone: Name
    weights: Literal["float32", "float16", "int8"]
    calibration_faces: int = Field(default=0, ge=0)
    kept: float = Field(default=0.0, ge=0, le=1)
    agreement: float = Field(ge=-1, le=1)
    pairs: int = Field(ge=0)
    speeds: Annotated[tuple[MeasuredSpeed, ...], Field(max_length=8)] = ()


class ClipTrainingRecord(Training):
    """How a model that detects presentation attacks was made.

    Attributes:
        network: its name in the laboratory's catalogue.
        surface: data and recipe of the network of single looks that is a part of it; empty where
            there is none.
        clips: the figures are counted over, of people whom the training never saw.
    """

    network: Name
    surface: Annotated[str, StringConstraints(max_length=20000)] = ""
    clips: int = Field(ge=1)
