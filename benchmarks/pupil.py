"""What a network taught further does for people it never saw, against the model it came from.

    scripts/bench pupil --root LFW --data PREPARED --split NAME --pupil MODEL [--teacher MODEL]
        [--keep FILE]

PREPARED and NAME are the faces and the split that the pupil was trained on, LFW the photographs
they were prepared from. Only people of the split's test part are looked at. Two questions:

- photographs: every two of them are compared. FNMR at FMR 0.1, 0.01 and 0.001 %, each person with
  several photographs a vote.
- photograph to video: footage is composed of the last photograph of each person
  (compose/footage.py); whoever has another is enrolled by the first one, the others are the
  strangers. Looks are pooled by quality. FNIR at FPIR 10, 3 and 1 %. Also with photographs by the
  teacher and looks by the pupil, as `models.looks_embedder` has it.

A MODEL is the id of a card, the path of one, or a folder with one, and makes templates as its card
says. Intervals of 95 % are of the difference, by drawing whole people 1,000 times for both models
alike; for photographs the thresholds stay those of everybody.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.lfw import ONE_PERSON
from benchmarks.photo_to_video import FRAMES, found, unit
from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.compose.footage import FootageRecipe, footage
from facewarden.config.models import ModelsSettings
from facewarden.config.settings import Settings
from facewarden.data import Float32
from facewarden.detect.refine import CloseUpDetector
from facewarden.models.builtin import DEFAULT_EMBEDDER
from facewarden.train.classify.embedding import open_embedding
from facewarden.train.data.prepared import Prepared
from facewarden.wiring.eyes import make_eyes

FMRS = (1e-3, 1e-4, 1e-5)
FPIRS = (0.1, 0.03, 0.01)
DRAWS = 1000
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Material:
    """Aligned faces of people the pupil never saw.

    Attributes:
        photo: (p, 112, 112, 3) uint8 BGR; photo_of: (p,) the person.
        frame: (f, 112, 112, 3) of footage of each person's last photograph; frame_of: (f,);
        quality: (f,).
    """

    photo: NDArray[np.uint8]
    photo_of: Whole
    frame: NDArray[np.uint8]
    frame_of: Whole
    quality: Float32


def seen(root: Path, prepared: Prepared, split: str) -> Material:
    """Read the photographs, compose the footage, align what is found."""
    eyes = make_eyes(Settings())
    close = CloseUpDetector(eyes.detector)
    photo, photo_of, frame, frame_of, quality = [], [], [], [], []
    rows = prepared.split(split)["test"]
    doubled = {*ONE_PERSON, *ONE_PERSON.values()}
    people = [
        one for one in np.unique(prepared.labels[rows]) if prepared.subjects[one] not in doubled
    ]
    for number, person in enumerate(people):
        if number % 100 == 0:
            print(f"person {number} of {len(people)}", file=sys.stderr, flush=True)
        own = rows[prepared.labels[rows] == person]
        box = last = None
        for path in sorted(root / prepared.sources[row] for row in own):
            image = read_image(path)[0]
            face = found(image, close)
            if face is None:
                continue
            photo.append(align(image, face.landmarks)[0])
            photo_of.append(number)
            last, box = image, face.boxes[0]
        if last is None or box is None:
            continue
        x1, y1, x2, y2 = (float(side) for side in box)
        recipe = FootageRecipe(frames=FRAMES)
        for picture in footage(last, (x1, y1, x2, y2), recipe, seed=int(person)):
            rough = found(picture, eyes.detector)
            if rough is None:
                continue
            crop = align(picture, eyes.refiner.refine(picture, rough).landmarks)
            frame.append(crop[0])
            frame_of.append(number)
            quality.append(eyes.assessor.assess(crop, rough).quality[0])
    return Material(
        np.stack(photo), np.array(photo_of, np.int64),
        np.stack(frame), np.array(frame_of, np.int64), np.array(quality, np.float32),
    )  # fmt: skip


def verification(vectors: Float32, people: Whole) -> Float32:
    """Return (people with several photographs, rates) of FNMR, at the thresholds of everybody."""
    similarity = vectors @ vectors.T
    left, right = np.triu_indices(len(people), 1)
    same = people[left] == people[right]
    strangers = np.sort(similarity[left[~same], right[~same]])[::-1]
    thresholds = strangers[[int(len(strangers) * rate) for rate in FMRS]]
    missed = similarity[left[same], right[same], None] < thresholds
    of = people[left[same]]
    return np.asarray([missed[of == one].mean(axis=0) for one in np.unique(of)], np.float32)


@dataclass(frozen=True, slots=True)
class Searches:
    """One search for each person of whom there is footage.

    Attributes:
        highest: (n,) similarity of the nearest; mated: (n,) whether they are enrolled by another
        photograph; right: (n,) whether the nearest is they.
    """

    highest: Float32
    mated: NDArray[np.bool_]
    right: NDArray[np.bool_]

    def fnir(self, drawn: Whole) -> NDArray[np.float64]:
        """Return FNIR at each FPIR among those drawn."""
        mated = self.mated[drawn]
        highest, right = self.highest[drawn], self.right[drawn]
        strangers = np.sort(highest[~mated])[::-1]
        thresholds = strangers[[int(len(strangers) * rate) for rate in FPIRS]]
        found = right[mated, None] & (highest[mated, None] > thresholds)
        return np.asarray(1 - found.mean(axis=0), np.float64)


def searches(photo: Float32, frame: Float32, of: Material) -> Searches:
    """Search for the footage of everybody among those with another photograph."""
    first = np.unique(of.photo_of, return_index=True)[1]
    several = np.bincount(of.photo_of) > 1
    enrolled = np.array([row for row in first if several[of.photo_of[row]]])
    probes = np.unique(of.frame_of)
    looks = frame * np.maximum(of.quality, 1e-3)[:, None]
    pooled = unit(np.stack([looks[of.frame_of == one].sum(axis=0) for one in probes]))
    similarity = pooled @ photo[enrolled].T
    nearest = of.photo_of[enrolled][similarity.argmax(axis=1)]
    return Searches(similarity.max(axis=1), several[probes], nearest == probes)


def told(
    name: str,
    rates: tuple[float, ...],
    teacher: Callable[[Whole], NDArray[np.float64]],
    pupil: Callable[[Whole], NDArray[np.float64]],
    people: int,
) -> None:
    """Print the figures of both, and what the pupil changes."""
    everybody = np.arange(people)
    before, after = 100 * teacher(everybody), 100 * pupil(everybody)
    random = np.random.default_rng(1)
    changes = []
    for _ in range(DRAWS):
        drawn = random.integers(people, size=people)
        changes.append(100 * (pupil(drawn) - teacher(drawn)))
    low, high = np.percentile(changes, (2.5, 97.5), axis=0)
    for place, rate in enumerate(rates):
        print(
            f"{name} at {100 * rate:g} %: {before[place]:.2f} % -> {after[place]:.2f} %, "
            f"{after[place] - before[place]:+.2f} ({low[place]:+.2f} to {high[place]:+.2f})"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--root", type=Path, required=True, help="folder of photographs")
    arguments.add_argument("--data", type=Path, required=True, help="prepared faces")
    arguments.add_argument("--split", required=True)
    arguments.add_argument("--pupil", required=True)
    arguments.add_argument("--teacher", default=DEFAULT_EMBEDDER)
    arguments.add_argument("--keep", type=Path, help="keep the aligned faces here for another run")
    chosen = arguments.parse_args()
    if chosen.keep is not None and chosen.keep.exists():
        with np.load(chosen.keep) as file:
            of = Material(**{name: file[name] for name in Material.__slots__})
    else:
        of = seen(chosen.root, Prepared.open(chosen.data), chosen.split)
        if chosen.keep is not None:
            np.savez(chosen.keep, **{name: getattr(of, name) for name in Material.__slots__})
    settings = ModelsSettings()
    fnmr, search, photographs = {}, {}, {}
    for model in (chosen.teacher, chosen.pupil):
        embedding = open_embedding(model, settings)
        photo, frame = embedding.of_crops(of.photo), embedding.of_crops(of.frame)
        fnmr[model], search[model] = verification(photo, of.photo_of), searches(photo, frame, of)
        photographs[model] = photo
        print(f"{embedding.words}")
    one, other = chosen.teacher, chosen.pupil
    looks_only = searches(photographs[one], frame, of)
    print(
        f"{len(np.unique(of.photo_of))} people, {len(of.photo)} photographs, {len(of.frame)} frames"
    )
    told(
        "photographs: FNMR at FMR", FMRS, lambda who: fnmr[one][who].mean(axis=0),
        lambda who: fnmr[other][who].mean(axis=0), len(fnmr[one]),
    )  # fmt: skip
    told("video: FNIR at FPIR", FPIRS, search[one].fnir, search[other].fnir, len(search[one].mated))
    told(
        "photographs by the teacher, video by the pupil: FNIR at FPIR", FPIRS, search[one].fnir,
        looks_only.fnir, len(search[one].mated),
    )  # fmt: skip


if __name__ == "__main__":
    main()
