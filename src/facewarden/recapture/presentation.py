"""Films a presentation: the light of one scene after the other, through one camera."""

from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image
from facewarden.errors import DataError
from facewarden.recapture.camera import Camera
from facewarden.recapture.eye_holes import LivingEyes
from facewarden.recapture.film import Film
from facewarden.recapture.light import linear
from facewarden.recapture.medium import Held, Seen
from facewarden.recapture.parameters import ClipParameters
from facewarden.recapture.screen import Screen
from facewarden.recapture.sheet import Sheet
from facewarden.recapture.surroundings import surroundings

_ROOM = 1.25
"""The place behind is drawn so much larger than the picture, for the camera's trembling."""


def needed(parameters: ClipParameters) -> tuple[float, float, float, float]:
    """Return how far left, up, right and down of the face a film must reach, in face heights."""
    medium = parameters.sheet or parameters.screen
    if medium is not None:
        return medium.extent
    width, height = (side / parameters.face_px for side in parameters.camera.size)
    x, y = parameters.face_at
    room = 1.5 * parameters.camera.shake_px / parameters.face_px + 0.05
    # The picture may be turned a little.
    across, down = room + 0.02 * height, room + 0.02 * width
    return (
        x * width + across,
        y * height + down,
        (1 - x) * width + across,
        (1 - y) * height + down,
    )


class Scene(Protocol):
    """What is before the camera: its light, and where the face is."""

    def light(self, time_s: float) -> Float32:
        """Return the linear light of a moment, (h, w, 3) float32 of the sensor's size."""
        ...

    def face(self, time_s: float) -> tuple[float, float]:
        """Return where the face's centre would be if the face itself did not move, sensor px."""
        ...


def presentation(
    film: Film, parameters: ClipParameters, behind: Film | None = None
) -> Iterator[Image]:
    """Yield the frames of a clip, (H, W, 3) uint8 BGR; the same parameters give the same frames.

    Args:
        film: the genuine clip, of `parameters.duration_s`.
        behind: the clip whose eyes are behind the holes of a cut print.

    Raises:
        DataError: the parameters lack what their species needs.
    """
    random = np.random.default_rng(parameters.seed)
    camera = Camera(parameters.camera, random)
    scene = _scene(film, parameters, camera, behind, random)
    face_px = parameters.face_px * parameters.camera.sensor_share
    last = scene.face(-1 / parameters.fps)
    for number in range(parameters.frames):
        time_s = number / parameters.fps
        light, here = scene.light(time_s), scene.face(time_s)
        if number == 0:
            half = 0.4 * face_px
            camera.meter(
                light,
                (
                    round(here[0] - half),
                    round(here[1] - half),
                    round(here[0] + half),
                    round(here[1] + half),
                ),
            )
        yield camera.taken(light, time_s, (here[0] - last[0], here[1] - last[1]))
        last = here


def _scene(
    film: Film,
    parameters: ClipParameters,
    camera: Camera,
    behind: Film | None,
    random: np.random.Generator,
) -> Scene:
    if not parameters.species.attack:
        return _Bona(film, parameters, camera)
    if parameters.hand is None or (parameters.sheet is None) == (parameters.screen is None):
        raise DataError(f"a {parameters.species} needs a hand, and either a sheet or a screen")
    if (parameters.holes is None) != (behind is None):
        raise DataError("a print with holes needs a face behind them, and only such a print")
    place = Place(surroundings(random), camera)
    if parameters.sheet is not None:
        return _Printed(film, parameters, camera, place, behind, random)
    return _Displayed(film, parameters, camera, place, random)


def _sensor_face(parameters: ClipParameters, camera: Camera) -> tuple[float, tuple[float, float]]:
    """Return the face's height and centre in sensor px."""
    width, height = camera.size
    x, y = parameters.face_at
    return parameters.face_px * parameters.camera.sensor_share, (x * width, y * height)


class Place:
    """What is behind, moved by the camera's trembling only."""

    def __init__(self, drawn: Float32, camera: Camera) -> None:
        self._camera = camera
        width, height = camera.size
        side = round(_ROOM * max(width, height))
        self._light = np.asarray(cv2.resize(drawn, (side, side)), np.float32)
        self._shift = np.array(
            [[1, 0, (width - side) / 2], [0, 1, (height - side) / 2], [0, 0, 1.0]]
        )

    def light(self, time_s: float) -> Float32:
        """Return its light, (h, w, 3) float32."""
        mapping = (self._camera.shake(time_s) @ self._shift)[:2]
        return np.asarray(
            cv2.warpAffine(
                self._light, mapping, self._camera.size, borderMode=cv2.BORDER_REPLICATE
            ),
            np.float32,
        )


class _Bona:
    """The person, where the clip was filmed."""

    def __init__(self, film: Film, parameters: ClipParameters, camera: Camera) -> None:
        self._film = film
        self._fps = parameters.fps
        self._camera = camera
        face_px, (x, y) = _sensor_face(parameters, camera)
        scale = face_px / film.face_px
        cx, cy = film.centre
        self._placed = np.array([[scale, 0, x - scale * cx], [0, scale, y - scale * cy], [0, 0, 1]])
        self._face_at = np.array([x, y, 1.0])

    def light(self, time_s: float) -> Float32:
        frames = self._film.frames
        frame = frames[min(len(frames) - 1, round(time_s * self._fps))]
        mapping = self._camera.shake(time_s) @ self._placed
        seen = cv2.warpPerspective(
            frame,
            mapping,
            self._camera.size,
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return linear(np.asarray(seen, np.uint8))

    def face(self, time_s: float) -> tuple[float, float]:
        x, y, _ = self._camera.shake(time_s) @ self._face_at
        return float(x), float(y)


class _Printed:
    """A sheet of paper before a place."""

    def __init__(
        self,
        film: Film,
        parameters: ClipParameters,
        camera: Camera,
        place: Place,
        behind: Film | None,
        random: np.random.Generator,
    ) -> None:
        assert parameters.sheet is not None  # noqa: S101
        assert parameters.hand is not None  # noqa: S101
        self._chosen = parameters.sheet
        self._place = place
        face_px, face_at = _sensor_face(parameters, camera)
        self._sheet = Sheet(film, parameters.sheet, face_px=face_px)
        left, top, right, bottom = self._sheet.bounds
        # Fingers reach beyond the edge.
        reach = 1.8 * self._sheet.reach
        self._eyes = None
        if parameters.holes is not None and behind is not None:
            self._eyes = LivingEyes(
                parameters.holes,
                film.eyes(film.at(parameters.sheet.moment)),
                behind,
                fps=parameters.fps,
                random=random,
            )
        self._held = Held(
            parameters.hand,
            camera,
            parameters.camera,
            face_px=face_px,
            face_at=face_at,
            bounds=(left - reach, top - reach, right + reach, bottom + reach),
            bend=parameters.sheet,
            random=random,
        )

    def light(self, time_s: float) -> Float32:
        scene = self._place.light(time_s)
        seen = self._held.seen(time_s)
        if seen is None:
            return scene
        paper = self._sheet.light(seen) * seen.shade[..., None] + self._gloss(seen)
        if self._eyes is not None:
            face, hole = self._eyes.light(seen, time_s)
            paper += (face - paper) * hole[..., None]
        _cover(scene, seen, paper, seen.inside(self._sheet.bounds))
        held_by = self._sheet.fingers(seen)
        if held_by is not None:
            _cover(scene, seen, *held_by)
        return scene

    def face(self, time_s: float) -> tuple[float, float]:
        return _at_origin(self._held.mapping(time_s))

    def _gloss(self, seen: Seen) -> Float32:
        """(h, w, 1): the highlight of a lamp, which runs over the paper as it is tilted."""
        chosen = self._chosen
        if not chosen.gloss:
            return np.zeros((1, 1, 1), np.float32)
        # A tilt of 10 degrees moves the highlight of a lamp by about a face's height.
        x = seen.x - np.float32(chosen.gloss_at[0] + seen.tilt_deg[0] / 10)
        y = seen.y - np.float32(chosen.gloss_at[1] + seen.tilt_deg[1] / 10)
        wide, high = chosen.gloss_size
        far = (x / np.float32(wide)) ** 2 + (y / np.float32(high)) ** 2
        return np.asarray(chosen.gloss * np.exp(-0.5 * far), np.float32)[..., None]


class _Displayed:
    """A screen before a place."""

    def __init__(
        self,
        film: Film,
        parameters: ClipParameters,
        camera: Camera,
        place: Place,
        random: np.random.Generator,
    ) -> None:
        assert parameters.screen is not None  # noqa: S101
        assert parameters.hand is not None  # noqa: S101
        self._place = place
        face_px, face_at = _sensor_face(parameters, camera)
        self._screen = Screen(
            film,
            parameters.screen,
            fps=parameters.fps,
            frames=parameters.frames,
            still=parameters.species == "display",
            rows=camera.size[1],
        )
        self._held = Held(
            parameters.hand,
            camera,
            parameters.camera,
            face_px=face_px,
            face_at=face_at,
            bounds=self._screen.bounds,
            bend=None,
            random=random,
        )

    def light(self, time_s: float) -> Float32:
        scene = self._place.light(time_s)
        seen = self._held.seen(time_s)
        if seen is None:
            return scene
        device = self._screen.light(seen, time_s)
        _cover(scene, seen, device, seen.inside(self._screen.bounds))
        return scene

    def face(self, time_s: float) -> tuple[float, float]:
        return _at_origin(self._held.mapping(time_s))


def _cover(scene: Float32, seen: Seen, light: Float32, opacity: Float32) -> None:
    """Lay something over the part of a scene where it is seen."""
    left, top = seen.corner
    height, width = opacity.shape
    part = scene[top : top + height, left : left + width]
    part += (light - part) * opacity[..., None]


def _at_origin(mapping: NDArray[np.float64]) -> tuple[float, float]:
    x, y, w = mapping[:, 2]
    return float(x / w), float(y / w)
