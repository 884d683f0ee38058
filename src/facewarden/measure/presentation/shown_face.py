"""The face that one clip shows, frame by frame: what models and cues are given."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from facewarden.config.camera import CameraSettings
from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.detect.size import detect_size_px
from facewarden.errors import SourceFailed
from facewarden.geometry.square_crop import square_crop
from facewarden.wiring.cameras import make_source

FPS, SECONDS = 12.5, 4.0
"""Frames analysed in a second of video, and seconds of it, unless told."""
KEPT_FACTOR = 4.0
"""Side of what is kept of a picture, in longer sides of the face's box: what a model or a cue may
look at. Whole pictures of 1080p would take 6 MB each."""
SAME_FACE = 0.2
"""Overlap (IoU) of a face with the one before from which it is taken for the same: at 12.5 pictures
a second a face moves by less than half of its width."""
SECOND_SHARE = 0.5
"""A second face counts where it is at least half as high as the one followed: a bystander far
behind does not make a clip one of two people."""


@dataclass(frozen=True, slots=True)
class ShownFace:
    """n frames in which the face was found, in order of time.

    Attributes:
        pictures: (h, w, 3) uint8 BGR each, the surroundings of the face as far as the picture has
            them; sizes may differ.
        boxes: (n, 4) float32 px of each piece.
        landmarks: (n, 5, 2) float32 px of each piece.
        places: (n, 2) float32, where the piece's corner lies in the picture, px.
        at_s: (n,) seconds since the clip began.
        looked_at: frames analysed, with and without the face.
        crowded: frames with a second face at least half as high.
    """

    pictures: tuple[Image, ...]
    boxes: Float32
    landmarks: Float32
    places: Float32
    at_s: NDArray[np.float64]
    looked_at: int
    crowded: int

    def __len__(self) -> int:
        return len(self.pictures)

    def square(self, row: int, factor: float, size_px: int) -> Image:
        """Return one frame's face with its surroundings, as models see it; see `square_crop`."""
        return square_crop(self.pictures[row], self.boxes[row], factor, size_px)


class FaceFollower:
    """Follows the largest face of a clip.

    Args:
        fps: frames analysed in a second of video, at most.
        seconds: of the clip that are looked at.
        min_face_px: least height of a face.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        fps: float = FPS,
        seconds: float = SECONDS,
        min_face_px: int = 40,
    ) -> None:
        self._detector = detector
        self._fps, self._seconds, self._min_face_px = fps, seconds, min_face_px

    def follow(self, clip: Path, *, most_frames: int | None = None) -> ShownFace:
        """Return the face of a video, or of a folder of pictures taken as 5 a second.

        Args:
            most_frames: frames of the clip that may be looked at, analysed or not, as in protocols
                that train on the first 60; None looks at `seconds`.

        Raises:
            SourceFailed: the clip cannot be read.
        """
        settings = CameraSettings(
            id="clip",
            source=str(clip.absolute()),
            analyse_fps=5.0 if clip.is_dir() else self._fps,
            min_face_px=self._min_face_px,
        )
        source = make_source(settings)
        seconds = min(self._seconds, _seconds_of(clip, most_frames, settings.analyse_fps))
        seen, looked_at, crowded = _Seen(), 0, 0
        last: NDArray[np.float32] | None = None
        try:
            for frame in source.frames():
                if not looked_at:
                    began = frame.captured_at
                at_s = (frame.captured_at - began).total_seconds()
                # A hair, since times are rounded to microseconds.
                if at_s >= seconds - 1e-4:
                    break
                looked_at += 1
                faces = self._detect(frame.image, settings)
                row = _followed(faces, last)
                if row is None:
                    continue
                last = faces.boxes[row]
                crowded += _second(faces, row)
                seen.add(frame.image, faces, row, at_s)
        finally:
            source.close()
        if not looked_at:
            raise SourceFailed(f"{clip} has no frame")
        return seen.shown(looked_at, crowded)

    def _detect(self, image: Image, settings: CameraSettings) -> Faces:
        size_px = detect_size_px(max(image.shape[:2]), settings.min_face_px)
        faces = self._detector.detect(
            image, size_px=size_px, min_confidence=settings.min_confidence
        )
        return faces.take(faces.height_px >= self._min_face_px)


def _seconds_of(clip: Path, frames: int | None, pictures_a_second: float) -> float:
    """Return how long so many frames of a clip last; for ever where frames is None.

    Raises:
        SourceFailed: the clip cannot be read.
    """
    if frames is None:
        return float("inf")
    if clip.is_dir():
        return frames / pictures_a_second
    try:
        with av.open(str(clip)) as container:
            rate = container.streams.video[0].average_rate
    except (av.FFmpegError, OSError, IndexError) as error:
        raise SourceFailed(f"{clip} cannot be read", found=str(error)) from error
    return frames / float(rate) if rate else float("inf")


def _followed(faces: Faces, last: NDArray[np.float32] | None) -> int | None:
    """Return the face that goes on from the one before, else the largest."""
    if not len(faces):
        return None
    if last is not None:
        overlap = _overlaps(faces.boxes, last)
        if overlap.max() >= SAME_FACE:
            return int(overlap.argmax())
    return int(faces.height_px.argmax())


def _overlaps(boxes: Float32, one: NDArray[np.float32]) -> Float32:
    low, high = np.maximum(boxes[:, :2], one[:2]), np.minimum(boxes[:, 2:], one[2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (one[2:] - one[:2]).prod()
    return np.asarray(shared / np.maximum(areas - shared, 1e-6), np.float32)


def _second(faces: Faces, row: int) -> bool:
    others = np.delete(faces.height_px, row)
    return bool((others >= SECOND_SHARE * faces.height_px[row]).any())


class _Seen:
    """What was seen of the face so far."""

    def __init__(self) -> None:
        self._rows: list[tuple[Image, Float32, Float32, Float32, float]] = []

    def add(self, image: Image, faces: Faces, row: int, at_s: float) -> None:
        box = faces.boxes[row]
        reach = KEPT_FACTOR / 2 * float((box[2:] - box[:2]).max()) + 2
        centre, limit = (box[:2] + box[2:]) / 2, np.array([image.shape[1], image.shape[0]])
        low = np.clip(np.floor(centre - reach), 0, limit - 1).astype(int)
        high = np.clip(np.ceil(centre + reach), low + 1, limit).astype(int)
        piece = image[low[1] : high[1], low[0] : high[0]].copy()
        corner = low.astype(np.float32)
        moved = faces.landmarks[row] - corner
        self._rows.append((piece, box - np.tile(corner, 2), moved, corner, at_s))

    def shown(self, looked_at: int, crowded: int) -> ShownFace:
        rows = self._rows
        return ShownFace(
            tuple(row[0] for row in rows),
            np.array([row[1] for row in rows], np.float32).reshape(-1, 4),
            np.array([row[2] for row in rows], np.float32).reshape(-1, 5, 2),
            np.array([row[3] for row in rows], np.float32).reshape(-1, 2),
            np.array([row[4] for row in rows], np.float64),
            looked_at,
            crowded,
        )
