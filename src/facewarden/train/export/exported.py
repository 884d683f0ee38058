"""A run as files that the rest of facewarden runs, each measured beside the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.errors import InputError
from facewarden.models.card import ModelCard
from facewarden.models.engines import REFERENCE, start
from facewarden.models.feeding import feed
from facewarden.models.half import halved
from facewarden.models.model_input import ModelInput
from facewarden.models.quantise import quantised
from facewarden.models.registry import Registry, sha256
from facewarden.models.template_recipe import TemplateRecipe
from facewarden.models.training_record import MeasuredFigure, TrainingRecord
from facewarden.train.checkpoint import load
from facewarden.train.data.prepared import Prepared
from facewarden.train.export.card_of_run import Named, Weights, completed, draft, input_of
from facewarden.train.export.changed_base import changed_base
from facewarden.train.export.check import AT_ONCE, Agreement, agreement, by_torch
from facewarden.train.export.judging import COMPARED, Judge, embeddings_of, speeds
from facewarden.train.export.onnx_file import to_onnx
from facewarden.train.recipe_file import to_text
from facewarden.train.run_folder import RunFolder

CALIBRATION_FACES = 256
"""Whose activations are the ends of int8's ranges. Of the judged figures they are no part: the
faces are of the part that is trained on, where there is one."""

MOST_JUDGED = 1000
"""Faces that every file is run on."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One file.

    Attributes:
        warnings: engines that must not run it, and why.
        changes: what makes the file of the model that the run began with; None for a whole file.
    """

    model: bytes
    card: ModelCard
    agreement: Agreement
    figures: tuple[MeasuredFigure, ...]
    warnings: tuple[str, ...] = ()
    changes: bytes | None = None


@dataclass(frozen=True, slots=True)
class Faces:
    """Of the prepared data: those that are judged by, and those that int8's ranges come from."""

    judge: Judge
    calibration: NDArray[np.uint8]


def faces_of(prepared: Prepared, split: str, part: str, seed: int) -> Faces:
    """Take the faces of a split's part to judge by, and others for the ranges.

    Raises:
        InputError: no such split, or the part is empty.
    """
    parts = prepared.split(split)
    rows = parts[part]
    if not len(rows):
        raise InputError(
            f"the split {split} has no {part} faces", expected="people to judge the files by"
        )
    random = np.random.default_rng(seed)
    judged = _some_people(rows, prepared.labels, MOST_JUDGED, random)
    others = parts["train"] if len(parts["train"]) else rows
    ranges = np.sort(random.permutation(others)[:CALIBRATION_FACES])
    seen = np.isin(np.unique(prepared.labels[judged]), prepared.labels[parts["train"]])
    unseen = "none of them" if not seen.any() else f"{int(seen.sum())} of them"
    people = len(np.unique(prepared.labels[judged]))
    words = (
        f"{len(judged)} faces of {people} people, part {part} of {split} of prepared data "
        f"{prepared.fingerprint[:12]}; {unseen} trained on"
    )
    return Faces(
        Judge(np.asarray(prepared.images[judged]), prepared.labels[judged], words, seed),
        np.asarray(prepared.images[ranges]),
    )


def export(
    run: RunFolder,
    faces: Faces,
    named: Named,
    *,
    which: Literal["best", "last"],
    kinds: tuple[Weights, ...],
    command: str,
    kept: float = 0.0,
    registry: Registry | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> list[Exported]:
    """Write a run's network as files of the kinds asked for; float32 always comes first.

    Args:
        kept: share of the first weights that is mixed into the trained ones, in [0, 1].
        registry: the float32 file is that of the model which the run began with, from here, with
            what the run changed in it; None writes the network anew.
        told: takes what is done now.

    Raises:
        InputError: no such checkpoint, no first weights to keep, faces of another size, or see
            `changed_base`.
        ModelRefused: a file disagrees with the network, or does not run.
    """
    net = run.backbone(which)
    side = faces.judge.faces.shape[1]
    if side != net.input_size:
        raise InputError(
            "the prepared faces have another size than the network's",
            expected=f"{net.input_size} px",
            found=f"{side} px",
        )
    if kept:
        net = run.towards_first(net, kept)
    step = int(load(run.best if which == "best" else run.last)["place"]["step"])
    told("writes float32")
    base = None if registry is None else changed_base(net, run.recipe, registry)
    plain = to_onnx(net) if base is None else base.model
    fed_as = input_of(net) if base is None else base.card.input
    compared = _compared(faces)
    by_network = by_torch(net, compared)
    made: list[Exported] = []
    first: tuple[Weights, ...] = ("float32",)
    for weights in first + tuple(kind for kind in kinds if kind != "float32"):
        told(f"measures {weights}")
        model = _of_kind(weights, plain, fed_as, faces.calibration)
        card = draft(net, named, weights, model, _source(run))
        changes = base.changes if base is not None and weights == "float32" else None
        if base is not None:
            card = card.model_copy(update={"input": fed_as, "outputs": base.card.outputs})
        if changes is not None:
            card = card.model_copy(update={"source_sha256": sha256(changes)})
        if run.about.get("template"):
            template = TemplateRecipe.model_validate(run.about["template"])
            taught_by = {"template": template, "compares_with": run.about["compares_with"]}
            card = card.model_copy(update=taught_by)
        session = start(model, card, REFERENCE, threads=1)
        agrees = agreement(by_network, embeddings_of(session, card.input, compared))
        if weights == "float32":
            agrees.require()
        figures = faces.judge.figures(embeddings_of(session, card.input, faces.judge.faces))
        costs, refused = speeds(card, model, compared)
        record = TrainingRecord(
            backbone=run.recipe.network.backbone,
            loss=run.recipe.loss.name,
            recipe=to_text(run.recipe),
            step=step,
            data_fingerprint=run.about["data_fingerprint"],
            data_licence=named.data_licence,
            weights=weights,
            kept=kept,
            calibration_faces=len(faces.calibration) if weights == "int8" else 0,
            agreement=agrees.cosine,
            largest_difference=agrees.largest_difference,
            compared=agrees.compared,
            measured_on=faces.judge.words,
            pairs=len(faces.judge.pairs.same),
            figures=figures,
            speeds=costs,
            date=datetime.now(UTC).date(),
            command=command,
        )
        done = completed(card, record, costs)
        made.append(Exported(model, done, agrees, figures, refused, changes))
    return made


def require_free(out: Path, model_ids: Iterable[str]) -> None:
    """Check that no file of these models is there, before minutes are spent on them.

    Raises:
        InputError: one is there already.
    """
    for model_id in model_ids:
        for ending in ("onnx", "json", "npz"):
            path = out / f"{model_id}.{ending}"
            if path.exists():
                raise InputError(f"{path} is there already", remedy="choose another folder or --id")


def write(exported: list[Exported], out: Path) -> list[Path]:
    """Write each file and its card as ID.onnx and ID.json; return the models' paths.

    What changed in the model that the run began with is written as ID.npz.
    """
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"{one.card.model_id}.onnx" for one in exported]
    for one, path in zip(exported, paths, strict=True):
        path.write_bytes(one.model)
        path.with_suffix(".json").write_text(one.card.to_json(), encoding="utf-8")
        if one.changes is not None:
            path.with_suffix(".npz").write_bytes(one.changes)
    return paths


def _source(run: RunFolder) -> str:
    began_with = run.recipe.network.warm_start
    words = f"own training: {run.recipe.loss.name} run of {run.about['started']}"
    return f"{words}, which began with {began_with}" if began_with else words


def _of_kind(weights: Weights, plain: bytes, side: ModelInput, faces: NDArray[np.uint8]) -> bytes:
    if weights == "float16":
        return halved(plain)
    if weights == "int8":
        return quantised(plain, _fed(faces, side))
    return plain


def _fed(faces: NDArray[np.uint8], side: ModelInput) -> list[Float32]:
    return [feed(faces[at : at + AT_ONCE, ..., ::-1], side) for at in range(0, len(faces), AT_ONCE)]


def _compared(faces: Faces) -> NDArray[np.uint8]:
    """Return real faces, and as many pictures of noise: what no training has smoothed."""
    real = faces.judge.faces[:COMPARED]
    noise = np.random.default_rng(0).integers(0, 256, real.shape, np.uint8)
    return np.concatenate([real, noise])


def _some_people(rows: Int64, labels: Int64, most: int, random: np.random.Generator) -> Int64:
    """Return the rows of whole people, drawn until there are `most` faces or nobody is left."""
    people = random.permutation(np.unique(labels[rows]))
    counts = np.array([int((labels[rows] == one).sum()) for one in people])
    kept = people[: max(2, int(np.searchsorted(np.cumsum(counts), most, side="right")))]
    return rows[np.isin(labels[rows], kept)]
