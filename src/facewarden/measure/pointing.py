"""The product's landmarks beside annotated ones, and beside those of the same picture changed."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from facewarden.capture.image import read_image
from facewarden.data import Faces, Image
from facewarden.detect.detector import Detector
from facewarden.errors import ImageRefused, InputError
from facewarden.evaluate.landmarks import PointedFaces
from facewarden.geometry.scaling import scaled
from facewarden.measure.labelled_image import Problem
from facewarden.measure.landmark_annotations import PointedImage

Float = NDArray[np.float64]
MIRRORED = (1, 0, 2, 4, 3)
"""The place of each landmark in the mirrored picture."""
JPEG_QUALITY = 30


@dataclass(frozen=True, slots=True)
class Looking:
    """How the product looks for landmarks: a detector, and what it is used for."""

    name: str
    detector: Detector
    size_px: int
    min_confidence: float

    def faces(self, image: Image) -> Faces:
        """Return the faces of a picture."""
        return self.detector.detect(image, size_px=self.size_px, min_confidence=self.min_confidence)


def point_all(
    images: Sequence[PointedImage],
    lookings: Sequence[Looking],
    done: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[PointedFaces, ...], tuple[Problem, ...]]:
    """Find the landmarks of annotated faces in each way of looking; see `PointedImage.within`.

    A face is found by the detection nearest to its landmarks among those whose box holds their
    middle.

    Raises:
        InputError: not one image can be read, or no face lies in one.
    """
    problems: list[Problem] = []
    columns: list[list[Float]] = [[] for _ in lookings]
    kept = []
    for number, pointed in enumerate(images, 1):
        try:
            image, _ = read_image(pointed.path)
        except ImageRefused as error:
            problems.append(
                Problem("image that cannot be read, left out", pointed.path.name, str(error))
            )
            continue
        inside, outside = pointed.within(image)
        problems += outside
        if inside.places:
            kept.append(inside)
            for column, looking in zip(columns, lookings, strict=True):
                faces = looking.faces(image)
                column.append(np.array([_nearest(faces, truth) for truth in inside.landmarks]))
        done(number)
    if not kept:
        raise InputError(
            "the data set has no face in an image that can be read",
            found=f"{problems[0].kind}: {problems[0].place} {problems[0].details}",
        )
    truth = np.concatenate([pointed.landmarks for pointed in kept])
    boxes = np.concatenate([pointed.boxes for pointed in kept])
    size = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    place = np.repeat(np.arange(len(kept)), [len(pointed.landmarks) for pointed in kept])
    return (
        tuple(
            PointedFaces(looking.name, truth, np.concatenate(column), size, place, len(kept))
            for looking, column in zip(lookings, columns, strict=True)
        ),
        tuple(problems),
    )


def _nearest(faces: Faces, truth: Float) -> Float:
    x, y = truth.mean(axis=0)
    boxes = faces.boxes
    holds = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
    if not holds.any():
        return np.full((5, 2), np.nan)
    landmarks = faces.landmarks[holds].astype(np.float64)
    apart = np.linalg.norm(landmarks - truth, axis=2).mean(axis=1)
    return np.asarray(landmarks[apart.argmin()])


@dataclass(frozen=True, slots=True)
class Change:
    """A picture changed in a known way, and the way back for landmarks."""

    name: str
    make: Callable[[Image], Image]
    back: Callable[[Float, Image], Float]


def changes() -> tuple[Change, ...]:
    """Return the changes under which the landmarks of a face should stay where they are."""
    return (
        Change("mirrored", lambda image: np.ascontiguousarray(image[:, ::-1]), _unmirror),
        *(
            Change(
                f"at {100 * factor:g} % of its size",
                lambda image, factor=factor: scaled(image, factor),  # type: ignore[misc]
                # Pixel centres: the middle of the picture stays the middle.
                lambda points, _, factor=factor: (points + 0.5) / factor - 0.5,  # type: ignore[misc]
            )
            for factor in (0.75, 0.5)
        ),
        Change(f"as JPEG of quality {JPEG_QUALITY}", _compressed, lambda points, _: points),
    )


def _unmirror(points: Float, image: Image) -> Float:
    back = points[list(MIRRORED)].copy()
    back[:, 0] = image.shape[1] - 1 - back[:, 0]
    return back


def _compressed(image: Image) -> Image:
    out = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(image[..., ::-1])).save(out, "JPEG", quality=JPEG_QUALITY)
    with Pillow.open(io.BytesIO(out.getvalue())) as picture:
        return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[..., ::-1])


def repeat_all(
    paths: Sequence[Path],
    lookings: Sequence[Looking],
    done: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[PointedFaces, ...], tuple[Problem, ...]]:
    """Compare the landmarks of the largest face with those of the same picture changed.

    This is repeatability, not accuracy: a detector that is wrong in the same way each time repeats
    itself perfectly.

    Raises:
        InputError: not one face is found.
    """
    problems: list[Problem] = []
    made = changes()
    truth: list[list[Float]] = [[] for _ in lookings]
    found: list[list[list[Float]]] = [[[] for _ in made] for _ in lookings]
    for number, path in enumerate(paths, 1):
        try:
            image, _ = read_image(path)
        except ImageRefused as error:
            problems.append(Problem("image that cannot be read, left out", path.name, str(error)))
            continue
        seen = [looking.faces(image) for looking in lookings]
        if not all(map(len, seen)):
            problems.append(Problem("no face found, left out", path.name))
            continue
        pictures = [change.make(image) for change in made]
        for row, (looking, faces) in enumerate(zip(lookings, seen, strict=True)):
            own = faces.landmarks[int(faces.height_px.argmax())].astype(np.float64)
            truth[row].append(own)
            for column, (change, picture) in enumerate(zip(made, pictures, strict=True)):
                again = looking.faces(picture)
                back = [change.back(p.astype(np.float64), image) for p in again.landmarks]
                found[row][column].append(_alike(back, own))
        done(number)
    if not truth[0]:
        raise InputError("no face is found in any picture", expected="photographs of people")
    count = len(truth[0])
    return (
        tuple(
            PointedFaces(
                f"{change.name}, {looking.name}",
                np.array(truth[row]),
                np.array(found[row][column]),
                np.full(count, np.nan),
                np.arange(count),
                count,
            )
            for column, change in enumerate(made)
            for row, looking in enumerate(lookings)
        ),
        tuple(problems),
    )


def _alike(candidates: Sequence[Float], own: Float) -> Float:
    """Return the landmarks nearest to these; NaN where none is nearer than the eyes are apart."""
    nothing = np.full((5, 2), np.nan)
    if not candidates:
        return nothing
    apart = [float(np.linalg.norm(c - own, axis=1).mean()) for c in candidates]
    best = int(np.argmin(apart))
    return candidates[best] if apart[best] < np.linalg.norm(own[0] - own[1]) else nothing
