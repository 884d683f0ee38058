"""A data set of poor video made from photographs: who is enrolled, and frames of them and others.

OUT/gallery/PERSON/photo        the first photograph of everybody with two or more
OUT/probes/PERSON/clip1/000.jpg frames made from another photograph of them
OUT/nonmated/PERSON/clip1/...   frames of people with one photograph, who are not enrolled
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

import cv2

from facewarden.capture.image import read_image
from facewarden.compose.footage import FootageRecipe, footage
from facewarden.detect.detector import Detector
from facewarden.errors import InputError
from facewarden.measure.casting import Box, Casting, portrait
from facewarden.worker_pool import worker_pool

_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class FootageMade:
    """What was written, and the photographs in which no face was found."""

    enrolled: int
    others: int
    frames: int
    faults: dict[str, str]


def write_footage(
    casting: Casting,
    out: Path,
    detector: Detector,
    recipe: FootageRecipe,
    *,
    seed: int,
    workers: int = 1,
    done: Callable[[int], None] = lambda _: None,
) -> FootageMade:
    """Write gallery, probes and nonmated under `out`.

    A clip depends on the recipe, the seed and the person's name only, not on who else is there.

    Raises:
        InputError: `out` holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty", remedy="name a new folder with --out")
    faults: dict[str, str] = {}
    jobs = []
    for side, person, path in _clips(casting):
        try:
            box = portrait(path, detector).box
            jobs.append((path, box, out / side / person / "clip1", person))
        except InputError as error:
            faults[str(path)] = str(error)
    frames = 0
    with worker_pool(workers) as pool:
        futures = [
            pool.submit(_write, path, box, folder, recipe, _seed(seed, person))
            for path, box, folder, person in jobs
        ]
        for count, future in enumerate(as_completed(futures), 1):
            frames += future.result()
            done(count)
    made = {folder.parent for _, _, folder, _ in jobs}
    for person, photo, _ in casting.enrolled:
        if out / "probes" / person in made:
            place = out / "gallery" / person / photo.name
            place.parent.mkdir(parents=True)
            shutil.copyfile(photo, place)
    others = sum((out / "nonmated" / person) in made for person, _ in casting.others)
    return FootageMade(len(made) - others, others, frames, faults)


def _clips(casting: Casting) -> Iterator[tuple[str, str, Path]]:
    for person, _, path in casting.enrolled:
        yield "probes", person, path
    for person, path in casting.others:
        yield "nonmated", person, path


def _write(path: Path, box: Box, folder: Path, recipe: FootageRecipe, seed: int) -> int:
    cv2.setNumThreads(1)
    image, _ = read_image(path)
    folder.mkdir(parents=True)
    frames = footage(image, box, recipe, seed)
    for number, frame in enumerate(frames):
        cv2.imwrite(
            str(folder / f"{number:03d}.jpg"), frame, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        )
    return len(frames)


def _seed(seed: int, person: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{person}".encode()).digest()[:8], "little")
