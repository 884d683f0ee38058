"""Labeled Faces in the Wild: verification (View 2).

    python -m benchmarks.lfw --root DIR [--engine openvino --precision bfloat16] [--single]

DIR holds `images/` and `pairs.txt` (Huang et al. 2007; first line: folds and pairs of each kind).
Every image goes through the product's own detect, align and embed code. Where no face is found the
central crop is embedded instead, and counted: leaving such pairs out would flatter the result.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.detect.refine import CloseUpDetector
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.geometry.similarity import ARCFACE_112
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.card import Engine, Precision
from facewarden.models.open_session import open_session, open_stages
from facewarden.models.registry import Registry, models_dir
from facewarden.wiring.eyes import make_detector

SIZE_PX = 640
MIN_CONFIDENCE = 0.6
CENTRAL_FACE_PX = 125  # deep-funneled LFW: the aligned square covers about half of the 250 px
CHUNK = 16
ONE_PERSON = {
    # Two names of one person: spelling, order, nickname, marriage, change of name.
    "Noer_Moeis": "Noer_Muis",
    "Hasan_Wirayuda": "Hassan_Wirajuda",
    "Chyung_Dai-chul": "Dai_Chul_Chyung",
    "Bill_Pryor": "William_Pryor_Jr",
    "Cristina_Fernandez": "Cristina_Kirchner",
    "Bison_Dele": "Brian_Williams",
    # One photograph under two names: the grey levels of the whole pictures correlate to 0.99.
    "Bart_Hendricks": "Ricky_Ray",
    "Gabrielle_Rose": "Martha_Bowen",
}
"""Names among the most alike impostors whose comparison is certainly none; calibration takes the
two as one person, and prints what it would be if it did not."""
BINS = 200_000  # of the similarity histogram: 1e-5 each
RATES = (1e-3, 1e-4, 1e-5, 1e-6)


@dataclass(slots=True)
class Cost:
    """Seconds spent, and what was met on the way."""

    detect_s: float = 0.0
    align_s: float = 0.0
    embed_s: float = 0.0
    images: int = 0
    undetected: list[str] = field(default_factory=list)

    def line(self) -> str:
        each = [1e3 * s / self.images for s in (self.detect_s, self.align_s, self.embed_s)]
        return (
            f"{sum(each):.1f} ms an image: detect {each[0]:.1f}, align {each[1]:.2f}, "
            f"embed {each[2]:.1f} (batches of {CHUNK})"
        )


def central(image: Image, faces: Faces) -> int:
    """The subject of an LFW image is the face nearest its centre."""
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    return int(np.linalg.norm(centres - middle, axis=1).argmin())


def assumed_landmarks(image: Image) -> Float32:
    corner = (np.array([image.shape[1], image.shape[0]]) - CENTRAL_FACE_PX) / 2
    template = np.array(ARCFACE_112, np.float32) * (CENTRAL_FACE_PX / 112)
    return (template + corner).astype(np.float32)


def templates(
    paths: list[Path],
    detector: Detector,
    embedder: OnnxEmbedder,
    cost: Cost,
    *,
    min_confidence: float = MIN_CONFIDENCE,
) -> Float32:
    """Return (n, d) unit vectors of the subjects of n images."""
    vectors = []
    for start in range(0, len(paths), CHUNK):
        crops = []
        for path in paths[start : start + CHUNK]:
            image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
            began = perf_counter()
            faces = detector.detect(image, size_px=SIZE_PX, min_confidence=min_confidence)
            cost.detect_s += perf_counter() - began
            if len(faces):
                landmarks = faces.landmarks[central(image, faces)]
            else:
                cost.undetected.append(path.name)
                landmarks = assumed_landmarks(image)
            began = perf_counter()
            crops.append(align(image, landmarks[None]))
            cost.align_s += perf_counter() - began
        began = perf_counter()
        vectors.append(embedder.embed(np.concatenate(crops)).vectors)
        cost.embed_s += perf_counter() - began
        cost.images += len(crops)
    return np.concatenate(vectors)


@dataclass(frozen=True, slots=True)
class Pairs:
    """n pairs of images: their paths, whether they show one person, and their fold."""

    left: list[Path]
    right: list[Path]
    same: NDArray[np.bool_]
    fold: NDArray[np.int64]


def read_pairs(root: Path) -> Pairs:
    """Read pairs.txt: per fold, lines `name i j` for one person, `name i name j` for two."""
    lines = (root / "pairs.txt").read_text(encoding="utf-8").split("\n")
    folds, of_each = map(int, lines[0].split())

    def image(name: str, number: str) -> Path:
        file = f"{name}_{int(number):04d}.jpg"
        nested = root / "images" / name / file
        return nested if nested.exists() else root / "images" / file

    left, right, same = [], [], []
    for line in lines[1 : 1 + folds * 2 * of_each]:
        words = line.split()
        one = len(words) == 3
        left.append(image(words[0], words[1]))
        right.append(image(words[0] if one else words[2], words[-1]))
        same.append(one)
    return Pairs(left, right, np.array(same), np.arange(len(left)) // (2 * of_each))


def best_threshold(similarity: Float32, same: NDArray[np.bool_]) -> float:
    """The threshold of highest accuracy, midway between the neighbouring similarities."""
    order = np.argsort(similarity)
    accepted_if_above = np.concatenate([[0], np.cumsum(~same[order])]) + np.concatenate(
        [np.cumsum(same[order][::-1])[::-1], [0]]
    )
    place = int(accepted_if_above.argmax())
    padded = np.concatenate([[-1.0], similarity[order], [1.0]])
    return float((padded[place] + padded[place + 1]) / 2)


def verification(similarity: Float32, pairs: Pairs) -> str:
    accuracies = []
    for fold in np.unique(pairs.fold):
        test = pairs.fold == fold
        threshold = best_threshold(similarity[~test], pairs.same[~test])
        accuracies.append(((similarity[test] >= threshold) == pairs.same[test]).mean())
    error = np.std(accuracies, ddof=1) / np.sqrt(len(accuracies))
    impostor = np.sort(similarity[~pairs.same])[::-1]
    allowed = int(len(impostor) * 1e-3)
    tmr = (similarity[pairs.same] > impostor[allowed]).mean()
    return (
        f"accuracy {100 * np.mean(accuracies):.2f} % +- {100 * error:.2f} (standard error, "
        f"{len(accuracies)} folds); TMR {100 * tmr:.2f} % at FMR 0.1 % "
        f"({allowed} of {len(impostor)} impostor pairs)"
    )


def impostor_blocks(
    vectors: Float32, people: NDArray[np.int64], rows: int = 512
) -> Iterator[tuple[int, Float32, NDArray[np.bool_]]]:
    """Yield blocks of similarities, and where two different people are compared for the first time.

    Never more than `rows` x n at once.
    """
    columns = np.arange(len(vectors))
    for start in range(0, len(vectors), rows):
        stop = min(start + rows, len(vectors))
        later = columns[None] > columns[start:stop, None]
        yield (
            start,
            vectors[start:stop] @ vectors.T,
            later & (people[None] != people[start:stop, None]),
        )


def impostor_histogram(vectors: Float32, people: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = np.zeros(BINS, np.int64)
    for _, similarity, impostor in impostor_blocks(vectors, people):
        place = ((similarity[impostor] + 1) * (BINS / 2)).astype(np.int64)
        counts += np.bincount(np.clip(place, 0, BINS - 1), minlength=BINS)
    return counts


def similarity_at(counts: NDArray[np.int64], rate: float) -> float:
    """The lowest bin edge that no more than `rate` of the comparisons reach."""
    reach = np.cumsum(counts[::-1])[::-1]
    allowed = rate * counts.sum()
    return float(np.flatnonzero(reach <= allowed)[0] / (BINS / 2) - 1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--root", type=Path, required=True, help="folder of LFW")
    arguments.add_argument("--models", type=Path, help="folder of models")
    arguments.add_argument(
        "--single", action="store_true", help="landmarks as detected, as in video"
    )
    arguments.add_argument("--detector", default=DEFAULT_DETECTOR)
    arguments.add_argument("--embedder", default=DEFAULT_EMBEDDER)
    arguments.add_argument("--engine", default="auto", choices=["auto", *Engine])
    arguments.add_argument("--precision", type=Precision, choices=list(Precision))
    chosen = arguments.parse_args()
    registry = Registry(models_dir(chosen.models))
    asked = {"engine": chosen.engine, "precision": chosen.precision}
    stages = open_stages(registry, chosen.detector, **asked)
    detector_card, finder = stages[0]
    embedder_card, session = open_session(registry, chosen.embedder, **asked)
    single = make_detector(stages)
    detector = single if chosen.single else CloseUpDetector(single)
    embedder = OnnxEmbedder(session, embedder_card)
    print(
        f"{detector_card.model_id} on {finder.engine} {finder.precision}, "
        f"{embedder_card.model_id} on {session.engine} {session.precision}"
    )
    pairs = read_pairs(chosen.root)
    paths = sorted({*pairs.left, *pairs.right})
    cost = Cost()
    vectors = dict(zip(paths, templates(paths, detector, embedder, cost), strict=True))
    left = np.array([vectors[path] for path in pairs.left])
    right = np.array([vectors[path] for path in pairs.right])
    print(f"{len(pairs.same)} pairs of {len(paths)} images, {len(cost.undetected)} undetected")
    print(verification((left * right).sum(axis=1), pairs))
    print(cost.line())


if __name__ == "__main__":
    main()
