"""Which photographs of people are enrolled, and which become somebody in a clip."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from facewarden.capture.image import read_image
from facewarden.data import Float32, Image
from facewarden.detect.detector import Detector
from facewarden.errors import ImageRefused, InputError

Box = tuple[float, float, float, float]

_DETECT_PX = 320
_MIN_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class Casting:
    """Which photographs of a folder of people are used for what.

    Attributes:
        enrolled: person, photograph enrolled, another photograph for the clip; by name.
        others: person and photograph of those who are not enrolled; by name.
        copies: people left out because their photographs are all the same file.
    """

    enrolled: tuple[tuple[str, Path, Path], ...]
    others: tuple[tuple[str, Path], ...]
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A photograph and the face of its subject.

    Attributes:
        box: x1 y1 x2 y2 px.
        landmarks: (5, 2) px.
    """

    image: Image
    box: Box
    landmarks: Float32


def cast(photographs: Sequence[tuple[str, Path]]) -> Casting:
    """Enrol the first photograph of everybody who has another one; clips are made of the last.

    Files are told apart by content: the same picture is never on both sides, and a person of whom
    a photograph is also somebody else's appears once, under the first name.

    Args:
        photographs: person and path, sorted by person.
    """
    enrolled, others, copies = [], [], []
    known: set[str] = set()
    for person, group in groupby(photographs, key=lambda one: one[0]):
        paths = {_digest(path): path for _, path in reversed(list(group))}
        own = list(reversed(paths.items()))
        if known & paths.keys():
            copies.append(person)
            continue
        known |= paths.keys()
        if len(own) >= 2:
            enrolled.append((person, own[0][1], own[-1][1]))
        else:
            others.append((person, own[0][1]))
    return Casting(tuple(enrolled), tuple(others), tuple(copies))


def chosen(casting: Casting, enrolled: int, others: int, seed: int) -> Casting:
    """Draw some of the people, the same for the same seed.

    Raises:
        InputError: there are fewer.
    """
    for wanted, there, who in (
        (enrolled, len(casting.enrolled), "people with two different photographs"),
        (others, len(casting.others), "people with one photograph"),
    ):
        if wanted > there:
            raise InputError(
                f"too few {who}", expected=f"{wanted}", found=f"{there}", remedy="ask for fewer"
            )
    random = np.random.default_rng(seed)
    first = sorted(random.permutation(len(casting.enrolled))[:enrolled])
    second = sorted(random.permutation(len(casting.others))[:others])
    return Casting(
        tuple(casting.enrolled[i] for i in first),
        tuple(casting.others[i] for i in second),
        casting.copies,
    )


def portrait(path: Path, detector: Detector) -> Portrait:
    """Read a photograph; its subject is the face nearest the centre.

    Raises:
        ImageRefused: it cannot be decoded, or shows no face.
    """
    image, _ = read_image(path)
    faces = detector.detect(image, size_px=_DETECT_PX, min_confidence=_MIN_CONFIDENCE)
    if not len(faces):
        raise ImageRefused(f"{path}: no face found")
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    row = int(np.argmin(np.hypot(*(centres - middle).T)))
    x1, y1, x2, y2 = map(float, faces.boxes[row])
    return Portrait(image, (x1, y1, x2, y2), faces.landmarks[row])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
