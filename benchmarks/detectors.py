"""YuNet, MTCNN and a Haar cascade side by side, on the same data.

    scripts/bench detectors --root ANNOTATED --lfw LFW [--close-up] [--every N] [--json FILE]

ANNOTATED is a data set that `facewarden evaluate detection` reads; its product code counts here
too. LFW holds images/ and pairs.txt: the default embedder behind each detector, landmarks of one
size as in video. A face that is not found is embedded from the centre of its image, and counted.
Time is processor time of all threads for a picture, one picture at a time. Fetch the models with
`facewarden models fetch yunet-2023mar sface-2021dec-centred mtcnn`.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.haar import Haar
from benchmarks.lfw import Cost, Pairs, read_pairs, templates
from facewarden.detect.detector import Detector
from facewarden.detect.refine import CloseUpDetector
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.evaluate.detection import HeightClass, rates
from facewarden.evaluate.folds import Folds
from facewarden.evaluate.trade_off import TradeOff
from facewarden.measure.annotations import Annotations, read_annotations
from facewarden.measure.detecting import Detected, detect_all
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER, MTCNN
from facewarden.models.open_session import open_session, open_stages
from facewarden.models.registry import Registry, models_dir
from facewarden.wiring.eyes import make_detector

SIZES_PX = (320, 640, 1280)
HEIGHTS = (HeightClass("20", 20), HeightClass("40", 40))


@dataclass(frozen=True, slots=True)
class Entry:
    """A detector and the confidence from which it is believed."""

    name: str
    detector: Detector
    min_confidence: float


@dataclass(frozen=True, slots=True)
class Found:
    """How a detector finds faces at one size; recall and AP of faces >= 20 and >= 40 px."""

    detector: str
    size_px: int
    precision: float
    recall: tuple[float, ...]
    average_precision: tuple[float, ...]
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Recognised:
    """How well faces are recognised behind a detector."""

    detector: str
    accuracy: float
    standard_error: float
    tmr: float
    images: int
    undetected: int


def entries(registry: Registry) -> list[Entry]:
    """The default detector and MTCNN as a camera believes them, and all that Haar says."""
    seeing = [make_detector(open_stages(registry, name)) for name in (DEFAULT_DETECTOR, MTCNN)]
    return [*(Entry(one.model_id, one, 0.6) for one in seeing), Entry("Haar", Haar(), 0.0)]


def finding(entry: Entry, annotations: Annotations) -> list[Found]:
    seen, _ = detect_all(
        annotations, entry.detector, sizes_px=SIZES_PX, min_confidence=entry.min_confidence
    )
    return [_found(entry, one) for one in seen]


def _found(entry: Entry, seen: Detected) -> Found:
    whole, tall = (
        rates(seen.images, height, min_confidence=entry.min_confidence) for height in HEIGHTS
    )
    own = entry.detector
    cpu_ms = np.array(seen.cpu_ms)
    if isinstance(own, Haar):
        cpu_ms = 1e3 * np.array(own.cpu_s[seen.size_px])
    return Found(
        entry.name,
        seen.size_px,
        whole.precision.value,
        (whole.recall.value, tall.recall.value),
        (whole.average_precision.value, tall.average_precision.value),
        float(cpu_ms.mean()),
    )


def recognising(entry: Entry, embedder: OnnxEmbedder, pairs: Pairs) -> Recognised:
    paths = sorted({*pairs.left, *pairs.right})
    cost = Cost()
    found = templates(paths, entry.detector, embedder, cost, min_confidence=entry.min_confidence)
    vectors = dict(zip(paths, found, strict=True))
    left, right = (np.array([vectors[path] for path in side]) for side in (pairs.left, pairs.right))
    similarity = (left * right).sum(axis=1)
    accuracies = np.array(
        [one.accuracy for one in Folds(similarity, pairs.same, pairs.fold).accuracies()]
    )
    (tmr,) = TradeOff(similarity[pairs.same], similarity[~pairs.same]).accepted_at((1e-3,))
    return Recognised(
        entry.name,
        float(accuracies.mean()),
        float(accuracies.std(ddof=1) / np.sqrt(len(accuracies))),
        float(tmr),
        len(paths),
        len(cost.undetected),
    )


def thinned(pairs: Pairs, every: int) -> Pairs:
    """Every n-th pair of each fold."""
    rows: NDArray[np.int64] = np.arange(0, len(pairs.same), every)
    return Pairs(
        [pairs.left[row] for row in rows],
        [pairs.right[row] for row in rows],
        pairs.same[rows],
        pairs.fold[rows],
    )


def tabulated(found: list[Found], recognised: list[Recognised]) -> None:
    console = Console(width=120)
    table = Table(
        "detector", "size px", "precision", "recall >= 20 px", ">= 40 px", "AP >= 20 px",
        ">= 40 px", "CPU ms",
    )  # fmt: skip
    for row in found:
        shares = (row.precision, *row.recall, *row.average_precision)
        cells = [f"{share:.3f}" for share in shares]
        table.add_row(row.detector, str(row.size_px), *cells, f"{row.cpu_ms:.1f}")
    console.print(table)
    table = Table("detector", "LFW accuracy %", "TMR % at FMR 0.1 %", "not found")
    for one in recognised:
        table.add_row(
            one.detector,
            f"{100 * one.accuracy:.2f} +- {100 * one.standard_error:.2f}",
            f"{100 * one.tmr:.2f}",
            f"{one.undetected} of {one.images}",
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="annotated data set")
    parser.add_argument("--lfw", type=Path, required=True, help="folder of LFW")
    parser.add_argument("--models", type=Path, help="folder of models")
    parser.add_argument(
        "--close-up", action="store_true", help="also with landmarks found again close up"
    )
    parser.add_argument("--every", type=int, default=1, help="take every n-th pair of LFW")
    parser.add_argument("--json", type=Path, help="write the figures here")
    chosen = parser.parse_args()
    registry = Registry(models_dir(chosen.models))
    card, session = open_session(registry, DEFAULT_EMBEDDER)
    embedder = OnnxEmbedder(session, card)
    rows = entries(registry)
    annotations = read_annotations(chosen.root)
    found = [row for entry in rows for row in finding(entry, annotations)]
    behind = list(rows)
    if chosen.close_up:
        behind += [
            Entry(f"{one.name}, close up", CloseUpDetector(one.detector), one.min_confidence)
            for one in rows[:2]
        ]
    pairs = thinned(read_pairs(chosen.lfw), chosen.every)
    recognised = [recognising(entry, embedder, pairs) for entry in behind]
    tabulated(found, recognised)
    if chosen.json:
        figures = {
            "found": [asdict(row) for row in found],
            "recognised": [asdict(row) for row in recognised],
        }
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
