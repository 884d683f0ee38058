"""A run as a file that the watch runs: ONNX with a card."""

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.errors import InputError, ModelRefused
from facewarden.models.card import ModelCard, RuntimeCheck
from facewarden.models.engines import REFERENCE, choices, start, versions
from facewarden.models.precision import Engine, Precision
from facewarden.models.registry import sha256
from facewarden.train.export.onnx_file import OPSET
from facewarden.train.presentation.clip_batches import ClipBatches
from facewarden.train.presentation.clip_run import ClipRun
from facewarden.train.presentation.grad_cam import ExplainedClip
from facewarden.train.presentation.networks.clip_network import PooledNetwork
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.record import training_record

INPUT, LIVE, ATTENTION = "clips", "live", "attention"
LARGEST_DIFFERENCE = 1e-3
"""Between `live` of the file and of the network, beyond which an export is wrong. Sums in another
order leave 2e-5 (mobile, ONNX Runtime, 2026-11-22)."""
COMPARED = 8
TIMED = 20


@dataclass(frozen=True, slots=True)
class Named:
    """What only the user can say.

    Attributes:
        licence: under which the weights may be used.
        data_licence: of the clips, and of the photographs of the surface network.
        description: what it is; empty for words of ours.
    """

    model_id: str
    licence: str
    data_licence: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file, its card and what was measured.

    Attributes:
        difference: the largest between `live` of the file and of the network, over `compared`
            clips.
        milliseconds: of one clip on one thread, the median, on each engine and precision.
        refused: engines whose `live` differs too much, and by how much.
    """

    model: bytes
    card: ModelCard
    difference: float
    compared: int
    milliseconds: dict[tuple[Engine, Precision], float]
    refused: dict[tuple[Engine, Precision], float]


def export(
    run: ClipRun,
    clips: PreparedClips,
    named: Named,
    *,
    command: str,
    told: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Write a run's best network with its calibrated score, and compare the file with it.

    Args:
        clips: that it was trained on; some of them are compared.
        command: that asked for this, for the card.
        told: takes what is done now.

    Raises:
        InputError: the run has not ended, or its network explains itself only by a second pass.
        ModelRefused: the file disagrees with the network.
    """
    net = run.network()
    if not isinstance(net, PooledNetwork):
        raise InputError(
            f"{run.recipe.network.name} is not exported",
            expected="a network whose embedding is linear in its pooled maps, so that the file can "
            "say where it looked",
        )
    explained = ExplainedClip(net, run.score()).eval()
    told("writes the file")
    model = _to_onnx(explained, run.recipe.network.looks, net.input_size)
    some = _some(run, clips)
    with torch.inference_mode():
        live, attention = explained(some)
    card = _card(run, clips, named, model, attention)
    by_network = np.asarray(live.numpy(), np.float32)
    # Those are laid over each other already.
    as_fed = card.model_copy(update={"input": card.input.model_copy(update={"registered": False})})
    speeds: dict[tuple[Engine, Precision], float] = {}
    refused: dict[tuple[Engine, Precision], float] = {}
    difference = 0.0
    for choice in choices():
        told(f"measures {choice[0]} in {choice[1]}")
        session = start(model, card, choice, threads=1)
        pictures = np.ascontiguousarray(
            some.permute(0, 1, 3, 4, 2).flip(-1).numpy().astype(np.uint8)
        )
        apart = float(np.abs(OnnxPresentation(session, as_fed).live(pictures) - by_network).max())
        if choice == REFERENCE:
            difference = apart
            if not apart <= LARGEST_DIFFERENCE:
                raise ModelRefused(
                    "the exported file disagrees with the network",
                    expected=f"live within {LARGEST_DIFFERENCE:g}",
                    found=f"{apart:.2g}",
                )
        # As the probe of models has it, which is what chooses the engine later.
        if apart > 0.05:
            refused[choice] = apart
            continue
        speeds[choice] = _milliseconds(OnnxPresentation(session, card), pictures[:1])
    now, today = versions(), datetime.now(UTC).date()
    checks = tuple(
        RuntimeCheck(engine=engine, version=now[engine], precision=precision, date=today)
        for engine, precision in speeds
    )
    record = training_record(
        run, named.data_licence, difference=difference, compared=len(some), command=command
    )
    card = card.model_copy(update={"checked_on": checks, "training": record})
    return Exported(model, card, difference, len(some), speeds, refused)


def write(exported: Exported, out: Path) -> Path:
    """Write the file and its card as ID.onnx and ID.json; return the file's path.

    Raises:
        InputError: one is there already.
    """
    path = out / f"{exported.card.model_id}.onnx"
    for one in (path, path.with_suffix(".json")):
        if one.exists():
            raise InputError(f"{one} is there already", remedy="choose another folder or --id")
    out.mkdir(parents=True, exist_ok=True)
    path.write_bytes(exported.model)
    path.with_suffix(".json").write_text(exported.card.to_json(), encoding="utf-8")
    return path


def _to_onnx(net: ExplainedClip, looks: int, side: int) -> bytes:
    # Two clips: a batch of one would be taken for part of the shape.
    example = torch.rand(2, *([looks] if looks > 1 else []), 3, side, side) * 255
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        torch.no_grad(),
    ):
        path = Path(folder) / "net.onnx"
        # The exporter by torch.export needs another package, onnxscript; this one serves.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net, (example,), path, dynamo=False, opset_version=OPSET,
            input_names=[INPUT], output_names=[LIVE, ATTENTION],
            dynamic_axes={INPUT: {0: "n"}, LIVE: {0: "n"}, ATTENTION: {0: "n"}},
        )  # fmt: skip
        return path.read_bytes()


def _some(run: ClipRun, clips: PreparedClips) -> Tensor:
    """Return (m, T, 3, S, S) whole numbers of clips of both kinds."""
    batches = ClipBatches(clips, run.recipe)
    half = COMPARED // 2
    rows = [*np.flatnonzero(clips.attack)[:half], *np.flatnonzero(~clips.attack)[:half]]
    return torch.cat([batches.judged(int(row))[:1] for row in rows])


def _card(
    run: ClipRun, clips: PreparedClips, named: Named, model: bytes, attention: Tensor
) -> ModelCard:
    network = run.recipe.network
    digest = sha256(model)
    factor = float(clips.about["factor"]) * network.input_size / clips.size_px
    return ModelCard.model_validate(
        {
            "model_id": named.model_id,
            "kind": "presentation",
            "architecture": "presentation",
            "description": named.description
            or f"{network.name} with {run.recipe.loss.name}, trained by facewarden's laboratory to "
            f"tell a living person from a picture by {network.looks} looks; live is calibrated to "
            "0.5 at the equal error rate of people kept aside.",
            "sha256": digest,
            "source_sha256": digest,
            "licence": named.licence,
            "source": f"own training: {run.recipe.loss.name} run of clips "
            f"{clips.fingerprint[:12]}, seed {run.recipe.seed}",
            "input": {
                "name": INPUT, "height_px": network.input_size, "width_px": network.input_size,
                "colour": "rgb", "mean": 0.0, "scale": 1.0, "alignment": "square",
                "factor": round(factor, 6), "registered": network.registered,
            },
            "outputs": [
                {"name": LIVE, "shape": [None]},
                {"name": ATTENTION, "shape": [None, *attention.shape[1:]]},
            ],
            "looks": network.looks,
            "embedding_size": 0,
        }
    )  # fmt: skip


def _milliseconds(judge: OnnxPresentation, clip: NDArray[np.uint8]) -> float:
    times: list[float] = []
    for _ in range(TIMED):
        began = perf_counter()
        judge.judge(clip)
        times.append(1000 * (perf_counter() - began))
    return float(np.median(times))
