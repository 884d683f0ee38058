"""facewarden as its user calls it.

`enrol` is what `facewarden enrol FOLDER` does with photographs, which embeds them in batches,
`one` the same with one photograph at a time, `frame` what the watch does with everybody it sees:
a glance, without the mirrored face; only who comes near a threshold is looked at as `one` does.
"""

# mypy: disable-error-code="import-not-found,import-untyped"

import sys
from pathlib import Path

import cv2
import numpy as np

from facewarden import __version__
from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.config.models import ModelsSettings
from facewarden.config.settings import Settings
from facewarden.pipeline.enrol import BATCH
from facewarden.pipeline.examine import ExaminedFace
from facewarden.wiring.eyes import make_examiner, make_eyes

sys.path.insert(0, str(Path(__file__).parent))
from serve import nearest_centre, serve, serve_batches

cv2.setNumThreads(1)
settings = Settings(models=ModelsSettings(threads=1))
eyes = make_eyes(settings)
examiner = make_examiner(eyes)
FRAME_SIZE_PX = 640


def examined(path: str) -> list[ExaminedFace]:
    image, _ = read_image(Path(path))
    found = examiner.find(image)
    if not len(found):
        return []
    chosen = nearest_centre(found.boxes, image.shape[1], image.shape[0])
    return examiner.examined(image, found.take(np.array([chosen])))


def photographs(paths: list[str]) -> list[object]:
    faces = [examined(path) for path in paths]
    vectors = iter(examiner.embed([face for found in faces for face in found]).vectors)
    return [next(vectors) if found else None for found in faces]


def frame(path: str) -> object:
    image, _ = read_image(Path(path))
    faces = eyes.detector.detect(image, size_px=FRAME_SIZE_PX, min_confidence=0.6)
    if not len(faces):
        return None
    chosen = faces.take(np.array([nearest_centre(faces.boxes, image.shape[1], image.shape[0])]))
    return eyes.embedder.glance(align(image, chosen.landmarks)).vectors[0]


told = f"facewarden {__version__}, {'; '.join(' on '.join(one) for one in eyes.engines)}"
if sys.argv[1] == "frame":
    serve(frame, told)
else:
    serve_batches(photographs, told, batch={"enrol": BATCH, "one": 1}[sys.argv[1]])
