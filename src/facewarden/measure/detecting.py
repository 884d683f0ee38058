"""The product's detector on an annotated data set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np

from facewarden.capture.image import read_image
from facewarden.detect.detector import Detector
from facewarden.errors import ImageRefused, InputError
from facewarden.evaluate.detection import SeenImage
from facewarden.measure.annotations import Annotations
from facewarden.measure.labelled_image import Problem

LOWEST_CONFIDENCE = 0.02
"""Down to which the curve is drawn; WIDER FACE's own evaluation of most detectors starts there."""
TIMED = 100
"""Images on which time is measured: its spread is far below that between machines."""


@dataclass(frozen=True, slots=True)
class Detected:
    """A data set as the detector sees it at one size.

    Attributes:
        size_px: longer side that a picture was scaled down to.
        images: in the order of the annotations, those that could be read.
        cpu_ms: (m,) processor time of all threads for each of the first images, at the operating
            confidence and without reading the file.
    """

    size_px: int
    images: tuple[SeenImage, ...]
    cpu_ms: tuple[float, ...]


def detect_all(
    annotations: Annotations,
    detector: Detector,
    *,
    sizes_px: Sequence[int],
    min_confidence: float,
    done: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[Detected, ...], tuple[Problem, ...]]:
    """Detect at each size, and return what was not as it should be in the data set as well.

    Each picture is read once and is forgotten before the next. A size beyond every picture shows
    the detector what the size before it did, and is left out.

    Args:
        min_confidence: the operating confidence; only time depends on it.
        done: called with how many images are done.

    Raises:
        InputError: not one image can be read.
    """
    sizes = sorted(set(sizes_px))
    problems: list[Problem] = []
    seen: dict[int, list[SeenImage]] = {size_px: [] for size_px in sizes}
    spent: dict[int, list[float]] = {size_px: [] for size_px in sizes}
    longest_px = 0
    for number, labelled in enumerate(annotations.images, 1):
        name = labelled.path.name
        try:
            image, _ = read_image(labelled.path)
        except ImageRefused as error:
            problems.append(Problem("image that cannot be read, left out", name, str(error)))
            continue
        longest_px = max(longest_px, *image.shape[:2])
        truth, ignored, faults = labelled.within(image)
        problems += faults
        for size_px in sizes:
            # The first call also shapes the network to the size, which is not timed.
            found = detector.detect(image, size_px=size_px, min_confidence=LOWEST_CONFIDENCE)
            if len(spent[size_px]) < TIMED:
                began = process_time()
                detector.detect(image, size_px=size_px, min_confidence=min_confidence)
                spent[size_px].append(1e3 * (process_time() - began))
            seen[size_px].append(
                SeenImage(
                    name,
                    truth,
                    ignored,
                    found.boxes.astype(np.float64),
                    found.confidence.astype(np.float64),
                )
            )
        done(number)
    if not any(seen.values()):
        raise InputError(
            "no image of the data set can be read",
            found=str(problems[0].details) if problems else "no image",
        )
    return (
        tuple(
            Detected(size, tuple(seen[size]), tuple(spent[size]))
            for size, smaller in zip(sizes, [0, *sizes], strict=False)
            if smaller < longest_px
        ),
        tuple(problems),
    )
