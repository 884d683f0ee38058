"""A model's card: what a file is, how it is fed and read, and what was measured with it."""

import math
from datetime import date
from itertools import pairwise
from pathlib import PurePath
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from facewarden.data.calibration import ImpostorTail
from facewarden.errors import ModelRefused
from facewarden.models.calibration import TailFit, chosen
from facewarden.models.model_input import (
    ModelInput,
    Name,
    Shape,
    Side,
    Strict,
    face_claims,
    size_claims,
)
from facewarden.models.precision import Engine as Engine  # noqa: PLC0414
from facewarden.models.precision import Precision as Precision  # noqa: PLC0414
from facewarden.models.template_recipe import TemplateRecipe
from facewarden.models.training_record import ClipTrainingRecord, TrainingRecord

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ModelId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class ModelOutput(Strict):
    """An output's name and shape; None stands for any length."""

    name: Name
    shape: Annotated[tuple[Side | None, ...], Field(min_length=1, max_length=4)]


class RuntimeCheck(Strict):
    """A runtime on which this file was seen to run and agree with the others."""

    engine: Engine
    version: Name
    precision: Precision
    date: date


class CalibrationPoint(Strict):
    """The similarity above which a share `fmr` of impostor comparisons lies, and how we know."""

    fmr: float = Field(gt=0, lt=1)
    similarity: float = Field(ge=-1, le=1)
    engine: Engine
    precision: Precision
    data: Words
    comparisons: int = Field(ge=1)
    date: date
    command: Words


class Part(Strict):
    """Another file of the same model, with a card of its own; its hash must be this one."""

    model_id: ModelId
    sha256: Sha256


class ModelCard(Strict):
    """Everything facewarden needs to know about one ONNX file.

    Attributes:
        model_id: also the name of both files.
        kind: "part" for a file that another card names among its parts.
        architecture: how the outputs are read: "yunet" for its 12 heads, "mtcnn" for the first of
            three stages, "mtcnn-stage" for the others, "embedding" for one n x d output that is
            compared by cosine, "presentation" for what `assess/onnx_presentation.py` reads.
        metric: how its publisher compares embeddings. Here they are brought to length 1 and
            compared by cosine whatever it says, which for vectors of one length is the same.
        parts: the other files of a model of several, in the order they are used.
        sha256: of the file as it lies in the cache.
        source_sha256: of the file as its publisher gave it; equal where nothing was changed.
        looks: pictures of one face in one input, in order of time: 1, but for a model that detects
            presentation attacks from several, whose input is n x looks x 3 x height x width.
        embedding_size: d; 0 for what is no embedder.
        compares_with: another embedder whose templates can be compared with this one's, which then
            may embed the looks of a watch for it; None for all that stand alone.
        template: how an embedding becomes a template; None takes it as it is, at length 1.
        calibration: rates counted among photographs; thresholds of `identify` and enrolment.
        tails: fitted to the same, and to looks of tracks; thresholds of watchlists.
        default_fmr: the operating point where a watchlist names no threshold; None for a detector
            and for an embedder that was not calibrated.
        training: of what the laboratory exported: recipe, data and figures.
    """

    model_id: ModelId
    kind: Literal["detector", "embedder", "presentation", "part"]
    architecture: Literal["yunet", "mtcnn", "mtcnn-stage", "embedding", "presentation"]
    description: Words
    sha256: Sha256
    source_sha256: Sha256
    licence: Words
    source: Words
    input: ModelInput
    outputs: Annotated[tuple[ModelOutput, ...], Field(min_length=1, max_length=64)]
    metric: Literal["cosine", "euclidean"] = "cosine"
    parts: tuple[Part, ...] = ()
    looks: int = Field(default=1, ge=1, le=64)
    embedding_size: int = Field(ge=0, le=65536)
    compares_with: ModelId | None = None
    template: TemplateRecipe | None = None
    checked_on: tuple[RuntimeCheck, ...] = ()
    calibration: tuple[CalibrationPoint, ...] = ()
    tails: tuple[TailFit, ...] = ()
    default_fmr: float | None = Field(default=None, gt=0, lt=1)
    training: TrainingRecord | ClipTrainingRecord | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(_contradictions(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def input_shape(self) -> Shape:
        """The input's axes; None stands for any length."""
        looks = (self.looks,) if self.looks > 1 else ()
        return (self.input.batch, *looks, *self.input.picture)

    @property
    def calibrated_for(self) -> tuple[str, ...]:
        """Engines and precisions that a budget gives a threshold for, such as openvino bfloat16."""
        known = {(one.engine, one.precision) for one in self.tails}
        known |= {(one.engine, one.precision) for one in self.calibration}
        return tuple(sorted(f"{engine} {precision}" for engine, precision in known))

    def similarity_at(self, fmr: float, engine: Engine, precision: Precision) -> float:
        """Return the similarity at a false match rate, from this card's calibration.

        Between two calibrated rates it is interpolated linearly in log10(fmr). Points of the same
        precision from the other engine serve where this engine has none: the engines agree to
        1e-6 in the same arithmetic, the precisions only to 1e-2.

        Raises:
            ModelRefused: not calibrated for this precision, or `fmr` outside the calibrated range.
        """
        same = [p for p in self.calibration if p.precision == precision]
        points = [p for p in same if p.engine == engine] or same
        if not points:
            raise ModelRefused(
                f"{self.model_id} has no calibration for {engine} in {precision}",
                remedy="set a threshold for each watchlist, "
                "or run `facewarden calibrate --cohort FOLDER`",
            )
        points.sort(key=lambda p: p.fmr)
        low, high = points[0].fmr, points[-1].fmr
        if not low <= fmr <= high:
            raise ModelRefused(
                f"{self.model_id} is not calibrated for this false match rate",
                expected=f"{low:g} to {high:g}",
                found=f"{fmr:g}",
            )
        for left, right in pairwise(points):
            if left.fmr <= fmr <= right.fmr:
                share = math.log(fmr / left.fmr) / math.log(right.fmr / left.fmr)
                return left.similarity + share * (right.similarity - left.similarity)
        return points[0].similarity

    def tail(self, engine: Engine, precision: Precision) -> ImpostorTail | None:
        """Return the impostor tail for an engine and precision; None where there is none.

        A card with counted rates only gets an exponential tail through its last two.
        """
        fit = chosen(self.tails, engine, precision)
        if fit is not None:
            return fit.tail()
        same = [p for p in self.calibration if p.precision == precision]
        points = [p for p in same if p.engine == engine] or same
        points.sort(key=lambda p: -p.fmr)
        if len(points) < 2:
            return None
        before, last = points[-2:]
        scale = (last.similarity - before.similarity) / math.log(before.fmr / last.fmr)
        if scale <= 0:
            return None
        return ImpostorTail(
            tuple((p.fmr, p.similarity) for p in points), scale, 0.0, trusted_to=last.fmr
        )

    def to_json(self) -> str:
        """Return the text of the card's file."""
        return self.model_dump_json(indent=2) + "\n"


def read_card(text: str | bytes, where: PurePath | str) -> ModelCard:
    """Read a card from its JSON.

    Raises:
        ModelRefused: naming every problem at once.
    """
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as refusal:
        problems = "; ".join(
            ".".join(map(str, problem["loc"])) + (": " if problem["loc"] else "") + problem["msg"]
            for problem in refusal.errors(include_url=False)
        )
        raise ModelRefused(f"the model card {where} is not valid: {problems}") from None


def _contradictions(card: ModelCard) -> list[str]:
    names = [output.name for output in card.outputs]
    claims = {
        "embedder": _embedder_claims,
        "detector": _detector_claims,
        "presentation": _presentation_claims,
        "part": _part_claims,
    }[card.kind](card)
    return [
        problem
        for problem, true in {
            **claims,
            "output names repeat": len(set(names)) == len(names),
            "only an embedder can be compared with another": card.compares_with is None
            or card.kind == "embedder",
            "only a model of presentation attack detection has several looks": card.looks == 1
            or card.kind == "presentation",
            "the training is that of a model of another kind": card.training is None
            or isinstance(card.training, ClipTrainingRecord) == (card.kind == "presentation"),
        }.items()
        if not true
    ]


def _embedder_claims(card: ModelCard) -> dict[str, bool]:
    shape = card.outputs[0].shape[1:]
    return {
        "an embedder has the architecture embedding": card.architecture == "embedding",
        "an embedder has an embedding_size": card.embedding_size > 0,
        f"an embedder has one output, found {len(card.outputs)}": len(card.outputs) == 1,
        f"embedding_size {card.embedding_size} is not the output's length {shape}": shape
        == (card.embedding_size,),
        "template.centre and template.nuisance have embedding_size numbers each": card.template
        is None
        or {len(card.template.centre), len(card.template.nuisance) or card.embedding_size}
        == {card.embedding_size},
        **face_claims(card.input),
    }


def _detector_claims(card: ModelCard) -> dict[str, bool]:
    outputs, parts = {"yunet": (12, 0), "mtcnn": (2, 2)}.get(card.architecture, (0, 0))
    return {
        "a detector has the architecture yunet or mtcnn": outputs > 0,
        **_seeing_claims(card),
        f"{card.architecture} has {outputs} outputs, found {len(card.outputs)}": not outputs
        or len(card.outputs) == outputs,
        f"{card.architecture} has {parts} parts, found {len(card.parts)}": len(card.parts) == parts,
    }


def _part_claims(card: ModelCard) -> dict[str, bool]:
    return {
        "a part has the architecture mtcnn-stage": card.architecture == "mtcnn-stage",
        **_seeing_claims(card),
        "a part has sides of its own": None not in (card.input.height_px, card.input.width_px),
        "a part has no parts": not card.parts,
    }


def _presentation_claims(card: ModelCard) -> dict[str, bool]:
    side, shapes = card.input, [output.shape for output in card.outputs]
    return {
        "a presentation model has the architecture presentation": card.architecture
        == "presentation",
        **_no_embedder_claims(card),
        "a presentation model takes faces and what is around them: alignment square": side.alignment
        == "square",
        **size_claims(side, "a presentation model"),
        f"the alignment square is square, found {side.height_px}x{side.width_px}": side.height_px
        == side.width_px,
        "several looks have the layout nchw": card.looks == 1 or side.layout == "nchw",
        "the first output is n (1 for a living person) or n x 2 (logits of real and spoof)": len(
            shapes[0]
        )
        == 1
        or shapes[0][1:] == (2,),
        "a second output is n x looks x height x width, the attention": len(shapes) == 1
        or (len(shapes) == 2 and len(shapes[1]) == 4),
    }


def _seeing_claims(card: ModelCard) -> dict[str, bool]:
    return {
        **_no_embedder_claims(card),
        f"a {card.kind} takes whole pictures: alignment none": card.input.alignment == "none",
    }


def _no_embedder_claims(card: ModelCard) -> dict[str, bool]:
    return {
        f"a {card.kind} has no embedding_size, template, calibration or default_fmr": not (
            card.embedding_size
            or card.template
            or card.calibration
            or card.tails
            or card.default_fmr
        )
    }
