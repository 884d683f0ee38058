"""Measure what the quality of a look does to similarity: `python -m benchmarks.quality SHARED`.

Takes genuine pairs of LFW, degrades one picture of each by a growing amount and prints, for every
amount, the median of the raw measure and the share of similarity that is left; then how well the
lowest part and the product of parts rank looks that are degraded in several ways at random.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.assess.pose import angles_deg
from facewarden.assess.quality import Quality, contrast, sharpness
from facewarden.assess.quality import overexposed as clipped
from facewarden.data import Faces, Float32, Image
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry, models_dir

Look = tuple[Image, Faces]
Degrade = Callable[[Image, float, np.random.Generator], Image]
PAIRS = 250


def blurred(image: Image, sigma_heights: float, _: np.random.Generator) -> Image:
    return cv2.GaussianBlur(image, (0, 0), max(sigma_heights, 1e-3)).astype(np.uint8)


def darkened(image: Image, factor: float, random: np.random.Generator) -> Image:
    noisy = image * factor + random.normal(0, 2, image.shape)
    darker: Image = np.clip(np.round(noisy), 0, 255).astype(np.uint8)
    return darker


def overexposed(image: Image, factor: float, _: np.random.Generator) -> Image:
    brighter: Image = np.clip(image * float(factor), 0, 255).astype(np.uint8)
    return brighter


def shrunk(look: Look, height_px: float) -> Look:
    image, face = look
    factor = height_px / float(face.height_px[0])
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    scaled = Faces.of(
        (face.boxes * factor).astype(np.float32),
        face.confidence,
        (face.landmarks * factor).astype(np.float32),
    )
    return small.astype(np.uint8), scaled


def crops(looks: list[Look]) -> NDArray[np.uint8]:
    return np.concatenate([align(image, faces.landmarks) for image, faces in looks])


def grey(found: NDArray[np.uint8]) -> Float32:
    return np.stack([cv2.cvtColor(c, cv2.COLOR_BGR2GRAY) for c in found]).astype(np.float32)


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.argsort().argsort().astype(np.float64)


def genuine(folder: Path, detector: YuNet, most: int = PAIRS) -> tuple[list[Look], list[Look]]:
    rows = [line.split() for line in (folder / "pairs.txt").read_text().splitlines()]
    same = [row for row in rows if len(row) == 3]
    pairs: tuple[list[Look], list[Look]] = ([], [])
    for name, *numbers in same[:: max(len(same) // most, 1)][:most]:
        looks = []
        for number in numbers:
            path = folder / "images" / name / f"{name}_{int(number):04d}.jpg"
            image: Image = np.asarray(cv2.imread(str(path)), np.uint8)
            found = detector.detect(image, size_px=640, min_confidence=0.6)
            if len(found):
                middle = np.abs((found.boxes[:, :2] + found.boxes[:, 2:]) / 2 - 125).sum(axis=1)
                looks.append((image, found.take(np.array([middle.argmin()]))))
        if len(looks) == 2:
            pairs[0].append(looks[0])
            pairs[1].append(looks[1])
    return pairs


def main(shared: Path) -> None:
    registry = Registry(models_dir())
    card, session = open_session(registry, DEFAULT_DETECTOR)
    detector = YuNet(session, card)
    card, session = open_session(registry, DEFAULT_EMBEDDER)
    embedder = OnnxEmbedder(session, card)
    random = np.random.default_rng(0)
    first, second = genuine(shared / "data" / "lfw-dev", detector)

    def templates(found: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.concatenate(
            [embedder.embed(found[row : row + 16]).vectors for row in range(0, len(found), 16)]
        )

    references = templates(crops(first))
    clean = (references * templates(crops(second))).sum(axis=1)
    print(f"{len(first)} pairs, similarity {clean.mean():.4f}")

    def show(what: str, amount: float, looks: list[Look], measure: str) -> None:
        found = crops(looks)
        kept = (references * templates(found)).sum(axis=1).mean() / clean.mean()
        raw = {
            "height": np.array([float(f.height_px[0]) for _, f in looks]),
            "log10 sharpness": np.log10(np.maximum(sharpness(grey(found)), 1e-6)),
            "contrast": contrast(grey(found)),
            "overexposed": clipped(found),
        }[measure]
        print(
            f"{what:12} {amount:7.3f}  {measure} {np.median(raw):8.3f}  kept {kept:.3f}", flush=True
        )

    for height in (12, 16, 20, 24, 32, 40, 56, 80):
        show("height px", height, [shrunk(look, height) for look in second], "height")
    blurs: dict[str, tuple[Degrade, tuple[float, ...], str]] = {
        "blur px": (blurred, (0, 1, 1.5, 2, 3, 4, 5, 6, 8, 12), "log10 sharpness"),
        "darker": (darkened, (1, 0.5, 0.25, 0.12, 0.06, 0.04, 0.02), "contrast"),
        "brighter": (overexposed, (1, 1.2, 1.5, 1.7, 2, 2.5, 3, 4, 6, 10), "overexposed"),
    }
    for what, (degrade, amounts, measure) in blurs.items():
        for amount in amounts:
            looks = [(degrade(image, amount, random), face) for image, face in second]
            show(what, amount, looks, measure)

    first_turned, second_turned = genuine(shared / "data" / "lfw-dev", detector, 10_000)
    likeness = (templates(crops(first_turned)) * templates(crops(second_turned))).sum(axis=1)
    sides = [[f.landmarks[0] for _, f in side] for side in (first_turned, second_turned)]
    angles = np.stack([np.abs(angles_deg(np.array(side))) for side in sides]).max(axis=0)
    for axis, what in enumerate(("yaw", "pitch")):
        frontal = likeness[angles[:, axis] < 15].mean()
        for low, high in (
            (0, 5),
            (5, 10),
            (10, 15),
            (15, 20),
            (20, 25),
            (25, 30),
            (30, 40),
            (40, 90),
        ):
            chosen = (angles[:, axis] >= low) & (angles[:, axis] < high)
            if chosen.any():
                kept = likeness[chosen].mean() / frontal
                print(f"{what} {low:2}-{high:2} deg  pairs {chosen.sum():3}  kept {kept:.3f}")

    mixed: list[Look] = []
    for look in second:
        image, face = shrunk(look, float(np.exp(random.uniform(np.log(12), np.log(100)))))
        image = blurred(image, float(face.height_px[0]) * random.uniform(0, 0.05), random)
        mixed.append(
            (darkened(image, float(np.exp(random.uniform(np.log(0.03), 0))), random), face)
        )
    found = crops(mixed)
    kept_each = (references * templates(found)).sum(axis=1) / np.maximum(clean, 0.2)
    rated = [Quality().assess(align(i, f.landmarks), f) for i, f in mixed]
    parts = np.array([[a.size[0], a.sharpness[0], a.pose[0], a.brightness[0]] for a in rated])
    for name, value in (("lowest", parts.min(axis=1)), ("product", parts.prod(axis=1))):
        rho = np.corrcoef(ranks(value.astype(np.float64)), ranks(kept_each.astype(np.float64)))[
            0, 1
        ]
        print(f"{name}: rank correlation with what is kept {rho:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
