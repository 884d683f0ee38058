"""Labelled clips of a crowd, composed from a folder of photographs of people."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.compose.cover import Cover, covered
from facewarden.compose.cutout import Cutout
from facewarden.compose.recipe import SceneRecipe
from facewarden.compose.scene import Actor, compose
from facewarden.detect.detector import Detector
from facewarden.errors import DataError, ImageRefused, InputError
from facewarden.measure.casting import Casting, Portrait, portrait

GALLERY = "gallery"
TRUTH_SUFFIX = ".truth.json"


@dataclass(frozen=True, slots=True)
class Dress:
    """What is drawn on every actor's photograph before it is cut out.

    Attributes:
        cover, share: see `compose/cover.py`.
    """

    cover: Cover = Cover.NONE
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class ComposedClip:
    """One clip with its truth, and who in it is enrolled."""

    clip: Path
    truth: Path
    enrolled: tuple[str, ...]
    others: tuple[str, ...]


def write_gallery(casting: Casting, out: Path) -> None:
    """Copy the photographs that are to be enrolled to OUT/gallery/PERSON/."""
    for person, photo, _ in casting.enrolled:
        place = out / GALLERY / person / photo.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, place)


class Composer:
    """Composes clips; it cuts each photograph out once per dress."""

    def __init__(self, detector: Detector, *, face_px: float = 128.0) -> None:
        """`face_px`: height of a face in its largest copy; photographs of LFW hold about 115."""
        self._detector = detector
        self._face_px = face_px
        self._portraits: dict[Path, Portrait] = {}
        self._cutouts: dict[tuple[Path, Dress], Cutout] = {}
        self.faults: dict[Path, str] = {}

    def clip(self, casting: Casting, recipe: SceneRecipe, dress: Dress, path: Path) -> ComposedClip:
        """Write a clip in which everybody of the cast crosses the picture once, in random order.

        Those whose photograph shows no face are left out and noted in `faults`.
        """
        cast = [(person, photo, True) for person, _, photo in casting.enrolled]
        cast += [(person, photo, False) for person, photo in casting.others]
        order = np.random.default_rng(recipe.seed).permutation(len(cast))
        actors: list[Actor] = []
        enrolled: list[str] = []
        others: list[str] = []
        for place in order:
            person, photo, known = cast[place]
            try:
                cutout = self._cutout(photo, dress)
            except (ImageRefused, DataError) as error:
                self.faults[photo] = str(error)
                continue
            actors.append(Actor(person, cutout))
            (enrolled if known else others).append(person)
        path.parent.mkdir(parents=True, exist_ok=True)
        truth = path.with_suffix(TRUTH_SUFFIX)
        compose(actors, recipe, path).write(truth)
        return ComposedClip(path, truth, tuple(enrolled), tuple(others))

    def _cutout(self, photo: Path, dress: Dress) -> Cutout:
        if (photo, dress) not in self._cutouts:
            if photo not in self._portraits:
                self._portraits[photo] = portrait(photo, self._detector)
            seen = self._portraits[photo]
            dressed = covered(seen.image, seen.landmarks, dress.cover, dress.share)
            made = Cutout.around(dressed, seen.box, face_px=self._face_px)
            self._cutouts[photo, dress] = made
        return self._cutouts[photo, dress]


def compose_clips(
    casting: Casting,
    recipes: Sequence[SceneRecipe],
    dress: Dress,
    detector: Detector,
    out: Path,
    *,
    done: Callable[[int], None] = lambda _: None,
) -> tuple[list[ComposedClip], dict[Path, str]]:
    """Write OUT/gallery and a clip per recipe, the cast dealt over the clips in turn.

    Raises:
        InputError: `out` holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty", remedy="name a new folder with --out")
    write_gallery(casting, out)
    composer = Composer(detector, face_px=max(recipe.near_face_px for recipe in recipes))
    clips = []
    for number, recipe in enumerate(recipes):
        part = Casting(
            casting.enrolled[number :: len(recipes)],
            casting.others[number :: len(recipes)],
            casting.copies,
        )
        clips.append(composer.clip(part, recipe, dress, out / f"clip{number + 1:03d}.mp4"))
        done(number + 1)
    return clips, composer.faults
