"""Genuine clips to make presentations of: who is where in them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from facewarden.capture.container import DecoderSettings, choose_video, in_words, open_recording
from facewarden.capture.media_facts import DEFAULT_FPS, frame_rate
from facewarden.capture.picture import PictureConverter
from facewarden.data import UNTRACKED, Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.errors import InputError, SourceFailed
from facewarden.track.columnar import ColumnarTracker

LEAST_FACE_PX = 60.0
"""The smallest face of a crowd that is used: what the default conditions of the watch ask for."""

MIN_CONFIDENCE = 0.6
_DETECT_PX = 320
_CROWD_PX = 1280
_EVERY_S = 0.08
"""Between two looks of the detector; between them a face is where it would be on a straight way."""
_LARGEST = 4
_ALONE = 0.35
"""Somebody else is in view where another face is at least so large against the largest, in more
than one look of ten."""
_MANY = 0.1
_CLOSE = 1.0
"""The video models look at twice the face: so near to its centre, in heights, another shows."""
_SHARED = 0.5
"""Somebody of a crowd is left out who shares their picture for more than so much of the looks."""
_BLACK = 24
"""The lightest grey level in a black bar: video's black with the noise of its compression."""
_SEEN = 0.8
"""Share of looks in which the face of a clip must be found."""


@dataclass(frozen=True, slots=True)
class Genuine:
    """One person in a genuine clip, or on a photograph.

    Attributes:
        subject: a name for them, usable in a file name.
        path: of the clip or photograph.
        fps: frames a second of the clip.
        times_s: (n,) float64, when the face was looked for and found.
        boxes: (n, 4) float32 x1 y1 x2 y2 px.
        landmarks: (n, 5, 2) float32 px.
        crowd: whether other people are beside them.
        frame: left, top, right, bottom of the picture, without black bars, px.
        still: whether it is a photograph: a clip of one frame, for as long as is asked for.
    """

    subject: str
    path: Path
    fps: float
    times_s: np.ndarray[tuple[int], np.dtype[np.float64]]
    boxes: Float32
    landmarks: Float32
    crowd: bool
    frame: tuple[int, int, int, int]
    still: bool = False

    @property
    def below(self) -> float:
        """How far the picture reaches down from the face's centre, in face heights."""
        centre = float(np.median(self.boxes[:, 1::2].mean(axis=1)))
        return (self.frame[3] - centre) / self.face_px

    @property
    def face_px(self) -> float:
        """Median height of the face."""
        return float(np.median(self.boxes[:, 3] - self.boxes[:, 1]))

    @property
    def span_s(self) -> tuple[float, float]:
        """When the face is first and last seen."""
        return float(self.times_s[0]), float(self.times_s[-1])

    def at(self, time_s: float) -> tuple[Float32, Float32]:
        """Return the box (4,) and the landmarks (5, 2) at a moment of the span."""
        columns = np.concatenate([self.boxes, self.landmarks.reshape(-1, 10)], axis=1)
        row = np.array([np.interp(time_s, self.times_s, column) for column in columns.T])
        return row[:4].astype(np.float32), row[4:].reshape(5, 2).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What holds for a whole clip: frames a second, and its picture without black bars."""

    fps: float
    frame: tuple[int, int, int, int]


def one_person(path: Path, detector: Detector, *, least_s: float) -> Genuine:
    """Return the person whom a clip shows alone.

    Raises:
        InputError: it cannot be read, is shorter than `least_s`, no face is found in it or not
            most of the time, or two people are in view.
    """
    looks = list(_looks(path, detector, _DETECT_PX))
    found = [(at, faces) for at, faces, _ in looks if len(faces)]
    if not found:
        raise InputError(f"{path}: no face was found in it", expected="one person's face")
    if sum(two_in_view(faces) for _, faces in found) > _MANY * len(looks):
        raise InputError(
            f"{path}: two people are in view",
            expected="one",
            remedy="name a clip of one person, or add --crowd to take each of them",
        )
    if len(found) < _SEEN * len(looks):
        raise InputError(
            f"{path}: the face was found too seldom",
            expected=f"in {_SEEN:.0%} of the looks",
            found=f"{len(found) / len(looks):.0%}",
        )
    rows = [int(np.argmax(faces.height_px)) for _, faces in found]
    subject = named(path.stem)
    person = _genuine(path, subject, looks[0][2], found, rows, crowd=False)
    _require_long(person, least_s)
    return person


def everybody(
    path: Path, detector: Detector, *, least_s: float, least_px: float = LEAST_FACE_PX
) -> list[Genuine]:
    """Return the people of a clip who are in view for long enough and near enough.

    Raises:
        InputError: it cannot be read, or there is nobody.
    """
    tracker = ColumnarTracker(patience_s=3 * _EVERY_S)
    looks = list(_looks(path, detector, _CROWD_PX))
    began = datetime(2026, 1, 1, tzinfo=UTC)
    tracked = [(at, tracker.update(faces, began + timedelta(seconds=at))) for at, faces, _ in looks]
    seen = Counter(
        int(track) for _, faces in tracked for track in faces.track_id if track != UNTRACKED
    )
    people = []
    for track in sorted(seen):
        found = [(at, faces) for at, faces in tracked if track in faces.track_id]
        rows = [int(np.flatnonzero(faces.track_id == track)[0]) for _, faces in found]
        person = _genuine(path, f"{named(path.stem)}-{track}", looks[0][2], found, rows, crowd=True)
        first, last = person.span_s
        gaps = np.diff(person.times_s, append=last)
        beside = [_beside(faces, row) for (_, faces), row in zip(found, rows, strict=True)]
        if np.mean(beside) > _SHARED:
            continue
        if last - first >= least_s and person.face_px >= least_px and gaps.max() < 3 * _EVERY_S:
            people.append(person)
    if not people:
        raise InputError(
            f"{path}: nobody is near enough for long enough",
            expected=f"a face of {least_px:.0f} px or more for {least_s:g} s",
        )
    return people


def video_frames(path: Path, start_s: float = 0.0) -> Iterator[tuple[float, float, VideoFrame]]:
    """Yield time, frame rate and frame of a clip, in order, from shortly before `start_s` on.

    Raises:
        InputError: it is not there, or not a video.
    """
    try:
        with open_recording(path) as container:
            video = choose_video(container, DecoderSettings(threads=1), live=False)
            rate = frame_rate(video) or DEFAULT_FPS
            base = float(video.time_base or 1 / 90000)
            origin = float(video.start_time or 0) * base
            if start_s > 0:
                container.seek(int((start_s + origin) / base), stream=video)
            for frame in container.decode(video):
                if frame.pts is not None:
                    yield frame.pts * base - origin, rate, frame
    except (av.FFmpegError, OSError) as error:
        reason = in_words(error, {}) if isinstance(error, av.FFmpegError) else error.strerror
        raise InputError(f"{path} cannot be read as a video", found=str(reason)) from error
    except SourceFailed as error:
        raise InputError(f"{path}: {error}") from error


def _looks(path: Path, detector: Detector, size_px: int) -> Iterator[tuple[float, Faces, "_Facts"]]:
    """Yield time, faces and the clip's rate, about every `_EVERY_S`."""
    picture, due = PictureConverter(), 0.0
    empty, facts = True, _Facts(0, (0, 0, 0, 0))
    for at, rate, frame in video_frames(path):
        if at + 1e-6 < due:
            continue
        due = at + _EVERY_S - 0.5 / rate
        image = picture.bgr(frame)
        if empty:
            empty, facts = False, _Facts(rate, without_bars(image))
        faces = detector.detect(image, size_px=size_px, min_confidence=MIN_CONFIDENCE)
        yield at, faces, facts
    if empty:
        raise InputError(f"{path}: there is no picture in it")


def without_bars(image: Image) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of what is not a black bar at an edge."""
    rows = np.flatnonzero(image.max(axis=(1, 2)) > _BLACK)
    columns = np.flatnonzero(image.max(axis=(0, 2)) > _BLACK)
    if not len(rows) or not len(columns):
        return 0, 0, image.shape[1], image.shape[0]
    # The row beside a bar is mixed with it.
    left, top = int(columns[0]), int(rows[0])
    right, bottom = int(columns[-1]) + 1, int(rows[-1]) + 1
    return (
        left + 2 * (left > 0),
        top + 2 * (top > 0),
        right - 2 * (right < image.shape[1]),
        bottom - 2 * (bottom < image.shape[0]),
    )


def _beside(faces: Faces, row: int) -> bool:
    """Tell whether somebody else's face is in a close picture of one."""
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    height = faces.height_px[row]
    off = np.abs(centres - centres[row]).max(axis=1) / height
    off[row] = np.inf
    return bool(((off < _CLOSE) & (faces.height_px > _ALONE * height)).any())


def two_in_view(faces: Faces) -> bool:
    """Tell whether a second face is so large that it may be taken for the one shown."""
    heights = np.sort(faces.height_px)[::-1]
    return len(heights) > 1 and bool(heights[1] >= _ALONE * heights[0])


def _genuine(
    path: Path,
    subject: str,
    facts: _Facts,
    found: list[tuple[float, Faces]],
    rows: list[int],
    *,
    crowd: bool,
) -> Genuine:
    pairs = list(zip(found, rows, strict=True))
    return Genuine(
        subject,
        path,
        facts.fps,
        np.array([at for at, _ in found]),
        np.stack([faces.boxes[row] for (_, faces), row in pairs]),
        np.stack([faces.landmarks[row] for (_, faces), row in pairs]),
        crowd,
        facts.frame,
    )


def named(word: str) -> str:
    """Return a name as one that may be part of a file's name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in word) or "clip"


def _require_long(person: Genuine, least_s: float) -> None:
    first, last = person.span_s
    if last - first < least_s:
        raise InputError(
            f"{person.path}: it is too short",
            expected=f"a face for {least_s:g} s",
            found=f"{last - first:.1f} s",
            remedy="ask for shorter clips with --seconds",
        )
