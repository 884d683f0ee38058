"""Composes a clip in which people cut out of photographs cross the picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.compose.backdrop import Backdrop
from facewarden.compose.cutout import Cutout
from facewarden.compose.figure import Figure
from facewarden.compose.h264 import write
from facewarden.compose.recipe import SceneRecipe
from facewarden.compose.sensor import Sensor
from facewarden.compose.truth import Truth
from facewarden.compose.walk import Walk, walks
from facewarden.data import Image
from facewarden.errors import DataError


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who crosses the scene once."""

    name: str
    cutout: Cutout


@dataclass(frozen=True, slots=True)
class _Seen:
    """One face of one frame."""

    frame: int
    person: int
    box: tuple[float, float, float, float]
    visible: float


def compose(people: Sequence[Actor], recipe: SceneRecipe, path: Path) -> Truth:
    """Write the scene as an H.264 clip (MP4) to `path`, and return who is where in it.

    Frames go to the encoder one by one. A file at `path` is replaced once the clip is whole.

    Raises:
        DataError: nobody is in the scene.
        InputError: this build of FFmpeg has no H.264 encoder.
    """
    if not people:
        raise DataError("a scene needs at least one actor")
    seen: list[_Seen] = []
    unfinished = path.with_name(path.name + ".part")
    try:
        write(
            _frames(people, recipe, seen),
            unfinished,
            size=(recipe.width_px, recipe.height_px),
            fps=recipe.fps,
            quality=recipe.quality,
        )
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return Truth(
        recipe=recipe,
        people=tuple(actor.name for actor in people),
        frame=np.array([face.frame for face in seen], np.int64),
        person=np.array([face.person for face in seen], np.int64),
        boxes=np.array([face.box for face in seen], np.float32).reshape(-1, 4),
        visible=np.array([face.visible for face in seen], np.float32),
    )


def _frames(people: Sequence[Actor], recipe: SceneRecipe, seen: list[_Seen]) -> Iterator[Image]:
    """Yield every frame and note in `seen` who is in it."""
    random = np.random.default_rng(recipe.seed)
    routes = walks(len(people), recipe, random)
    backdrop = Backdrop(recipe, random)
    sensor = Sensor(recipe, random)
    for frame in range(recipe.frames):
        time_s = frame / recipe.fps
        picture = backdrop.at(time_s)
        nearest_first: list[tuple[int, Figure]] = []
        for person, (actor, route) in enumerate(zip(people, routes, strict=True)):
            figure = _figure(actor, route, time_s, recipe, backdrop.tremble(time_s))
            if figure is not None:
                nearest_first.append((person, figure))
        nearest_first.sort(key=lambda one: one[1].box[1] - one[1].box[3])
        for _, figure in reversed(nearest_first):
            figure.paint(picture)
        for place, (person, figure) in enumerate(nearest_first):
            nearer = [other for _, other in nearest_first[:place]]
            visible = _visible(figure, nearer, recipe)
            if visible > 0:
                seen.append(_Seen(frame, person, figure.box, visible))
        yield sensor.expose(picture, time_s)


def _figure(
    actor: Actor,
    route: Walk,
    time_s: float,
    recipe: SceneRecipe,
    tremble: tuple[float, float],
) -> Figure | None:
    pose = route.at(time_s)
    if pose is None:
        return None
    before = route.at(time_s - recipe.shutter_s) or pose
    return Figure.placed(
        actor.cutout,
        pose.moved(*tremble),
        (pose.x - before.x, pose.y - before.y),
        (recipe.width_px, recipe.height_px),
    )


def _visible(figure: Figure, nearer: Sequence[Figure], recipe: SceneRecipe) -> float:
    """Return the share of the face's box that is in the picture and uncovered."""
    x1, y1, x2, y2 = (round(side) for side in figure.box)
    rows, columns = np.arange(y1, y2), np.arange(x1, x2)
    inside = np.outer(
        (rows >= 0) & (rows < recipe.height_px), (columns >= 0) & (columns < recipe.width_px)
    ).astype(np.float32)
    for other in nearer:
        inside *= 1 - other.cover(figure.box)
    return float(inside.mean())
