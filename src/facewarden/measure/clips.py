"""Templates of clips, pooled as the watch pools the looks of a track."""

import hashlib
import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from facewarden.align.align import align
from facewarden.assess.gate import GateVerdict, LookGate
from facewarden.capture.image import read_image
from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data import Float32, Frame, Image
from facewarden.decide.decider import Decider
from facewarden.decide.memory import RecentAlerts
from facewarden.detect.size import detect_size_px
from facewarden.embed.fuse import Fusion
from facewarden.errors import ImageRefused, SourceFailed
from facewarden.match.exact_gallery import ExactGallery
from facewarden.measure.galleries import Kind, Sample, frames_in
from facewarden.pipeline.camera import TrackedPerson, WatchedCamera
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Route
from facewarden.wiring.cameras import make_camera, make_source
from facewarden.wiring.eyes import Eyes
from facewarden.wiring.route import make_close_look, make_rule


@dataclass(frozen=True, slots=True)
class Clip:
    """What the watch knows of the person whom a clip shows.

    Attributes:
        pooled: (looks, d) float32 unit rows, the template after one look, after two, and so on;
            none where no look was good enough to be embedded.
        frames: pictures that were analysed.
        others: how many other people (tracks) were in view; 0 for a folder of frames.
        digests: SHA-256 of the frames of a folder.
        fault: why there is no template; may be empty.
    """

    pooled: Float32
    frames: int
    others: int = 0
    digests: frozenset[str] = frozenset()
    fault: str = ""


class NoAlerts:
    """An AlertMemory of a place where nothing was ever raised."""

    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        """Return None."""


@dataclass(slots=True)
class _Followed:
    """A track of a clip: its pooled template after each look, and how it was seen."""

    pooled: list[Float32] = field(default_factory=list)
    faces: int = 0
    central: int = 0


class ClipReader:
    """Takes clips through detect, track, align, assess and embed with a watch's own settings.

    The gate judges as for a track that is near its threshold, where every good look counts: its
    least quality and greatest number of looks are those of the settings.
    """

    def __init__(self, eyes: Eyes, settings: Settings) -> None:
        self._eyes = eyes
        chosen = settings.decision
        self._gate = LookGate(
            min_quality=chosen.min_quality, max_looks=chosen.max_looks, near=math.inf
        )
        self._route = Route(
            detector=eyes.detector,
            assessor=eyes.assessor,
            close_look=make_close_look(eyes, Metrics(), within=math.inf),
            decider=Decider(
                make_rule(settings),
                RecentAlerts(NoAlerts(), timedelta(seconds=chosen.quiet_period_s)),
            ),
            gate=self._gate,
            metrics=Metrics(),
        )
        self._nobody = Roster(
            gallery=ExactGallery([], eyes.embedder.model_id),
            subjects={},
            thresholds={},
            memberships={},
            version=0,
        )

    def read(self, sample: Sample) -> Clip:
        """Return the templates of the person whom a folder of frames or a video shows."""
        return self._frames(sample.path) if sample.kind is Kind.FRAMES else self._video(sample.path)

    def _frames(self, folder: Path) -> Clip:
        """Pool the face nearest the centre of each frame: data sets cut their frames around it."""
        camera = CameraSettings(id="clip", source=str(folder))
        step = timedelta(seconds=1 / camera.analyse_fps)
        pooled: list[Float32] = []
        fusion, best, last = Fusion(), 0.0, None
        digests, frames = set(), 0
        for path in frames_in(folder):
            try:
                image, data = read_image(path)
            except ImageRefused:
                continue
            digests.add(hashlib.sha256(data).hexdigest())
            at = datetime(2026, 1, 1, tzinfo=UTC) + frames * step
            frames += 1
            look = self._look(image, camera)
            if look is None:
                continue
            crop, quality = look
            verdict = self._gate.judge(
                quality,
                at,
                looks=fusion.looks,
                best_quality=best,
                last_look_at=last,
                shortfall=math.inf,
            )
            if verdict is not GateVerdict.WORTH:
                continue
            fusion.add(self._eyes.of_looks.embed(crop), quality)
            best, last = max(best, quality), at
            pooled.append(fusion.template().vectors[0])
        fault = "" if frames else "no frame can be read"
        return self._clip(pooled, frames, fault=fault, digests=frozenset(digests))

    def _look(self, image: Image, camera: CameraSettings) -> "tuple[Image, float] | None":
        """Return what the embedder takes of the central face, (1, h, w, 3), and its quality."""
        size_px = camera.detect_size_px or detect_size_px(max(image.shape[:2]), camera.min_face_px)
        faces = self._eyes.detector.detect(
            image, size_px=size_px, min_confidence=camera.min_confidence
        )
        faces = faces.take(faces.height_px >= camera.min_face_px)
        if not len(faces):
            return None
        row = np.array([_nearest_centre(faces.boxes, image)], np.int64)
        face = faces.take(row)
        crop = align(image, face.landmarks)
        quality = float(self._eyes.assessor.assess(crop, face).quality[0])
        face = self._eyes.refiner.refine(image, face)
        if self._eyes.cutter is not None:
            return self._eyes.cutter.cut(image, face), quality
        return align(image, face.landmarks), quality

    def tracks(self, sample: Sample) -> list[Float32]:
        """Return the templates by look, (looks, d), of every track of a video that was looked at.

        Raises:
            SourceFailed: the video cannot be read.
        """
        seen, _, fault = self._follow(sample.path)
        if fault:
            raise SourceFailed(fault)
        return [np.stack(track.pooled) for track in seen.values() if track.pooled]

    def _video(self, path: Path) -> Clip:
        """Follow everybody through the route; the clip shows who is most often most central."""
        seen, frames, fault = self._follow(path)
        if not seen:
            return self._clip([], frames, fault=fault or "no face found")
        shown = max(seen.values(), key=lambda track: (track.central, track.faces))
        return self._clip(shown.pooled, frames, others=len(seen) - 1, fault=fault)

    def _follow(self, path: Path) -> tuple[dict[int, _Followed], int, str]:
        """Return the tracks of a video, how many frames it had, and why it could not be read."""
        settings = CameraSettings(id="clip", source=str(path))
        camera = make_camera(settings)
        seen: dict[int, _Followed] = {}
        frames, fault = 0, ""
        source = make_source(settings)
        try:
            for frame in source.frames():
                frames += 1
                outcome = self._route.step([(camera, frame)], self._nobody)
                for _, _, error in outcome.failures:
                    raise error
                self._note(seen, camera, frame)
        except SourceFailed as error:
            fault = str(error)
        finally:
            source.close()
        return seen, frames, fault

    @staticmethod
    def _note(seen: dict[int, _Followed], camera: WatchedCamera, frame: Frame) -> None:
        """Keep the template of every track that was looked at in this frame, and who is central."""
        present: Counter[int] = Counter()
        for track_id, person in camera.people.items():
            track = seen.setdefault(track_id, _Followed())
            if person.evidence.looks > len(track.pooled):
                track.pooled.append(_template(person))
            if person.evidence.last_seen_at == frame.captured_at:
                present[track_id] = track.faces = person.evidence.faces
        ids, boxes = camera.tracker.active()
        rows = np.flatnonzero([track_id in present for track_id in ids.tolist()])
        if len(rows):
            nearest = rows[_nearest_centre(boxes[rows], frame.image)]
            seen[int(ids[nearest])].central += 1

    def _clip(
        self,
        pooled: list[Float32],
        frames: int,
        *,
        others: int = 0,
        fault: str = "",
        digests: frozenset[str] = frozenset(),
    ) -> Clip:
        if pooled:
            return Clip(np.stack(pooled), frames, others, digests)
        none = np.zeros((0, self._eyes.embedder.dimension), np.float32)
        return Clip(
            none, frames, others, digests, fault or "no look was good enough to be embedded"
        )


def _template(person: TrackedPerson) -> Float32:
    pooled: Float32 = person.fusion.template().vectors[0]
    return pooled


def _nearest_centre(boxes: Float32, image: Image) -> int:
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    return int(np.linalg.norm((boxes[:, :2] + boxes[:, 2:]) / 2 - middle, axis=1).argmin())
