"""The route of a frame: every stage in order, on one page, without threads."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.assess.assessor import Assessor
from facewarden.assess.gate import GateVerdict, LookGate
from facewarden.data import (
    UNTRACKED,
    Assessment,
    Candidates,
    Decision,
    Faces,
    Frame,
    Snapshot,
    Templates,
    Verdict,
)
from facewarden.data.presentation import Presentation, PresentationVerdict
from facewarden.decide.best_looks import KeptLook
from facewarden.decide.decider import Decider
from facewarden.decide.evidence import Evidence
from facewarden.detect.any_way_up import AnyWayUp
from facewarden.detect.detector import Detector
from facewarden.detect.size import detect_size_px
from facewarden.pipeline.camera import TrackedPerson, WatchedCamera
from facewarden.pipeline.close_look import CloseLook, Glimpse
from facewarden.pipeline.found import Found
from facewarden.pipeline.look import Look, View
from facewarden.pipeline.look_picture import face_alone
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presenting import NO_MODEL, Presenting
from facewarden.pipeline.roster import Roster, rules_of, watched
from facewarden.pipeline.second_opinion import SecondOpinion

log = logging.getLogger("facewarden.pipeline")

CANDIDATES = 5
"""Subjects per probe: the best, its runner-up, and room for other watchlists."""

SOMEBODY_ELSE = 0.25
"""A look less like the track's other looks than this is of another person: of LFW's genuine pairs,
which are far less alike than looks of one track, 0.7 % are below; of impostor pairs 99.6 %
(2026-11-22, lfw-dev, all pairs, genuine ones weighted by person)."""

SURE_QUALITY = 0.5
"""Of both sides of that comparison; a blurred look is unlike everybody."""

DOUBTFUL_CONFIDENCE = 0.3
"""Detections from here on are blurred in snapshots and may continue a track, not start one."""

STALLED = timedelta(seconds=5)
"""After so long by this machine's clock an alert waits for no more looks: its camera is gone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A decision about a person in view, with the picture it was made on; None once out of view.

    Attributes:
        strip: of an alert or update, what presentation attack detection looked at, if it did.
    """

    camera: WatchedCamera
    evidence: Evidence
    decision: Decision
    look: Look | None
    strip: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step of the route found: decisions, and tracks that have ended.

    Attributes:
        failures: frames that a stage could not take, with what it raised.
        views: what the pictures show, with tracks.
    """

    findings: list[Finding]
    ended: list[tuple[WatchedCamera, Evidence]]
    failures: list[tuple[WatchedCamera, Frame, Exception]] = field(default_factory=list)
    views: list[View] = field(default_factory=list)


class Route:
    """Takes at most one frame of each camera per step, so that embedding is batched across them."""

    def __init__(
        self,
        *,
        detector: Detector,
        assessor: Assessor,
        close_look: CloseLook,
        decider: Decider,
        gate: LookGate,
        metrics: Metrics,
        second: SecondOpinion | None = None,
        presenting: Presenting | None = None,
        workers: Executor | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._detector = detector
        self._any_way_up = AnyWayUp(detector)
        self._assessor = assessor
        self._decider = decider
        self._gate = gate
        self._metrics = metrics
        self._close_look = close_look
        self._second = second
        self._presenting = presenting
        self._workers = workers
        self._clock = clock
        self._waiting: list[Found] = []
        self._leaving: list[tuple[WatchedCamera, TrackedPerson]] = []
        self._held_back: dict[int, tuple[Found, datetime]] = {}

    @property
    def waiting(self) -> bool:
        """Whether a decision is owed that a step without a frame may bring."""
        return bool(self._waiting or self._held_back)

    def step(self, batch: Sequence[tuple[WatchedCamera, Frame]], roster: Roster) -> Outcome:
        """Take one frame of each of some cameras through all stages.

        A frame that a stage cannot take is named among the failures and costs the others nothing;
        a stage that fails for all frames at once (embed, match) fails for each of them.
        """
        outcome = Outcome([], [])
        if self._presenting is not None:
            self._presenting.begin()
        self._settle(outcome)
        views = self._detect(batch, outcome)
        looks = [look for view in views for look in self._looks(view, roster, outcome)]
        cameras = [camera for camera, _ in batch]
        try:
            self._decide(looks, self._embed(looks, roster), roster, cameras, outcome)
        except Exception as error:  # noqa: BLE001
            shown = {id(look.view): look.view for look in looks}
            outcome.failures.extend((view.camera, view.frame, error) for view in shown.values())
        self._present(cameras, outcome)
        for camera in cameras:
            for person in self._gone(camera, camera.tracker.ended().tolist()):
                self._end(camera, person, outcome)
        return outcome

    def finish(self, camera: WatchedCamera) -> Outcome:
        """End every track of a camera that will send no more frames.

        Second opinions that are still owed are waited for, a moment.
        """
        outcome = Outcome([], [])
        for person in self._gone(camera, list(camera.people)):
            self._end(camera, person, outcome)
        if self._second is not None and self._leaving:
            self._second.wait(person.inquiry for other, person in self._leaving if other is camera)
        self._settle(outcome, of=camera)
        return outcome

    def _detect(self, batch: Sequence[tuple[WatchedCamera, Frame]], outcome: Outcome) -> list[View]:
        with self._metrics.stage("detect", len(batch)):
            if self._workers is not None and len(batch) > 1:
                seen = list(self._workers.map(self._view_or_error, *zip(*batch, strict=True)))
            else:
                seen = [self._view_or_error(camera, frame) for camera, frame in batch]
        views = []
        for (camera, frame), view in zip(batch, seen, strict=True):
            if isinstance(view, View):
                views.append(view)
            else:
                outcome.failures.append((camera, frame, view))
        return views

    def _view_or_error(self, camera: WatchedCamera, frame: Frame) -> View | Exception:
        try:
            return self._view(camera, frame)
        except Exception as error:  # noqa: BLE001
            return error

    def _view(self, camera: WatchedCamera, frame: Frame) -> View:
        camera.analysed += 1
        gate = camera.motion
        if gate is not None and not gate.moving(frame.image, frame.captured_at):
            ids, _ = camera.tracker.active()
            if not len(ids):
                return View(camera, frame, Faces.empty())
        height_px, width_px = frame.image.shape[:2]
        x1, y1, x2, y2 = camera.plan.region.bounds_px(width_px, height_px)
        plan, longer_px = camera.plan, max(x2 - x1, y2 - y1)

        def found(detector: Detector) -> Faces:
            return detector.detect(
                frame.image[y1:y2, x1:x2],
                size_px=plan.detect_size_px or detect_size_px(longer_px, plan.min_face_px),
                min_confidence=min(DOUBTFUL_CONFIDENCE, plan.min_confidence),
            )

        faces = found(self._detector)
        if camera.hanging.look(faces, frame.captured_at, lambda: found(self._any_way_up)):
            log.warning("camera %s: %s", plan.camera_id, camera.hanging.problem)
        return View(camera, frame, faces.moved(x1, y1))

    def _track(self, view: View) -> View:
        with self._metrics.stage("track"):
            faces = view.camera.tracker.update(view.faces, view.frame.captured_at)
        view.camera.faces += int((faces.confidence >= view.camera.plan.min_confidence).sum())
        return View(view.camera, view.frame, faces)

    def _looks(self, view: View, roster: Roster, outcome: Outcome) -> list[Look]:
        try:
            tracked = self._track(view)
            outcome.views.append(tracked)
            return list(self._worthwhile(tracked, roster))
        except Exception as error:  # noqa: BLE001
            outcome.failures.append((view.camera, view.frame, error))
            return []

    def _worthwhile(self, view: View, roster: Roster) -> Iterator[Look]:
        """Align and assess the faces that may be embedded, and yield those that should be."""
        people = self._people(view)
        usable = self._usable(view, people)
        if not len(usable):
            return
        faces = view.faces.take(usable)
        with self._metrics.stage("align", len(usable)):
            crops = align(view.frame.image, faces.landmarks)
        with self._metrics.stage("assess", len(usable)):
            assessment = self._assessor.assess(crops, faces)
        asked = self._presenting is not None and self._presenting.asked(view.camera, roster)
        for i, row in enumerate(usable.tolist()):
            look = Look(view, row, people[row], float(assessment.quality[i]), crops[i])
            if asked and self._presenting is not None:
                self._presenting.offer(look)
            if self._worth(look, assessment, i):
                yield look

    @staticmethod
    def _people(view: View) -> dict[int, TrackedPerson]:
        """Return the notes on each tracked face by row, begun where the track is new."""
        camera, at = view.camera, view.frame.captured_at
        people = {}
        for row in np.flatnonzero(view.faces.track_id != UNTRACKED).tolist():
            track_id = int(view.faces.track_id[row])
            person = camera.people.get(track_id)
            if person is None:
                evidence = Evidence(camera.plan.camera_id, track_id, at, at)
                person = camera.people[track_id] = TrackedPerson(evidence)
                camera.tracks += 1
            evidence = person.evidence
            if camera.previous_at is not None and evidence.last_seen_at < camera.previous_at:
                evidence.resumed = True
            evidence.faces += 1
            evidence.last_seen_at = at
            evidence.largest_px = max(evidence.largest_px, float(view.faces.height_px[row]))
            people[row] = person
        camera.previous_at = at
        return people

    @staticmethod
    def _usable(view: View, people: Mapping[int, TrackedPerson]) -> NDArray[np.int64]:
        """Return the rows that are tracked, sure, large enough and inside the region."""
        plan, faces = view.camera.plan, view.faces
        height_px, width_px = view.frame.image.shape[:2]
        centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / np.float32(2)
        inside = plan.region.contains(centres, width_px, height_px)
        rows = []
        for row, person in people.items():
            if not inside[row]:
                obstacle = "outside the region"
            elif faces.height_px[row] < plan.min_face_px:
                obstacle = f"too small: face lower than {plan.min_face_px:g} px"
            elif faces.confidence[row] < plan.min_confidence:
                obstacle = "doubtful detection"
            else:
                rows.append(row)
                continue
            person.evidence.obstacles[obstacle] += 1
        return np.array(rows, np.int64)

    def _worth(self, look: Look, assessment: Assessment, i: int) -> bool:
        evidence = look.person.evidence
        evidence.best_seen_quality = max(evidence.best_seen_quality, look.quality)
        verdict = self._gate.judge(
            look.quality,
            look.view.frame.captured_at,
            looks=evidence.looks,
            best_quality=evidence.best_quality,
            last_look_at=evidence.last_look_at,
            shortfall=evidence.shortfall,
            resumed=evidence.resumed,
        )
        if verdict is GateVerdict.WORTH:
            return True
        reason: str = verdict.value
        if verdict is GateVerdict.LOW_QUALITY:
            reason = f"low quality: {assessment.weakest(i)}"
        evidence.obstacles[reason] += 1
        return False

    def _embed(self, looks: Sequence[Look], roster: Roster) -> Templates:
        """Embed the looks of all cameras in one batch; (n, d), a row per look."""
        glimpses = [
            Glimpse(
                look.view.frame.image,
                look.view.faces.take(np.array([look.row], np.int64)),
                look.crop,
                look.quality,
                look.person.fusion,
                min(watched(look.view.camera, roster).values(), default=1.0),
            )
            for look in looks
        ]
        return self._close_look.templates(glimpses, roster.gallery, self._clock())

    def _decide(
        self,
        looks: Sequence[Look],
        templates: Templates,
        roster: Roster,
        cameras: Sequence[WatchedCamera],
        outcome: Outcome,
    ) -> None:
        """Pool each look with its track, search for all tracks at once, decide for each."""
        founds = self._found(looks, templates, roster, outcome) if looks else []
        if self._presenting is not None:
            self._presenting.ask(founds, cameras)
        with self._metrics.stage("decide", len(founds)):
            for found in founds:
                try:
                    self._ask(found)
                    self._judge(found, outcome)
                except Exception as error:  # noqa: BLE001
                    view = found.look.view
                    outcome.failures.append((view.camera, view.frame, error))

    def _found(
        self, looks: Sequence[Look], templates: Templates, roster: Roster, outcome: Outcome
    ) -> list[Found]:
        """Pool each look with its track, and search for all tracks at once."""
        looks = [
            self._pool(look, Templates(templates.vectors[i : i + 1], templates.model_id), outcome)
            for i, look in enumerate(looks)
        ]
        pooled = np.concatenate([look.person.fusion.template().vectors for look in looks])
        probes = Templates(pooled, templates.model_id)
        now = self._clock()
        with self._metrics.stage("match", len(looks)):
            candidates = roster.gallery.search(probes, CANDIDATES, now)
            expired = roster.gallery.search(probes, 1, now, expired=True)
        founds = []
        for i, look in enumerate(looks):
            nearest = _row(candidates, i)
            probe = Templates(pooled[i : i + 1], templates.model_id)
            try:
                anchors = roster.anchors.nearest(probe, nearest.subject_id[0].tolist())
            except Exception as error:  # noqa: BLE001
                outcome.failures.append((look.view.camera, look.view.frame, error))
                continue
            founds.append(Found(look, nearest, _row(expired, i), anchors, roster))
        return founds

    def _ask(self, found: Found) -> None:
        """Ask the second model where the first is not sure; its answer comes later."""
        if self._second is None:
            return
        look, roster = found.look, found.roster
        thresholds = watched(look.view.camera, roster)
        near = self._decider.near(found.candidates, thresholds, roster.memberships)
        person = look.person
        self._waiting = [other for other in self._waiting if other.look.person is not person]
        if near:
            self._second.keep_only(roster.gallery, roster.version)
            face = look.view.faces.take(np.array([look.row], np.int64))
            self._second.ask(person.inquiry, look.view.frame.image, face, look.quality, near)
        if person.inquiry.question is not None or self._second.open(person.inquiry):
            self._waiting.append(found)

    def _judge(self, found: Found, outcome: Outcome, *, at_last: bool = False) -> None:
        look, roster = found.look, found.roster
        camera, evidence = look.view.camera, look.person.evidence
        opinions = {}
        if self._second is not None:
            opinions = self._second.opinions(look.person.inquiry, at_last=at_last)
        rules = rules_of(camera, roster)
        decisions = self._decider.decide(
            evidence,
            found.candidates,
            found.expired,
            thresholds=watched(camera, roster),
            memberships=roster.memberships,
            now=self._clock(),
            anchors=found.anchors,
            opinions=opinions,
            rules=rules,
            presentation=self._said(look.person, camera) if rules else None,
        )
        person = look.person
        verdicts = {decision.verdict for decision in decisions if decision.presentation is not None}
        if self._presenting is not None and verdicts & {Verdict.ALERT, Verdict.PRESENTATION_ASKED}:
            self._presenting.want(person, camera, rules)
            if any(one.held and one.verdict is Verdict.ALERT for one in decisions):
                self._presenting.count_held()
        if Verdict.PRESENTATION_ASKED in verdicts:
            _, since = self._held_back.get(id(person), (found, self._clock()))
            self._held_back[id(person)] = found, since
        else:
            self._held_back.pop(id(person), None)
        outcome.findings.extend(
            Finding(camera, evidence, decision, look, self._strip(person, decision))
            for decision in decisions
        )

    def _said(self, person: TrackedPerson, camera: WatchedCamera) -> Presentation:
        return NO_MODEL if self._presenting is None else self._presenting.said(person, camera)

    def _strip(self, person: TrackedPerson, decision: Decision) -> Snapshot | None:
        return None if self._presenting is None else self._presenting.strip(person, decision)

    def _present(self, cameras: Sequence[WatchedCamera], outcome: Outcome) -> None:
        """Decide what has waited for a verdict on presentations, and tell alerts that got one."""
        if self._presenting is None:
            return
        now = self._clock()
        for found, since in list(self._held_back.values()):
            person = found.look.person
            if person.shown is not None and abs(now - since) > STALLED:
                person.shown.known.over = True
                self._presented(found.look.view.camera, person, outcome)
        for camera in cameras:
            for person in list(camera.people.values()):
                if person.shown is not None and person.shown.known.asked:
                    self._presented(camera, person, outcome)

    def _presented(self, camera: WatchedCamera, person: TrackedPerson, outcome: Outcome) -> None:
        said, evidence = self._said(person, camera), person.evidence
        if said.verdict is PresentationVerdict.UNSETTLED or person.shown is None:
            return
        held_back = self._held_back.pop(id(person), None)
        if held_back is not None:
            found, _ = held_back
            try:
                self._judge(found, outcome)
            except Exception as error:  # noqa: BLE001
                outcome.failures.append((camera, found.look.view.frame, error))
        owed = self._decider.presented(evidence, person.shown.rules, said, self._clock())
        outcome.findings.extend(
            Finding(camera, evidence, decision, None, self._strip(person, decision))
            for decision in owed
        )

    def _settle(self, outcome: Outcome, *, of: WatchedCamera | None = None) -> None:
        """Decide anew where the second model has answered, or can be waited for no longer.

        Args:
            of: a camera that has ended: for its tracks nothing is waited for.
        """
        if self._second is None:
            return
        waiting, self._waiting = self._waiting, []
        for found in waiting:
            inquiry, camera = found.look.person.inquiry, found.look.view.camera
            heard, at_last = self._second.hear(inquiry), camera is of
            if not at_last and self._second.open(inquiry):
                self._waiting.append(found)
                if not heard:
                    continue
            try:
                self._judge(found, outcome, at_last=at_last)
            except Exception as error:  # noqa: BLE001
                outcome.failures.append((camera, found.look.view.frame, error))
        leaving, self._leaving = self._leaving, []
        for camera, person in leaving:
            self._end(camera, person, outcome)

    def _pool(self, look: Look, template: Templates, outcome: Outcome) -> Look:
        """Add a look to its track; to a new one where it shows that it is somebody else now."""
        person = look.person
        sure = min(look.quality, person.evidence.best_quality) >= SURE_QUALITY
        if sure and person.fusion.similarity(template) < SOMEBODY_ELSE:
            look = self._begun_again(look, outcome)
        self._note(look)
        look.person.fusion.add(template, look.quality)
        self._picture(look, template)
        return look

    def _picture(self, look: Look, template: Templates) -> None:
        """Keep a small picture, should this track raise an alert; a track without is none less."""
        evidence, frame = look.person.evidence, look.view.frame
        if not evidence.pictures.wants(look.quality):
            return
        try:
            with self._metrics.stage("picture"):
                picture = face_alone(look)
        except Exception:
            log.exception("camera %s: a look has no picture", frame.camera_id)
            return
        alone = Templates(template.vectors.copy(), template.model_id)  # not the whole batch
        evidence.pictures.add(
            KeptLook(evidence.looks, frame.captured_at, look.quality, alone, picture)
        )

    def _begun_again(self, look: Look, outcome: Outcome) -> Look:
        """Close a track on which two people followed each other, and open one for the second."""
        camera, old, at = look.view.camera, look.person.evidence, look.view.frame.captured_at
        track_id = camera.tracker.split(old.track_id)
        camera.people.pop(old.track_id, None)
        self._end(camera, look.person, outcome)
        evidence = Evidence(old.camera_id, track_id, at, at, faces=1)
        camera.people[track_id] = TrackedPerson(evidence)
        camera.tracks += 1
        return replace(look, person=camera.people[track_id])

    @staticmethod
    def _note(look: Look) -> None:
        evidence, frame = look.person.evidence, look.view.frame
        evidence.looks += 1
        evidence.resumed = False
        evidence.best_quality = max(evidence.best_quality, look.quality)
        evidence.last_look_at = frame.captured_at
        if evidence.usable_at is None:
            evidence.usable_at = frame.captured_at
            evidence.received_at = frame.received_at

    @staticmethod
    def _gone(camera: WatchedCamera, track_ids: list[int]) -> list[TrackedPerson]:
        gone = (camera.people.pop(track_id, None) for track_id in track_ids)
        return [person for person in gone if person is not None]

    def _end(self, camera: WatchedCamera, person: TrackedPerson, outcome: Outcome) -> None:
        """End a track, unless a decision about it is still owed: then when that is made."""
        if any(found.look.person is person for found in self._waiting):
            self._leaving.append((camera, person))
            return
        if person.shown is not None and person.shown.known.asked:
            person.shown.known.over = True
            self._presented(camera, person, outcome)
        if self._presenting is not None:
            self._presenting.count(person)
        outcome.findings.extend(self._close(camera, person.evidence))
        outcome.ended.append((camera, person.evidence))

    def _close(self, camera: WatchedCamera, evidence: Evidence) -> list[Finding]:
        owed = self._decider.close(evidence, self._clock())
        verdicts = {last.verdict for last in evidence.decisions.values()}
        camera.rejected_before += Verdict.REJECTED_BEFORE in verdicts
        camera.within_quiet_period += Verdict.QUIET_PERIOD in verdicts
        return [Finding(camera, evidence, decision, None) for decision in owed]


def _row(candidates: Candidates, i: int) -> Candidates:
    rows = slice(i, i + 1)
    return Candidates(
        candidates.subject_id[rows], candidates.reference_id[rows], candidates.similarity[rows]
    )
