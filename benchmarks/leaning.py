"""How alike a face that leans stays to itself, as a watch and as enrolment see it.

    scripts/bench leaning --photographs DIR [--people 200]

Photographs of different people (DIR/NAME/*.jpg) are turned about the face, at full size and at
0.4 times of it, and compared with themselves upright. Median and 10th percentile of the
similarity; `found` is the share of faces found. "not turned" is as it was before close-ups were
turned.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.config.settings import Settings
from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.detect.refine import OF_LOOKS_PX, OF_PHOTOGRAPHS_PX, LandmarkRefiner
from facewarden.wiring.eyes import Eyes, make_examiner, make_eyes

LEANS_DEG = (0, 10, 20, -20, 30, 40, 50, 70, 90, 180)
SIZES = (1.0, 0.4)
Seen = Callable[[Image], Float32 | None]


def turned(photograph: Image, box: Float32, lean_deg: float, size: float) -> Image:
    """Return the photograph with its face leaning clockwise; beyond the edge it is mirrored."""
    height, width = photograph.shape[:2]
    centre = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
    turn = cv2.getRotationMatrix2D(centre, -lean_deg, 1)
    leaning = cv2.warpAffine(
        photograph, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    if size != 1:
        leaning = cv2.resize(leaning, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
    return np.asarray(leaning, np.uint8)


def largest(detector: Detector, picture: Image) -> Faces | None:
    """Return the largest face as a watch finds it."""
    faces = detector.detect(picture, size_px=640, min_confidence=0.5)
    return faces.take(faces.height_px.argsort()[-1:]) if len(faces) else None


def ways(eyes: Eyes) -> dict[str, Seen]:
    """Return what makes a template of a picture, by name."""
    detector, embedder, examiner = eyes.detector, eyes.embedder, make_examiner(eyes)
    flat = LandmarkRefiner(detector, OF_LOOKS_PX, turns=0)
    flat_photographs = LandmarkRefiner(detector, OF_PHOTOGRAPHS_PX, turns=0)

    def look(landmarks: Callable[[Image, Faces], Float32], *, glance: bool) -> Seen:
        embed = embedder.glance if glance else embedder.embed

        def seen(picture: Image) -> Float32 | None:
            face = largest(detector, picture)
            if face is None:
                return None
            template: Float32 = embed(align(picture, landmarks(picture, face))).vectors[0]
            return template

        return seen

    def enrolled(picture: Image) -> Float32 | None:
        found = examiner.find(picture)
        if not len(found):
            return None
        face = found.take(found.height_px.argsort()[-1:])
        crop = examiner.examined(picture, face)[0].crop
        template: Float32 = embedder.embed(crop[None]).vectors[0]
        return template

    refiner = eyes.refiner
    return {
        "glance, not turned": look(lambda _, face: face.landmarks, glance=True),
        "glance": look(lambda p, face: refiner.uprighted(p, face).landmarks, glance=True),
        "close look, not turned": look(
            lambda p, face: flat.refine(p, face).landmarks, glance=False
        ),
        "close look": look(lambda p, face: refiner.refine(p, face).landmarks, glance=False),
        "photograph, not turned": look(
            lambda p, face: flat_photographs.refine(p, face).landmarks, glance=False
        ),
        "photograph": enrolled,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--photographs", type=Path, required=True)
    arguments.add_argument("--people", type=int, default=200)
    chosen = arguments.parse_args()
    folders = sorted(one for one in chosen.photographs.iterdir() if one.is_dir())
    step = max(1, len(folders) // chosen.people)
    eyes = make_eyes(Settings())
    seeing = ways(eyes)
    alike: dict[tuple[str, float, int], list[float]] = {}
    for number, folder in enumerate(folders[::step][: chosen.people]):
        if number % 20 == 0:
            print(f"person {number}", file=sys.stderr, flush=True)
        photograph = read_image(min(folder.glob("*.jpg")))[0]
        face = largest(eyes.detector, photograph)
        if face is None:
            continue
        uprights = {name: seen(photograph) for name, seen in seeing.items()}
        for size in SIZES:
            for lean in LEANS_DEG:
                picture = turned(photograph, face.boxes[0], lean, size)
                for name, seen in seeing.items():
                    made, upright = seen(picture), uprights[name]
                    known = upright is not None and made is not None
                    alike.setdefault((name, size, lean), []).append(
                        float(made @ upright) if known else np.nan  # type: ignore[operator]
                    )
    for size in SIZES:
        table = Table(title=f"similarity to the face upright, at {size:g} of its size: p10 / p50")
        table.add_column("lean, degrees")
        for name in seeing:
            table.add_column(name)
        for lean in LEANS_DEG:
            cells = []
            for name in seeing:
                values = np.array(alike[name, size, lean])
                found = ~np.isnan(values)
                low, middle = np.percentile(values[found], (10, 50)) if found.any() else (0, 0)
                missed = f" ({found.mean():.0%} found)" if not found.all() else ""
                cells.append(f"{low:.2f} / {middle:.2f}{missed}")
            table.add_row(str(lean), *cells)
        Console(width=160).print(table)


if __name__ == "__main__":
    main()
