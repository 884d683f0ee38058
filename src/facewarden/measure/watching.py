"""Clips taken through the watch's own route, and what it saw and decided in them."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data import Float32, SubjectDetails
from facewarden.errors import EnrolmentRefused, InputError
from facewarden.measure.truth import spoken
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.enrol import Enrolled
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.photographs import Photograph
from facewarden.pipeline.raising import SEEN
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Finding, Outcome
from facewarden.store.open import Store
from facewarden.wiring.cameras import make_camera, make_source
from facewarden.wiring.enrolment import make_enroller
from facewarden.wiring.eyes import Eyes
from facewarden.wiring.roster import make_roster
from facewarden.wiring.route import make_route
from facewarden.wiring.stores import open_store_from

WATCHLIST = "evaluation"


@dataclass(frozen=True, slots=True)
class SeenFaces:
    """The tracked faces of one analysed frame.

    Attributes:
        time_s: of the clip.
        track: ids; boxes: (n, 4) x1 y1 x2 y2 px.
    """

    time_s: float
    track: tuple[int, ...]
    boxes: Float32


@dataclass(frozen=True, slots=True)
class Naming:
    """A track was taken for somebody, for the first time.

    Attributes:
        at_s: of the frame, seconds of the clip.
        box: x1 y1 x2 y2 px of the face that it was decided on; empty once out of view.
        alerted: an alert was raised, now; else one is in its quiet period.
    """

    name: str
    at_s: float
    box: tuple[float, ...]
    alerted: bool


@dataclass(slots=True)
class TrackStory:
    """What the watch made of one track.

    Attributes:
        looked_s: of the first look that was embedded, NaN where none was.
        names: whom it was taken for, each once; two people who follow each other on one track
            make two.
        face_px: height of the largest face.
    """

    looked_s: float = float("nan")
    names: dict[str, Naming] = field(default_factory=dict)
    face_px: float = 0.0


@dataclass(frozen=True, slots=True)
class WatchedClip:
    """One clip as the watch saw it; processor time is of the whole process."""

    frames: tuple[SeenFaces, ...]
    tracks: dict[int, TrackStory]
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Whom the temporary list holds, and what could not be enrolled, with the reason."""

    names: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


class WatchRoom:
    """The route, the list and the settings of a watch, without sinks; see `watch_room`."""

    def __init__(self, eyes: Eyes, store: Store, settings: Settings, enrolment: Enrolment) -> None:
        self._settings = settings
        self.enrolment = enrolment
        self._roster = make_roster(store, eyes.of_looks, [WATCHLIST], settings)
        self._route = make_route(settings, eyes, store, Metrics())
        self._clips = 0

    @property
    def threshold(self) -> float:
        """The similarity that an alert needs here."""
        return self._roster.thresholds[WATCHLIST]

    def watch(self, clip: Path) -> WatchedClip:
        """Take every due frame of a clip through the route, as a camera of its own.

        The clip's camera has the settings of the first camera of the settings, if there is one,
        but for its address, schedule and lists.

        Raises:
            SourceFailed: the clip cannot be read.
        """
        began = time.perf_counter(), time.process_time()
        self._clips += 1
        # A camera of its own: one clip's quiet periods are not another's.
        plan = _camera(self._settings, clip, f"clip-{self._clips}")
        camera, source = make_camera(plan), make_source(plan)
        frames: list[SeenFaces] = []
        tracks: dict[int, TrackStory] = {}
        start: datetime | None = None
        try:
            for frame in source.frames():
                start = start or frame.captured_at
                time_s = (frame.captured_at - start).total_seconds()
                outcome = self._route.step([(camera, frame)], self._roster)
                _raise_failures(outcome)
                frames.append(_seen(camera, frame.captured_at, time_s))
                self._note(tracks, camera, outcome.findings, start, time_s)
            if start is not None:
                self._finish(tracks, camera, frames[-1].time_s)
        finally:
            source.close()
        wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
        return WatchedClip(tuple(frames), tracks, cpu, wall)

    def _finish(self, tracks: dict[int, TrackStory], camera: WatchedCamera, time_s: float) -> None:
        for finding in self._route.finish(camera).findings:
            _note_finding(tracks, finding, self._roster, time_s)

    def _note(
        self,
        tracks: dict[int, TrackStory],
        camera: WatchedCamera,
        findings: Sequence[Finding],
        start: datetime,
        time_s: float,
    ) -> None:
        for track_id, person in camera.people.items():
            story = tracks.setdefault(track_id, TrackStory())
            story.face_px = max(story.face_px, person.evidence.largest_px)
            if person.evidence.usable_at is not None:
                story.looked_s = (person.evidence.usable_at - start).total_seconds()
        for finding in findings:
            _note_finding(tracks, finding, self._roster, time_s)


def _note_finding(
    tracks: dict[int, TrackStory], finding: Finding, roster: Roster, time_s: float
) -> None:
    if finding.decision.verdict not in SEEN:
        return
    decision, evidence, look = finding.decision, finding.evidence, finding.look
    story = tracks.setdefault(evidence.track_id, TrackStory())
    name = roster.name_of(decision.subject_id)
    if name not in story.names:
        box = look.view.faces.boxes[look.row].tolist() if look is not None else ()
        raised = (decision.watchlist, decision.subject_id) in evidence.raised
        story.names[name] = Naming(name, time_s, tuple(box), raised)


def _seen(camera: WatchedCamera, at: datetime, time_s: float) -> SeenFaces:
    """Return the faces of this frame; tracks that only expect one are left out."""
    ids, boxes = camera.tracker.active()
    here = [
        row
        for row, track_id in enumerate(ids.tolist())
        if track_id in camera.people and camera.people[track_id].evidence.last_seen_at == at
    ]
    return SeenFaces(
        time_s, tuple(int(ids[row]) for row in here), np.asarray(boxes[here], np.float32)
    )


def _raise_failures(outcome: Outcome) -> None:
    for _, _, error in outcome.failures:
        raise error


def _camera(settings: Settings, clip: Path, camera_id: str) -> CameraSettings:
    usual = settings.cameras[0].model_dump() if settings.cameras else {}
    for field_name in ("source", "username", "password", "schedule", "watchlists", "enabled"):
        usual.pop(field_name, None)
    return CameraSettings.model_validate(
        {**usual, "id": camera_id, "source": str(clip.absolute()), "realtime": False, "loop": False}
    )


@contextmanager
def watch_room(
    settings: Settings,
    eyes: Eyes,
    photographs: Sequence[tuple[str, Path]],
    *,
    done: Callable[[int], None] = lambda _: None,
) -> Iterator[WatchRoom]:
    """Enrol people in a temporary store, which is deleted at the end, and yield what watches.

    Args:
        photographs: person and path.
        done: called with how many photographs are done.

    Raises:
        EnrolmentRefused: nobody could be enrolled.
        InputError: the settings want a store that is no file of their own.
    """
    with tempfile.TemporaryDirectory(prefix="facewarden-evaluate-") as folder:
        own = type(settings.store).model_validate({"data_dir": Path(folder)})
        alone = settings.model_copy(update={"store": own, "sinks": ()})
        store = open_store_from(alone)
        try:
            yield WatchRoom(eyes, store, alone, _enrol(eyes, store, photographs, done))
        finally:
            store.close()


def _enrol(
    eyes: Eyes,
    store: Store,
    photographs: Sequence[tuple[str, Path]],
    done: Callable[[int], None],
) -> Enrolment:
    if not photographs:
        raise InputError("nobody is to be enrolled")
    given = [
        Photograph(str(path), path, SubjectDetails(spoken(person)), "largest")
        for person, path in photographs
    ]
    names, refused = set(), []
    enroller = make_enroller(eyes, store, WATCHLIST)
    for count, row in enumerate(enroller.enrol(given), 1):
        if row.outcome is Enrolled.REFUSED:
            refused.append((row.label, row.reason))
        else:
            names.add(row.name)
        done(count)
    if not names:
        raise EnrolmentRefused("nobody could be enrolled", found=refused[0][1])
    return Enrolment(tuple(sorted(names)), tuple(refused))
