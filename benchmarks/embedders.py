"""Every embedder of the cache side by side, on LFW's View 2: accuracy and speed.

    scripts/bench embedders --root LFW

Faces are found once, with the landmarks of three sizes as enrolment does, and cut out as each
embedder's card asks; each engine and precision that runs the embedder here has a row. Times are
the processor time of the process on one thread, the least of several runs. `facewarden models
fetch dlib-resnet-v1` and `facewarden models add` bring more embedders.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.lfw import (
    MIN_CONFIDENCE,
    SIZE_PX,
    assumed_landmarks,
    central,
    read_pairs,
)
from facewarden.align.cutter import Cutter
from facewarden.capture.image import read_image
from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.detect.refine import CloseUpDetector
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.evaluate.as_json import plain
from facewarden.evaluate.folds import Folds
from facewarden.evaluate.trade_off import TradeOff
from facewarden.models.builtin import DEFAULT_DETECTOR
from facewarden.models.card import ModelCard
from facewarden.models.engines import choices, start
from facewarden.models.open_session import open_session
from facewarden.models.probe import measure
from facewarden.models.registry import Registry, models_dir

CHUNK = 64
ROUNDS = 20
BATCHES = (1, 8)
WIDTH = 140  # of a table that goes into a file


@dataclass(frozen=True, slots=True)
class Row:
    """One embedder on one engine in one precision; shares, and ms a face."""

    model_id: str
    engine: str
    precision: str
    flip: bool
    accuracy: float
    standard_error: float
    tmr_at_fmr_0_001: float
    auc: float
    eer: float
    cpu_ms_batch_1: float
    cpu_ms_batch_8: float


def subject(image: Image, detector: Detector) -> tuple[Faces, bool]:
    """Return the face nearest the centre, or where it is assumed, and whether it was found."""
    found = detector.detect(image, size_px=SIZE_PX, min_confidence=MIN_CONFIDENCE)
    if len(found):
        return found.take(np.array([central(image, found)])), True
    landmarks = assumed_landmarks(image)[None]
    low, high = landmarks[0].min(axis=0), landmarks[0].max(axis=0)
    reach = (high - low) / 2  # the box of a face goes about so far beyond its landmarks
    box = np.concatenate([low - reach, high + reach])[None].astype(np.float32)
    return Faces.of(box, np.zeros(1, np.float32), landmarks), False


def milliseconds(embedder: OnnxEmbedder, crops: NDArray[np.uint8]) -> float:
    """Return the least processor time a face, in ms."""
    times = []
    for _ in range(ROUNDS):
        began = process_time()
        embedder.embed(crops)
        times.append(process_time() - began)
    return 1e3 * min(times) / len(crops)


def embedders(registry: Registry, wanted: list[str], *, flip: bool) -> list[OnnxEmbedder]:
    """Open every embedder on every engine and precision that agrees with the reference."""
    opened = []
    for card in registry.list():
        if card.kind != "embedder" or (wanted and card.model_id not in wanted):
            continue
        _, model = registry.load(card.model_id)
        trials = {trial.choice: trial for trial in measure(card, model)}
        for choice in choices():
            if trials[choice].refused:
                print(f"{card.model_id} on {' '.join(choice)}: {trials[choice].refused}")
                continue
            opened.append(OnnxEmbedder(start(model, card, choice, threads=1), card, flip=flip))
    return opened


def verified(
    one: OnnxEmbedder, vectors: Float32, pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    same: NDArray[np.bool_], fold: NDArray[np.int64], crops: NDArray[np.uint8], *, flip: bool,
) -> Row:  # fmt: skip
    scores = (vectors[pairs[0]] * vectors[pairs[1]]).sum(axis=1).astype(np.float64)
    accuracies = [part.accuracy for part in Folds(scores, same, fold).accuracies()]
    trade_off = TradeOff(scores[same], scores[~same])
    times = [milliseconds(one, np.repeat(crops, n, axis=0)[:n]) for n in BATCHES]
    return Row(
        model_id=one.model_id,
        engine=one.engine,
        precision=one.precision,
        flip=flip,
        accuracy=float(np.mean(accuracies)),
        standard_error=float(np.std(accuracies, ddof=1) / np.sqrt(len(accuracies))),
        tmr_at_fmr_0_001=float(trade_off.accepted_at((1e-3,))[0]),
        auc=trade_off.area(),
        eer=trade_off.equal_error(),
        cpu_ms_batch_1=times[0],
        cpu_ms_batch_8=times[1],
    )


def shown(rows: list[Row]) -> None:
    table = Table("embedder", "engine", "accuracy", "TMR at FMR 0.1 %", "AUC", "EER",
                  "ms a face, alone", "in eights")  # fmt: skip
    for row in rows:
        table.add_row(
            row.model_id + (" + mirrored" if row.flip else ""),
            f"{row.engine} {row.precision}",
            f"{100 * row.accuracy:.2f} % ± {100 * row.standard_error:.2f}",
            f"{100 * row.tmr_at_fmr_0_001:.2f} %",
            f"{row.auc:.5f}",
            f"{100 * row.eer:.2f} %",
            f"{row.cpu_ms_batch_1:.1f}",
            f"{row.cpu_ms_batch_8:.1f}",
        )
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--root", type=Path, required=True, help="folder of LFW")
    arguments.add_argument("--models", type=Path, help="folder of models")
    arguments.add_argument("--embedder", action="append", default=[], help="only this; repeat it")
    arguments.add_argument("--flip", action="store_true", help="pool with the mirrored face")
    arguments.add_argument("--json", type=Path, help="where to write the figures")
    chosen = arguments.parse_args()
    cv2.setNumThreads(1)
    registry = Registry(models_dir(chosen.models))
    detector_card, finder = open_session(registry, DEFAULT_DETECTOR)
    detector = CloseUpDetector(YuNet(finder, detector_card))
    opened = embedders(registry, chosen.embedder, flip=chosen.flip)
    cutters = {one.model_id: Cutter(card_of(registry, one.model_id).input) for one in opened}
    pairs = read_pairs(chosen.root)
    paths = sorted({*pairs.left, *pairs.right})
    place = {path: row for row, path in enumerate(paths)}
    vectors = [np.zeros((len(paths), one.dimension), np.float32) for one in opened]
    unfound, sample = 0, {}
    for begin in range(0, len(paths), CHUNK):
        images = [read_image(path)[0] for path in paths[begin : begin + CHUNK]]
        faces = [subject(image, detector) for image in images]
        unfound += sum(not found for _, found in faces)
        for model_id, cutter in cutters.items():
            crops = np.concatenate(
                [cutter.cut(image, face) for image, (face, _) in zip(images, faces, strict=True)]
            )
            sample[model_id] = crops[: max(BATCHES)]
            for row, one in enumerate(opened):
                if one.model_id == model_id:
                    vectors[row][begin : begin + CHUNK] = one.embed(crops).vectors
    sides = (
        np.array([place[path] for path in pairs.left]),
        np.array([place[path] for path in pairs.right]),
    )
    rows = [
        verified(one, its, sides, pairs.same, pairs.fold, sample[one.model_id], flip=chosen.flip)
        for one, its in zip(opened, vectors, strict=True)
    ]
    print(f"{len(pairs.same)} pairs of {len(paths)} images, {unfound} undetected")
    shown(rows)
    if chosen.json:
        chosen.json.write_text(json.dumps(plain([asdict(row) for row in rows]), indent=2) + "\n")


def card_of(registry: Registry, model_id: str) -> ModelCard:
    return registry.get(model_id)[0]


if __name__ == "__main__":
    main()
