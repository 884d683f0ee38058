"""Composes poor video of the people on photographs and cuts their faces out of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from facewarden.capture.image import read_image
from facewarden.compose.footage import FootageRecipe, footage
from facewarden.config.settings import Settings
from facewarden.errors import ImageRefused
from facewarden.train.data.cropper import Cropper, central
from facewarden.train.data.looks import Look
from facewarden.wiring.eyes import Eyes, make_examiner, make_eyes
from facewarden.worker_pool import worker_pool

FRAMES = 6
"""Of a clip that are looked at."""
DETECT_PX = 640
MIN_CONFIDENCE = 0.5
"""Of a face in composed video: it is there, and as poor as it may get."""
_AT_ONCE = 4
"""Photographs that a process is given at a time."""


@dataclass(frozen=True, slots=True)
class Task:
    """One photograph of the prepared faces.

    Attributes:
        row: of its face.
        seed: of its clips.
    """

    row: int
    path: Path
    seed: int


def compose_all(
    tasks: Sequence[Task], settings: Settings, *, size_px: int, clips: int, jobs: int
) -> Iterator[list[Look]]:
    """Yield the looks at each photograph, in their order.

    They depend on `jobs` a little: an engine prepares for the shapes that its process sees, which
    changes last bits, and on a poor face these may move a landmark.

    Half of the clips are looked at as a watch glances at everybody, half as it looks at somebody
    who may be on a list. A photograph that cannot be read any more, or without a face, gives none.

    Args:
        clips: of each photograph.
        jobs: processes; with 1 it is this one.
    """
    if jobs == 1:
        composer = _Composer(settings, size_px, clips)
        yield from (composer.looks(task) for task in tasks)
        return
    with worker_pool(jobs, _begin, (settings, size_px, clips)) as pool:
        yield from pool.map(_looks_here, tasks, chunksize=_AT_ONCE)


class _Composer:
    def __init__(self, settings: Settings, size_px: int, clips: int) -> None:
        self._eyes: Eyes = make_eyes(settings, looks=False)
        self._cropper = Cropper(
            make_examiner(self._eyes), self._eyes.assessor, self._eyes.embedder, None,
            size_px=size_px,
        )  # fmt: skip
        self._recipe = FootageRecipe(frames=FRAMES)
        self._clips = clips

    def looks(self, task: Task) -> list[Look]:
        try:
            image, _ = read_image(task.path)
        except ImageRefused:
            return []
        faces = self._cropper.find(image)
        if faces is None:
            return []
        x1, y1, x2, y2 = (float(side) for side in faces.boxes[0])
        found: list[Look] = []
        for clip in range(self._clips):
            pictures = footage(image, (x1, y1, x2, y2), self._recipe, seed=task.seed + clip)
            for frame, picture in enumerate(pictures):
                seen = self._eyes.detector.detect(
                    picture, size_px=DETECT_PX, min_confidence=MIN_CONFIDENCE
                )
                if not len(seen):
                    continue
                face = seen.take(central(seen, picture))
                if clip % 2 == 0:
                    face = self._eyes.refiner.refine(picture, face)
                cut = self._cropper.cut(picture, face)
                found.append(Look(task.row, clip, frame, cut.crop, cut.landmarks))
        return found


_here: _Composer | None = None
"""Of a process that composes for another."""


def _begin(settings: Settings, size_px: int, clips: int) -> None:
    global _here  # noqa: PLW0603 a process's own
    cv2.setNumThreads(1)
    _here = _Composer(settings, size_px, clips)


def _looks_here(task: Task) -> list[Look]:
    assert _here is not None  # noqa: S101
    return _here.looks(task)
