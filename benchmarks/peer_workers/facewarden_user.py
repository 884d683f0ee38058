"""facewarden as its user calls it.

`photograph` is what `facewarden enrol` and `identify` do with a picture, `frame` what the watch
does with one.
"""

# mypy: disable-error-code="import-not-found,import-untyped"

import sys
from pathlib import Path

import cv2
import numpy as np

from facewarden import __version__, wiring
from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.config.models import ModelsSettings
from facewarden.config.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from serve import nearest_centre, serve

cv2.setNumThreads(1)
settings = Settings(models=ModelsSettings(threads=1))
eyes = wiring.make_eyes(settings)
examiner = wiring.make_examiner(eyes)
FRAME_SIZE_PX = 640


def photograph(path: str) -> object:
    image, _ = read_image(Path(path))
    faces = examiner.faces(image)
    if not faces:
        return None
    boxes = [face.box for face in faces]
    face = faces[nearest_centre(boxes, image.shape[1], image.shape[0])]
    return examiner.embed([face]).vectors[0]


def frame(path: str) -> object:
    image, _ = read_image(Path(path))
    faces = eyes.detector.detect(image, size_px=FRAME_SIZE_PX, min_confidence=0.6)
    if not len(faces):
        return None
    chosen = faces.take(np.array([nearest_centre(faces.boxes, image.shape[1], image.shape[0])]))
    return eyes.embedder.embed(align(image, chosen.landmarks)).vectors[0]


way = {"photograph": photograph, "frame": frame}[sys.argv[1]]
serve(way, f"facewarden {__version__}, {'; '.join(' on '.join(one) for one in eyes.engines)}")
