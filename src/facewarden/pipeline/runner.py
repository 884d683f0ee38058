"""Threads at the edges: a reader per camera, one analysis loop, nothing unbounded between them."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from facewarden.capture.source import Source, SourceState, SourceStats
from facewarden.data import Alert, Frame
from facewarden.decide.evidence import Evidence
from facewarden.decide.trace import Trace, Traces, trace
from facewarden.errors import FacewardenError
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.look import View
from facewarden.pipeline.passing import passages
from facewarden.pipeline.raising import alert_of, looks_of, probe_of, sighting_of
from facewarden.pipeline.recorder import ActivityCount, Recorder
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Finding, Outcome, Route

log = logging.getLogger("facewarden.runner")

COUNT_EVERY_S = 10.0


@dataclass(slots=True)
class Lane:
    """One camera: its source, its reader thread and the single frame that waits."""

    camera: WatchedCamera
    source: Source
    thread: threading.Thread
    waiting: Frame | None = None
    done: bool = False
    removed: bool = False
    retired: bool = False
    problem: str = ""
    state: SourceState | None = None
    counted: SourceStats = field(default_factory=lambda: SourceStats(SourceState.CONNECTING))
    counted_camera: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """What one camera is doing, for the progress bar and the control socket.

    Attributes:
        problem: why pictures are missing; empty where none are.
        advice: what about the camera keeps faces from being recognised, and what to do.
    """

    camera_id: str
    name: str
    live: bool
    stats: SourceStats
    analysed: int
    faces: int
    tracks: int
    within_quiet_period: int
    problem: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Observer:
    """Who is told what happens; every call comes from the analysis thread and must be quick."""

    alert: Callable[[Alert], None] = lambda _: None
    track_ended: Callable[[Trace], None] = lambda _: None
    camera_state: Callable[[WatchedCamera, SourceState, str], None] = lambda *_: None
    seen: Callable[[View], None] = lambda _: None


class Runner:
    """Watches cameras until stopped, or until every source has ended."""

    def __init__(
        self,
        route: Route,
        recorder: Recorder,
        roster: Roster,
        traces: Traces,
        *,
        model_id: str,
        looks_model_id: str,
        observer: Observer,
    ) -> None:
        self._route = route
        self._recorder = recorder
        self._roster = roster
        self._traces = traces
        self._model_id = model_id
        self._looks_model_id = looks_model_id
        self._observer = observer
        self._lanes: dict[str, Lane] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._next_count = 0.0
        self._ended: dict[str, LaneStatus] = {}
        self._leaving: list[Lane] = []

    def add(self, camera: WatchedCamera, source: Source) -> None:
        """Start to watch one more camera; may be called from any thread.

        One that is watched already under the same id is removed first.
        """
        lane = Lane(camera, source, threading.Thread(daemon=True))
        camera_id = camera.plan.camera_id
        lane.thread = threading.Thread(
            target=self._read, args=(lane,), name=f"reader {camera_id}", daemon=True
        )
        self.remove(camera_id)
        with self._changed:
            before = self._lanes.get(camera_id)
            if before is not None and not before.retired:  # its tracks are not closed yet
                self._leaving.append(before)
            self._lanes[camera_id] = lane
        lane.thread.start()

    def remove(self, camera_id: str) -> None:
        """Stop to watch one camera; may be called from any thread."""
        with self._changed:
            lane = self._lanes.get(camera_id)
            if lane is None:
                return
            lane.removed = True
            self._changed.notify_all()
        lane.source.close()
        lane.thread.join(10)

    def use(self, roster: Roster) -> None:
        """Swap the watchlists; the next step of the route sees the new ones."""
        self._roster = roster

    @property
    def roster(self) -> Roster:
        """The watchlists in use."""
        return self._roster

    def status(self) -> list[LaneStatus]:
        """Return what every camera is doing; may be called from any thread."""
        with self._changed:
            lanes = list(self._lanes.values())
        return [_status(lane) for lane in lanes]

    def ended(self) -> list[LaneStatus]:
        """Return the last status of every camera that has ended or was removed."""
        with self._changed:
            return list(self._ended.values())

    def traces(self, camera_id: str = "", track_id: int | None = None) -> list[Trace]:
        """Return the stories of ended tracks and of those in view; from any thread."""
        with self._changed:
            lanes = list(self._lanes.values())
        in_view = [
            trace(person.evidence, self._roster.name_of)
            for lane in lanes
            if not camera_id or lane.camera.plan.camera_id == camera_id
            for person in list(lane.camera.people.values())
            if track_id is None or person.evidence.track_id == track_id
        ]
        return self._traces.find(camera_id, track_id) + in_view

    def stop(self) -> None:
        """Make `run` return soon; may be called from any thread or a signal handler's thread."""
        self._stopping = True

    def run(self, *, until_ended: bool) -> None:
        """Analyse until stopped; with `until_ended`, also until no source has anything left."""
        try:
            while not self._stopping:
                batch = self._take()
                if batch or self._route.waiting:
                    self._step(batch)
                self._retire()
                self._tell_states()
                self._count()
                with self._changed:
                    if until_ended and not self._lanes:
                        break
        finally:
            self._close()

    def _read(self, lane: Lane) -> None:
        """Hand frames over one at a time; a live source drops behind our back, a file waits."""
        try:
            for frame in lane.source.frames():
                with self._changed:
                    self._changed.wait_for(
                        lambda: lane.waiting is None or lane.removed or self._stopping
                    )
                    if lane.removed or self._stopping:
                        return
                    lane.waiting = frame
                    self._changed.notify_all()
        except FacewardenError as error:
            lane.problem = str(error)
            log.error("camera %s: %s", lane.camera.plan.camera_id, error)  # noqa: TRY400
        except Exception as error:
            lane.problem = f"unexpected {type(error).__name__}"
            log.exception("camera %s: the reader failed", lane.camera.plan.camera_id)
        finally:
            with self._changed:
                lane.done = True
                self._changed.notify_all()

    def _take(self) -> list[tuple[WatchedCamera, Frame]]:
        """Take the waiting frame of every camera that has one; wait a little for the first."""
        with self._changed:
            self._changed.wait_for(
                lambda: any(x.waiting or x.done or x.removed for x in self._lanes.values()), 0.25
            )
            batch = []
            for lane in self._lanes.values():
                if lane.waiting is not None and not lane.removed:
                    batch.append((lane.camera, lane.waiting))
                    lane.waiting = None
            self._changed.notify_all()
        return batch

    def _step(self, batch: Sequence[tuple[WatchedCamera, Frame]]) -> None:
        roster = self._roster
        try:
            outcome = self._route.step(batch, roster)
        except Exception:
            log.exception("frames of %d cameras could not be analysed", len(batch))
            return
        for camera, frame, error in outcome.failures:
            log.error(
                "camera %s: frame %d could not be analysed",
                camera.plan.camera_id,
                frame.sequence,
                exc_info=error,
            )
        self._tell(outcome, roster)
        for view in outcome.views:
            self._observer.seen(view)

    def _tell(self, outcome: Outcome, roster: Roster) -> None:
        for finding in outcome.findings:
            alert = alert_of(
                finding, roster, model_id=self._model_id, looks_model_id=self._looks_model_id
            )
            if alert is not None:
                looks = looks_of(finding.evidence, alert.subject_id, roster, datetime.now(UTC))
                self._recorder.alert(alert, probe_of(finding), looks, finding.strip)
                self._observer.alert(alert)
            sighting = sighting_of(finding)
            if sighting is not None:
                self._recorder.sighting(sighting)
        for camera, evidence in outcome.ended:
            for decision in evidence.decisions.values():
                # once more, because a track is seen for longer than it is embedded
                sighting = sighting_of(Finding(camera, evidence, decision, None))
                if sighting is not None:
                    self._recorder.sighting(sighting)
            self._tell_looks(evidence, roster)
            for passage in passages(camera.plan, evidence, roster):
                self._recorder.passage(passage)
            self._tell_ended(evidence, roster)

    def _tell_looks(self, evidence: Evidence, roster: Roster) -> None:
        """Hand over the looks that came after an alert's latest revision."""
        for (_, subject_id), raised in evidence.raised.items():
            if evidence.looks > raised.looks:
                looks = looks_of(evidence, subject_id, roster, datetime.now(UTC))
                self._recorder.looks(raised.alert_id, looks)

    def _tell_ended(self, evidence: Evidence, roster: Roster) -> None:
        story = trace(evidence, roster.name_of)
        self._traces.add(story)
        self._observer.track_ended(story)

    def _retire(self) -> None:
        """Close the tracks of cameras that have ended or were removed."""
        with self._changed:
            gone = self._leaving + [
                lane
                for lane in self._lanes.values()
                if lane.removed or (lane.done and lane.waiting is None)
            ]
            self._leaving = []
            for lane in gone:
                lane.retired = True
        for lane in gone:
            self._tell(self._route.finish(lane.camera), self._roster)
            self._count_lane(lane, datetime.now(UTC))
            state = SourceState.FAILED if lane.problem else SourceState.ENDED
            # What a recording had of damage; a live camera that is taken away has told before.
            damage = "" if lane.source.live else lane.source.stats().problem
            self._observer.camera_state(lane.camera, state, lane.problem or damage)
            lane.source.close()
            with self._changed:
                self._ended[lane.camera.plan.camera_id] = _status(lane)
                there = self._lanes.get(lane.camera.plan.camera_id)
                if there is lane:
                    del self._lanes[lane.camera.plan.camera_id]
                elif there is not None:
                    there.state = None  # to be told again: the end just told was not its own
                self._changed.notify_all()

    def _tell_states(self) -> None:
        for lane in list(self._lanes.values()):
            stats = lane.source.stats()
            over = stats.state in {SourceState.ENDED, SourceState.FAILED}  # told by _retire, once
            if stats.state is not lane.state and not over:
                lane.state = stats.state
                self._observer.camera_state(lane.camera, stats.state, stats.problem)

    def _count(self) -> None:
        if time.monotonic() < self._next_count:
            return
        self._next_count = time.monotonic() + COUNT_EVERY_S
        at = datetime.now(UTC)
        for lane in list(self._lanes.values()):
            self._count_lane(lane, at)

    def _count_lane(self, lane: Lane, at: datetime) -> None:
        """Record what a camera did since it was last counted."""
        now, before = lane.source.stats(), lane.counted
        camera = lane.camera
        analysed, faces, tracks, rejected_before = lane.counted_camera
        self._recorder.activity(
            ActivityCount(
                camera.plan.camera_id,
                at,
                max(0.0, now.watched_s - before.watched_s),
                max(0.0, now.down_s - before.down_s),
                camera.analysed - analysed,
                max(0, now.dropped - before.dropped),
                camera.faces - faces,
                camera.tracks - tracks,
                camera.rejected_before - rejected_before,
            )
        )
        lane.counted = now
        lane.counted_camera = (
            camera.analysed,
            camera.faces,
            camera.tracks,
            camera.rejected_before,
        )

    def _close(self) -> None:
        self._stopping = True
        with self._changed:
            lanes = list(self._lanes.values())
            for lane in lanes:
                lane.removed = True
            self._changed.notify_all()
        for lane in lanes:
            lane.source.close()
        for lane in lanes:
            lane.thread.join(10)
        self._retire()


def _status(lane: Lane) -> LaneStatus:
    stats = lane.source.stats()
    return LaneStatus(
        lane.camera.plan.camera_id,
        lane.camera.plan.name,
        lane.source.live,
        stats,
        lane.camera.analysed,
        lane.camera.faces,
        lane.camera.tracks,
        lane.camera.within_quiet_period,
        lane.problem or stats.problem,
        lane.camera.hanging.problem,
    )
