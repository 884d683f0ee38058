"""Photographs enrolled, video seen: what each step to a better template brings, and its recipe.

    scripts/bench photo_to_video --root LFW [--people 1400] [--roll 10] [--keep FILE]
    scripts/bench photo_to_video --root LFW --data PREPARED --split NAME --pupil MODEL
    scripts/bench photo_to_video --root LFW --write

LFW holds `images/` with a folder per person. Footage is composed of the last photograph of each
person (compose/footage.py); the first one is enrolled. People with one photograph are the
strangers. The people are halved: centre and nuisance direction come from one half, errors from the
other, and the other way round. `--write` measures both on everybody and writes them into the card
that ships with facewarden, after which it must be calibrated again (benchmarks/calibration.py).

A pupil embeds footage while photographs stay with the default embedder. Since it learnt from some
of the people, only those of the test part of its split are looked at.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.lfw import ONE_PERSON
from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.compose.footage import FootageRecipe, footage
from facewarden.config.settings import Settings
from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.detect.refine import CloseUpDetector
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.builtin import DEFAULT_EMBEDDER
from facewarden.models.card import read_card
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.models.template_recipe import TemplateRecipe
from facewarden.train.data.prepared import Prepared
from facewarden.wiring.eyes import Eyes, make_eyes

FRAMES = 6
RATES = (0.1, 0.03, 0.01, 0.003)
MIN_CONFIDENCE = 0.5
Rates = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Looks:
    """Unit embeddings, as the network gives them; every array has a row per face.

    Attributes:
        photo: (p, 2, 2, d) of photographs: landmarks as detected or found again close up, plain or
            mirrored.
        photo_of: (p,) the person; first: (p,) whether it is the one enrolled.
        frame: (f, 2, 2, d) of frames of footage: landmarks as detected or found again close up.
        frame_of: (f,) the person; quality: (f,) of the look.
    """

    photo: Float32
    photo_of: NDArray[np.int64]
    frame: Float32
    frame_of: NDArray[np.int64]
    quality: Float32
    pupil: Float32


def folders(root: Path, people: int, among: set[str] | None = None) -> list[list[Path]]:
    """The photographs of as many people, those with several first, spread over the alphabet."""
    doubled = {*ONE_PERSON, *ONE_PERSON.values()}
    all_of = [
        sorted(folder.glob("*.jpg"))
        for folder in sorted((root / "images").iterdir())
        if folder.is_dir()
        and folder.name not in doubled
        and (among is None or folder.name in among)
    ]
    random = np.random.default_rng(5)
    several = [one for one in all_of if len(one) > 1]
    single = [one for one in all_of if len(one) == 1]
    half = people // 2
    return [
        *(several[i] for i in random.permutation(len(several))[:half]),
        *(single[i] for i in random.permutation(len(single))[:half]),
    ]


def central(image: Image, faces: Faces) -> Faces:
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    return faces.take(np.linalg.norm(centres - middle, axis=1).argmin(keepdims=True))


def found(image: Image, detector: Detector) -> Faces | None:
    faces = detector.detect(image, size_px=640, min_confidence=MIN_CONFIDENCE)
    return central(image, faces) if len(faces) else None


def both_ways(crops: list[Image], embedder: OnnxEmbedder) -> Float32:
    """(n, 2, d): each crop, and its mirror image."""
    one = np.stack(crops)
    whole = np.concatenate([one, one[:, :, ::-1]])
    return embedder.embed(whole).vectors.reshape(2, len(one), -1).swapaxes(0, 1)


def looks_of(
    people: list[list[Path]],
    eyes: Eyes,
    embedder: OnnxEmbedder,
    pupil: OnnxEmbedder | None,
    recipe: FootageRecipe,
) -> Looks:
    close = CloseUpDetector(eyes.detector)
    photo, photo_of, frame, frame_of, quality, by_pupil = [], [], [], [], [], []
    for person, paths in enumerate(people):
        if person % 50 == 0:
            print(f"person {person} of {len(people)}", file=sys.stderr, flush=True)
        images = [read_image(path)[0] for path in dict.fromkeys((paths[0], paths[-1]))]
        boxes = []
        for image in images:
            rough, fine = found(image, eyes.detector), found(image, close)
            if rough is None or fine is None:
                continue
            boxes.append(fine.boxes[0])
            crops = [align(image, one.landmarks)[0] for one in (rough, fine)]
            photo.append(both_ways(crops, embedder))
            photo_of.append(person)
        if len(boxes) < len(images):
            continue
        x1, y1, x2, y2 = (float(side) for side in boxes[-1])
        clip = footage(images[-1], (x1, y1, x2, y2), recipe, seed=person)
        for picture in clip:
            seen = found(picture, eyes.detector)
            if seen is None:
                continue
            fine = eyes.refiner.refine(picture, seen)
            crops = [align(picture, one.landmarks)[0] for one in (seen, fine)]
            frame.append(both_ways(crops, embedder))
            if pupil is not None:
                by_pupil.append(both_ways(crops, pupil))
            frame_of.append(person)
            quality.append(eyes.assessor.assess(crops[0][None], seen).quality[0])
    return Looks(
        np.stack(photo),
        np.array(photo_of, np.int64),
        np.stack(frame),
        np.array(frame_of, np.int64),
        np.array(quality, np.float32),
        np.stack(by_pupil) if by_pupil else np.empty((0, *frame[0].shape), np.float32),
    )


def unit(vectors: Float32) -> Float32:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)


def recipe_of(looks: Looks, among: NDArray[np.bool_]) -> tuple[Float32, Float32]:
    """Return the mean of photographs and the unit way from them to footage, a person a vote."""
    photographs = unit(looks.photo[:, 1].sum(axis=1))
    frames = unit(looks.frame[:, 1].sum(axis=1))
    centre = mean_of_people(photographs, looks.photo_of, among)
    away = mean_of_people(frames, looks.frame_of, among) - centre
    return centre, np.asarray(away / np.linalg.norm(away), np.float32)


def mean_of_people(
    vectors: Float32, people: NDArray[np.int64], among: NDArray[np.bool_]
) -> Float32:
    means = [vectors[people == one].mean(axis=0) for one in np.unique(people) if among[one]]
    return np.asarray(np.mean(means, axis=0), np.float32)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make templates and to compare them.

    Attributes:
        close_photo, close_up: landmarks found again close up, of photographs and of frames.
        flip_photo, flip_frame: mirrored faces added.
        centre, nuisance: what is taken out.
        weight: power of quality in the mean of a person's looks; infinity takes the best.
        pupil: footage is embedded by the pupil.
        cohort: nearest cohort members whose mean similarity is taken from the score; 0 for none.
    """

    name: str
    close_photo: bool = False
    close_up: bool = False
    flip_photo: bool = False
    flip_frame: bool = False
    centre: bool = False
    nuisance: bool = False
    weight: float = 1.0
    cohort: int = 0
    symmetric: bool = False
    pupil: bool = False


PLAIN = Way("plain: one size, no flip, mean", weight=0.0)
ALL = {
    "close_photo": True, "close_up": True, "flip_photo": True, "flip_frame": True,
    "centre": True, "nuisance": True,
}  # fmt: skip
WAYS = (
    PLAIN,
    Way("+ close-up landmarks of photographs", weight=0, close_photo=True),
    Way("+ close-up landmarks of looks", weight=0, close_up=True),
    Way("+ both landmarks", weight=0, close_photo=True, close_up=True),
    Way("+ flip of photographs", weight=0, flip_photo=True),
    Way("+ flip of both", weight=0, flip_photo=True, flip_frame=True),
    Way("+ centring", weight=0, centre=True),
    Way("+ centring, nuisance direction", weight=0, centre=True, nuisance=True),
    Way("+ weights: quality", weight=1),
    Way("+ weights: best look only", weight=float("inf")),
    Way("+ cohort, 50 nearest", weight=0, cohort=50),
    Way("+ cohort, 50 nearest, symmetric", weight=0, cohort=50, symmetric=True),
    Way("all: landmarks, flip, centring, nuisance, quality", **ALL),
    Way("all, plain mean", weight=0, **ALL),
    Way("all, quality cubed", weight=3, **ALL),
    Way("all, without flip of looks", **{**ALL, "flip_frame": False}),
    Way("all, without close-ups", **{**ALL, "close_up": False}),
    Way("all, without nuisance direction", **{**ALL, "nuisance": False}),
    Way("all, cohort, 50 nearest", cohort=50, **ALL),
    Way("all, cohort, 50 nearest, symmetric", cohort=50, symmetric=True, **ALL),
)
OF_PUPILS = (
    Way("plain, looks by the pupil", weight=0, pupil=True),
    Way("all, looks by the pupil", pupil=True, **ALL),
    Way(
        "all, looks by the pupil, without flip of looks", pupil=True, **{**ALL, "flip_frame": False}
    ),
)


def halves(people: int) -> Iterator[NDArray[np.bool_]]:
    """Whether each person is tested; both halves in turn, three times."""
    for seed in range(3):
        of = np.random.default_rng(seed).permutation(people) % 2 == 0
        yield of
        yield ~of


def errors(looks: Looks, way: Way, tested: NDArray[np.bool_]) -> Rates:
    """Return 1 - rank-1 and FNIR at each FPIR, in the tested half."""
    mates = np.bincount(looks.photo_of, minlength=len(tested)) > 1
    seen = np.bincount(looks.frame_of, minlength=len(tested)) > 0
    centre, nuisance = recipe_of(looks, ~tested)

    def templates(faces: Float32, *, fine: bool, flip: bool) -> Float32:
        chosen = faces[:, int(fine)]
        made = unit(chosen.sum(axis=1) if flip else chosen[:, 0])
        if way.centre:
            made = made - centre
        if way.nuisance:
            made = made - np.outer(made @ nuisance, nuisance)
        return unit(made)

    photographs = templates(looks.photo, fine=way.close_photo, flip=way.flip_photo)
    frames = templates(
        looks.pupil if way.pupil else looks.frame, fine=way.close_up, flip=way.flip_frame
    )
    first = np.unique(looks.photo_of, return_index=True)[1]
    enrolled = [i for i in first if tested[looks.photo_of[i]] and mates[looks.photo_of[i]]]
    gallery, names = photographs[enrolled], looks.photo_of[enrolled]
    probes = np.flatnonzero(tested & seen)
    pooled = unit(np.stack([pool(frames, looks, way.weight, int(one)) for one in probes]))
    similarity = pooled @ gallery.T
    if way.cohort:
        strangers = photographs[[i for i in first if not tested[looks.photo_of[i]]]]
        similarity = similarity - nearest(pooled, strangers, way.cohort)[:, None]
        if way.symmetric:
            similarity = similarity - nearest(gallery, strangers, way.cohort)[None]
    mated = np.isin(probes, names)
    best = names[similarity.argmax(axis=1)]
    highest = similarity.max(axis=1)
    right = mated & (best == probes)
    unmated = np.sort(highest[~mated])[::-1]
    # Enrolled people in whose footage no face was found are missed at every threshold.
    total = int((tested & mates).sum())
    found = [right.sum()] + [
        (right & (highest > unmated[int(rate * len(unmated))])).sum() for rate in RATES
    ]
    return 1 - np.array(found) / total


def nearest(vectors: Float32, cohort: Float32, count: int) -> Float32:
    return np.asarray(np.sort(vectors @ cohort.T, axis=1)[:, -count:].mean(axis=1), np.float32)


def pool(frames: Float32, looks: Looks, power: float, person: int) -> Float32:
    rows = np.flatnonzero(looks.frame_of == person)
    quality = np.maximum(looks.quality[rows], 1e-3)
    weight = (quality == quality.max()).astype(np.float32) if np.isinf(power) else quality**power
    return np.asarray((frames[rows] * weight[:, None]).sum(axis=0), np.float32)


def write(looks: Looks, people: int) -> Path:
    """Write the recipe measured on everybody into the card that ships with facewarden."""
    centre, nuisance = recipe_of(looks, np.ones(people, np.bool_))
    path = Path(str(files("facewarden.models") / "cards" / f"{DEFAULT_EMBEDDER}.json"))
    card = read_card(path.read_bytes(), path)
    recipe = TemplateRecipe(
        flip=True,
        centre=tuple(round(float(one), 5) for one in centre),
        nuisance=tuple(round(float(one), 5) for one in nuisance),
        data=f"LFW deep-funneled, {len(np.unique(looks.photo_of))} people: two photographs at most "
        f"and {len(looks.frame)} frames of composed footage",
        people=len(np.unique(looks.photo_of)),
        date=datetime.now(UTC).date(),
        command=f"scripts/bench photo_to_video --root LFW --people {people} --write",
    )
    path.write_text(card.model_copy(update={"template": recipe}).to_json(), encoding="utf-8")
    return path


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--root", type=Path, required=True, help="folder of LFW")
    arguments.add_argument("--people", type=int, default=1400)
    arguments.add_argument("--roll", type=float, help="how far heads lean, degrees either way")
    arguments.add_argument("--keep", type=Path, help="keep embeddings here for another run")
    arguments.add_argument("--pupil", help="id of a model that embeds footage")
    arguments.add_argument("--data", type=Path, help="prepared faces that the pupil learnt from")
    arguments.add_argument("--split", help="by which it learnt")
    arguments.add_argument("--write", action="store_true", help="write the recipe into the card")
    chosen = arguments.parse_args()
    people = folders(chosen.root, chosen.people, unseen(chosen.data, chosen.split))
    recipe = FootageRecipe(frames=FRAMES)
    if chosen.roll is not None:
        recipe = replace(recipe, roll_deg=chosen.roll)
    looks = kept(chosen.keep) or looks_of(people, *models(chosen.pupil), recipe)
    if chosen.keep is not None:
        np.savez(chosen.keep, **{name: getattr(looks, name) for name in Looks.__slots__})
    print(f"{len(people)} people, {len(looks.photo)} photographs, {len(looks.frame)} frames")
    print(f"{'':52}  rank-1 missed | FNIR at FPIR 10 / 3 / 1 / 0.3 %")
    plain = np.zeros(0)
    for way in (*WAYS, *(OF_PUPILS if len(looks.pupil) else ())):
        rates = np.array([errors(looks, way, tested) for tested in halves(len(people))])
        if way is PLAIN:
            plain = rates
        # The same halves for both: their difference is surer than either.
        change = (rates[:, 3] - plain[:, 3]) / plain[:, 3].mean()
        spread = change.std(ddof=1) / np.sqrt(len(change))
        figures = " ".join(f"{100 * rate:6.2f}" for rate in rates.mean(axis=0))
        print(
            f"{way.name:52} {figures}  at 1 %: {100 * change.mean():+.0f} % +- {100 * spread:.0f}"
        )
    if chosen.write:
        print(f"written: {write(looks, len(people))}")


def unseen(data: Path | None, split: str) -> set[str] | None:
    """Return the folders of the people that a pupil never saw; None without one."""
    if data is None:
        return None
    prepared = Prepared.open(data)
    return {prepared.sources[row].split("/")[0] for row in prepared.split(split)["test"]}


def models(pupil: str | None) -> tuple[Eyes, OnnxEmbedder, OnnxEmbedder | None]:
    """Return the product's models, its embedder and the pupil without any recipe."""
    settings = Settings()
    eyes = make_eyes(settings)
    registry = Registry(settings.models.cache_dir)

    def bare(model_id: str) -> OnnxEmbedder:
        card, session = open_session(registry, model_id)
        return OnnxEmbedder(session, card.model_copy(update={"template": None}))

    return eyes, bare(settings.models.embedder), bare(pupil) if pupil else None


def kept(path: Path | None) -> Looks | None:
    if path is None or not path.exists():
        return None
    stored = np.load(path)
    return Looks(**{name: stored[name] for name in Looks.__slots__})


if __name__ == "__main__":
    main()
