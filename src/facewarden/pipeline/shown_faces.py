"""Presentation attack detection in files: everybody is asked about, otherwise as in the watch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from facewarden.alert.attention_strip import SeenLook
from facewarden.align.align import align
from facewarden.assess.assessor import Assessor
from facewarden.data import UNTRACKED, Faces, Frame, Image, Snapshot
from facewarden.data.presentation import Presentation
from facewarden.detect.detector import Detector
from facewarden.pipeline.presentation import PresentationCheck, Shown
from facewarden.track.tracker import Tracker


@dataclass(frozen=True, slots=True)
class ShownFace:
    """One face of a picture, or one track of a clip.

    Attributes:
        number: of the face from the left, or of the track, from 1.
        box: x1 y1 x2 y2 px, where it was largest.
        faces: pictures it was found in.
        first_s, last_s: of a clip, when it was seen, from its first frame on.
        quality: of the best of them, in [0, 1].
        strip: what a model of several looks saw, and where it looked; None where none did.
        looks: every look of a clip since it was last out of sight, in order of time, where they
            were asked for.
    """

    number: int
    box: tuple[float, float, float, float]
    faces: int
    first_s: float
    last_s: float
    quality: float
    presentation: Presentation
    strip: Snapshot | None
    looks: tuple[SeenLook, ...] = ()


@dataclass(slots=True)
class _Track:
    shown: Shown
    first_at: datetime
    last_at: datetime
    faces: int = 0
    quality: float = 0.0
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    looks: list[SeenLook] = field(default_factory=list)


class ShownFaces:
    """Judges every face of files.

    Args:
        min_confidence: of a detection.
        detect_size_px: longer side of the picture that the detector sees.
        keep_looks: hand out every look of a clip, for a video of it; costs memory.
    """

    def __init__(
        self,
        detector: Detector,
        assessor: Assessor,
        check: PresentationCheck,
        *,
        min_confidence: float = 0.6,
        detect_size_px: int = 960,
        keep_looks: bool = False,
    ) -> None:
        self._detector = detector
        self._assessor = assessor
        self._check = check
        self._min_confidence = min_confidence
        self._detect_size_px = detect_size_px
        self._keep_looks = keep_looks

    def in_picture(self, image: Image) -> list[ShownFace]:
        """Judge the faces of one picture, from left to right; several looks there are none of."""
        faces = self._detected(image)
        faces = faces.take(np.argsort(faces.boxes[:, 0]))
        now = datetime.now(UTC)
        tracks = [_Track(self._check.track(), now, now) for _ in range(len(faces))]
        self._look(tracks, faces, np.arange(len(faces)), image, now)
        return [self._done(number, track, now) for number, track in enumerate(tracks, 1)]

    def in_clip(self, frames: Iterable[Frame], tracker: Tracker) -> list[ShownFace]:
        """Judge the people of a clip, in the order in which they appear.

        Args:
            frames: in order of time, not all of one size perhaps.
            tracker: a new one.
        """
        tracks: dict[int, _Track] = {}
        began: datetime | None = None
        for frame in frames:
            at = frame.captured_at
            began = began or at
            faces = tracker.update(self._detected(frame.image), at)
            rows = np.flatnonzero(faces.track_id != UNTRACKED)
            seen = []
            for track_id in faces.track_id[rows].tolist():
                if track_id not in tracks:
                    tracks[track_id] = _Track(self._check.track(), at, at)
                seen.append(tracks[track_id])
            self._look(seen, faces, rows, frame.image, at)
        began = began or datetime.now(UTC)
        return [self._done(number, track, began) for number, track in enumerate(tracks.values(), 1)]

    def _detected(self, image: Image) -> Faces:
        return self._detector.detect(
            image, size_px=self._detect_size_px, min_confidence=self._min_confidence
        )

    def _look(
        self,
        tracks: list[_Track],
        faces: Faces,
        rows: NDArray[np.int64],
        image: Image,
        at: datetime,
    ) -> None:
        """Show one picture's faces, a row for each track, and ask about all of them."""
        if not tracks:
            return
        found = faces.take(rows)
        quality = self._assessor.assess(align(image, found.landmarks), found).quality
        for row, track in enumerate(tracks):
            box, others = found.boxes[row], np.delete(faces.boxes, rows[row], axis=0)
            before = track.shown.latest_at
            self._check.keep(
                track.shown, image, box, others, float(quality[row]), at, always=self._keep_looks
            )
            if self._keep_looks and track.shown.looks and track.shown.latest_at != before:
                if len(track.shown.looks) == 1:
                    track.looks.clear()
                track.looks.append(track.shown.looks[-1])
            track.faces += 1
            track.last_at = at
            track.quality = max(track.quality, float(quality[row]))
            x1, y1, x2, y2 = (float(value) for value in box)
            if y2 - y1 > track.box[3] - track.box[1]:
                track.box = (x1, y1, x2, y2)
        self._check.ask([(track.shown, at) for track in tracks])

    def _done(self, number: int, track: _Track, began: datetime) -> ShownFace:
        known = track.shown.known
        known.over = True
        return ShownFace(
            number,
            track.box,
            track.faces,
            (track.first_at - began).total_seconds(),
            (track.last_at - began).total_seconds(),
            track.quality,
            known.at(track.last_at),
            self._check.strip(track.shown),
            tuple(track.looks),
        )
