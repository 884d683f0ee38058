"""A part of a genuine clip, cut around the face and made wide enough to be filmed again."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.capture.picture import PictureConverter
from facewarden.data import Float32, Image
from facewarden.errors import InputError
from facewarden.recapture.genuine import Genuine, video_frames
from facewarden.recapture.matte import PlainWall, plain_wall
from facewarden.recapture.photograph import read_photograph

Extent = tuple[float, float, float, float]

_CROWD_REACH = 1.25
"""How far a crowd's picture is used around a face's centre, in face heights: farther away stands
somebody else."""
_SOFT = 0.12
"""Width of the seam between a picture and what is around it, in face heights."""


@dataclass(frozen=True, slots=True)
class Film:
    """Frames of one person.

    Attributes:
        frames: (H, W, 3) uint8 BGR, all of one size.
        face_px: median height of the face in them.
        centre: median centre of the face, px.
        landmarks: (n, 5, 2) float32 px of each frame.
    """

    frames: tuple[Image, ...]
    face_px: float
    centre: tuple[float, float]
    landmarks: Float32

    def at(self, moment: float) -> int:
        """Return the number of the frame at a share of the length, in [0, 1]."""
        return min(len(self.frames) - 1, int(moment * len(self.frames)))

    def still(self, moment: float) -> Image:
        """Return the frame at a share of the length, in [0, 1]."""
        return self.frames[self.at(moment)]

    def eyes(self, number: int) -> NDArray[np.float64]:
        """Return the (2, 2) places of the eyes in a frame, in face heights from the centre."""
        eyes = self.landmarks[number, :2].astype(np.float64)
        return np.asarray((eyes - np.array(self.centre)) / self.face_px)

    def placed(
        self, extent: tuple[float, float, float, float], face_px: float
    ) -> NDArray[np.float64]:
        """Return the (3, 3) mapping of these frames onto a picture of the surroundings of a face.

        Args:
            extent: left, up, right, down of the face's centre, in face heights.
            face_px: height of the face in that picture.
        """
        scale = face_px / self.face_px
        left, up = extent[0] * face_px, extent[1] * face_px
        x, y = self.centre
        return np.array([[scale, 0, left - scale * x], [0, scale, up - scale * y], [0, 0, 1]])


def film(
    person: Genuine,
    *,
    start_s: float,
    duration_s: float,
    fps: int,
    face_px: float,
    extent: Extent,
    mirrored: bool,
    around: Image | None,
    goes_on: float = 0.0,
) -> Film:
    """Read a part of a genuine clip; of a photograph one frame, which stands for all.

    Where the picture ends nearer to the face than a camera would see, its edge goes on, softly: in
    bona fide presentations and on every medium alike.

    Args:
        face_px: the height of face that is needed; larger ones are made smaller, by area.
        extent: how far left, up, right and down of the face's centre is needed, in face heights.
        around: square picture of another place, for behind the person if they were filmed before
            a plain wall; None leaves them where they are.
        goes_on: how far the picture is continued by its mirror image, in face heights.

    Raises:
        InputError: the clip or photograph cannot be read any more.
    """
    times = start_s + np.arange(1 if person.still else round(duration_s * fps)) / fps
    pictures = _pictures(person, times)
    beyond = round(goes_on * person.face_px)
    if beyond:
        pictures = [_mirrored_on(picture, beyond) for picture in pictures]
    corner_px = np.array(person.frame[:2], np.float32) - beyond
    looks = [person.at(float(time)) for time in times]
    boxes = np.stack([box for box, _ in looks]) - np.tile(corner_px, 2)
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    if person.crowd:
        # A camera that goes along: people who pass would leave the picture.
        way = np.stack([np.polyval(np.polyfit(times, c, 2), times) for c in centres.T], axis=1)
    else:
        way = np.tile(np.median(centres, axis=0), (len(times), 1))
    scale = min(1.0, face_px / height)
    canvas = _Canvas(
        extent if not mirrored else (extent[2], extent[1], extent[0], extent[3]), height * scale
    )
    # Crowds have no wall of their own behind them.
    elsewhere = None if around is None or person.crowd else _Elsewhere(around)
    reach = tuple(min(_CROWD_REACH, side) if person.crowd else side for side in canvas.extent)
    frames, landmarks = [], []
    for picture, (_, points), (x, y) in zip(pictures, looks, way, strict=True):
        cut, corner = _cut(picture, (float(x), float(y)), reach, height)
        shift = np.round(canvas.centre - (np.array([x, y]) - corner) * scale)
        at, small = (int(shift[0]), int(shift[1])), _scaled(cut, scale)
        frame = canvas.with_picture(small, at)
        if elsewhere is not None:
            frame = elsewhere.put(frame, small, at)
        seen = (points - corner_px - corner) * scale + shift
        if mirrored:
            frame = np.ascontiguousarray(frame[:, ::-1])
            seen = np.stack([frame.shape[1] - 1 - seen[:, 0], seen[:, 1]], axis=1)
            seen = seen[[1, 0, 2, 4, 3]]
        frames.append(frame)
        landmarks.append(seen)
    middle_x, middle_y = (float(value) for value in canvas.centre)
    if mirrored:
        middle_x = frames[0].shape[1] - 1 - middle_x
    return Film(
        tuple(frames), height * scale, (middle_x, middle_y), np.asarray(landmarks, np.float32)
    )


class _Canvas:
    """What is needed around a face, filled where the genuine picture ends before."""

    def __init__(self, extent: Extent, face_px: float) -> None:
        self.extent = extent
        left, up, right, down = (round(side * face_px) + 1 for side in extent)
        self.centre = np.array([left, up], np.float64)
        self._size = (left + right + 1, up + down + 1)
        self._soft = max(2, round(_SOFT * face_px))
        self._rest: Image | None = None
        self._rest_for: tuple[int, ...] = ()
        self._share = np.zeros((0, 0), np.float32)

    def with_picture(self, picture: Image, shift: tuple[int, int]) -> Image:
        """Return the canvas with a picture laid on it, its upper left corner at `shift`."""
        width, height = self._size
        x, y = shift
        if x <= 0 and y <= 0 and x + picture.shape[1] >= width and y + picture.shape[0] >= height:
            return np.ascontiguousarray(picture[-y : height - y, -x : width - x])
        left, top = max(0, x), max(0, y)
        right, bottom = min(width, x + picture.shape[1]), min(height, y + picture.shape[0])
        part = np.ascontiguousarray(picture[top - y : bottom - y, left - x : right - x])
        place = (left, top, right, bottom)
        if self._rest is None or place != self._rest_for:
            self._rest, self._rest_for = self._filled(part, place), place
            self._share = self._shares(place)
        whole = self._rest.copy()
        whole[top:bottom, left:right] = cv2.blendLinear(
            part, whole[top:bottom, left:right], self._share, 1 - self._share
        )
        return whole

    def _filled(self, part: Image, place: tuple[int, int, int, int]) -> Image:
        """Return the canvas without the picture: its edges gone on."""
        width, height = self._size
        left, top, right, bottom = place
        # Out of focus, so that what is at an edge goes on as no streak; small, since it is smooth.
        share = min(1.0, 4 / self._soft)
        calm = cv2.resize(part, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        above, below, before, after = (
            round(side * share) for side in (top, height - bottom, left, width - right)
        )
        wide = cv2.copyMakeBorder(
            cv2.GaussianBlur(calm, (0, 0), 6), above, below, before, after, cv2.BORDER_REPLICATE
        )
        soft = cv2.GaussianBlur(wide, (0, 0), 12, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(soft, (width, height)), np.uint8)

    def _shares(self, place: tuple[int, int, int, int]) -> Float32:
        """Return the picture's share at each of its pixels: it falls to 0 before its own edge."""
        left, top, right, bottom = place
        width, height = self._size
        far = np.float32(1e6)  # no seam where the canvas ends first
        x = np.arange(right - left, dtype=np.float32)
        y = np.arange(bottom - top, dtype=np.float32)
        across = np.minimum(x if left else far, x[::-1] if right < width else far)
        down = np.minimum(y if top else far, y[::-1] if bottom < height else far)
        nearest = np.minimum(
            np.broadcast_to(across, x.shape)[None, :], np.broadcast_to(down, y.shape)[:, None]
        )
        share = np.clip(nearest / np.float32(self._soft), 0, 1)
        return np.asarray(share * share * (3 - 2 * share), np.float32)


class _Elsewhere:
    """Puts a person who was filmed before a plain wall before another place."""

    def __init__(self, around: Image) -> None:
        self._around = around
        self._place = around
        self._wall: PlainWall | None = None
        self._asked = False

    def put(self, frame: Image, picture: Image, at: tuple[int, int]) -> Image:
        """Return the frame with the other place behind; as it is where the wall is not plain.

        Args:
            frame: the canvas with `picture` laid on it, its upper left corner at `at`.
        """
        if not self._asked:
            self._asked = True
            self._wall = plain_wall(picture)
            side = max(frame.shape[:2])
            placed = cv2.resize(self._around, (side, side))[: frame.shape[0], : frame.shape[1]]
            self._place = np.asarray(placed, np.uint8)
        if self._wall is None:
            return frame
        share = _framed(self._wall.person(picture), at, (frame.shape[1], frame.shape[0]))
        return np.asarray(cv2.blendLinear(frame, self._place, share, 1 - share), np.uint8)


def _framed(share: Float32, at: tuple[int, int], size: tuple[int, int]) -> Float32:
    """Return a mask on a canvas of this size; beyond its own edges these go on."""
    rows = np.clip(np.arange(size[1]) - at[1], 0, share.shape[0] - 1)
    columns = np.clip(np.arange(size[0]) - at[0], 0, share.shape[1] - 1)
    # Above the picture is no more of the person: a head that touches its edge ends there.
    wide = share[rows[:, None], columns[None, :]]
    wide[: max(0, at[1])] = 0
    return np.ascontiguousarray(wide)


def _pictures(person: Genuine, times: NDArray[np.float64]) -> list[Image]:
    """Return for each time the frame that is shown then."""
    left, top, right, bottom = person.frame
    if person.still:
        return [read_photograph(person.path)[top:bottom, left:right]] * len(times)
    picture = PictureConverter()
    pictures: list[Image] = []
    latest = None
    half = 0.5 / person.fps
    for at, _, frame in video_frames(person.path, max(0.0, float(times[0]) - 2 * half)):
        while (
            len(pictures) < len(times) and latest is not None and times[len(pictures)] < at - half
        ):
            pictures.append(latest)
        if len(pictures) == len(times):
            break
        if at > times[len(pictures)] - 4 * half:
            latest = picture.bgr(frame)[top:bottom, left:right].copy()
    if latest is None:
        raise InputError(f"{person.path}: it has become shorter")
    return pictures + [latest] * (len(times) - len(pictures))


def _mirrored_on(picture: Image, by: int) -> Image:
    """Return a picture with its mirror image beyond its edges, `by` px wide."""
    return np.asarray(cv2.copyMakeBorder(picture, by, by, by, by, cv2.BORDER_REFLECT_101), np.uint8)


def _cut(
    picture: Image, centre: tuple[float, float], reach: tuple[float, ...], face_px: float
) -> tuple[Image, NDArray[np.float64]]:
    """Return what lies within reach (left, up, right, down), and its upper left corner."""
    height, width = picture.shape[:2]
    room = [side * face_px + 4 for side in reach]
    left, top = max(0, int(centre[0] - room[0])), max(0, int(centre[1] - room[1]))
    right = min(width, int(centre[0] + room[2]) + 2)
    bottom = min(height, int(centre[1] + room[3]) + 2)
    return picture[top:bottom, left:right], np.array([left, top], np.float64)


def _scaled(picture: Image, scale: float) -> Image:
    if scale >= 1:
        return np.ascontiguousarray(picture)
    return np.asarray(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
