"""Templates of the photographs of a data set, made as enrolment makes them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.capture.image import read_image
from facewarden.data import Float32, Image
from facewarden.errors import ImageRefused, ModelRefused
from facewarden.pipeline.examine import ExaminedFace, Examiner

CHUNK = 32
"""Photographs in memory at once; the embedder takes their faces in one call."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """n photographs in the order given.

    Attributes:
        vectors: (n, d) float32 unit rows; zero where no face was found, so that its similarity to
            anything is 0, that of strangers: a failure to acquire counts as an error (ISO/IEC
            19795-1, 7.3), it is not left out.
        found: (n,) whether a face was found.
        quality: (n,) of the face, in [0, 1]; 0 where none was found.
        digest: SHA-256 of each file, "" for those that could not be read.
        faults: why a file gave no template, by its place.
        model_id: of the embedder.
    """

    paths: tuple[Path, ...]
    vectors: Float32
    found: NDArray[np.bool_]
    quality: Float32
    digest: tuple[str, ...]
    faults: dict[int, str]
    model_id: str


def embed_photographs(
    paths: Sequence[Path],
    examiner: Examiner,
    *,
    done: Callable[[int], None] = lambda _: None,
) -> Embedded:
    """Embed the subject of each photograph: the face nearest the picture's centre.

    Data sets of people are cropped around their subject, and others may stand beside; that rule is
    the one of LFW (Huang et al. 2007). Limits of enrolment (size, blur) do not apply: what is
    measured is recognition.

    Args:
        done: called with how many photographs are done.
    """
    vectors, quality, digest = [], np.zeros(len(paths), np.float32), []
    found, faults = np.zeros(len(paths), np.bool_), {}
    dimension = examiner.embed([]).vectors.shape[1]
    for start in range(0, len(paths), CHUNK):
        faces: list[tuple[int, ExaminedFace]] = []
        for place, path in enumerate(paths[start : start + CHUNK], start):
            try:
                image, data = read_image(path)
            except ImageRefused as error:
                faults[place] = str(error)
                digest.append("")
                continue
            digest.append(hashlib.sha256(data).hexdigest())
            seen = examiner.faces(image)
            if seen:
                faces.append((place, _central(seen, image)))
            else:
                faults[place] = "no face found"
        rows = np.zeros((len(paths[start : start + CHUNK]), dimension), np.float32)
        for (place, face), vector in zip(faces, _each(examiner, faces), strict=True):
            if vector is None:
                faults[place] = "the model gave no finite template"
                continue
            rows[place - start] = vector
            found[place], quality[place] = True, face.quality
        vectors.append(rows)
        done(min(start + CHUNK, len(paths)))
    return Embedded(
        tuple(paths),
        np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32),
        found,
        quality,
        tuple(digest),
        faults,
        examiner.embed([]).model_id,
    )


def _each(examiner: Examiner, faces: Sequence[tuple[int, ExaminedFace]]) -> list[Float32 | None]:
    """Return the template of each face; None for those whose numbers are not finite.

    Raises:
        ModelRefused: none of them has a template, so that the model itself is broken.
    """
    try:
        return list(examiner.embed([face for _, face in faces]).vectors)
    except ModelRefused as error:
        vectors: list[Float32 | None] = []
        for _, face in faces:
            try:
                vectors.append(examiner.embed([face]).vectors[0])
            except ModelRefused:
                vectors.append(None)
        if all(vector is None for vector in vectors):
            raise error from None
        return vectors


def _central(faces: Sequence[ExaminedFace], image: Image) -> ExaminedFace:
    middle = np.array([image.shape[1], image.shape[0]]) / 2

    def distance(face: ExaminedFace) -> float:
        x1, y1, x2, y2 = face.box
        return float(np.linalg.norm(np.array([(x1 + x2) / 2, (y1 + y2) / 2]) - middle))

    return min(faces, key=distance)


def duplicates(digest: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of files whose content was there before, with where it was first."""
    first: dict[str, int] = {}
    for place, value in enumerate(digest):
        if value and value in first:
            yield first[value], place
        elif value:
            first[value] = place
