"""From a finding to the durable rows that tell of it."""

import logging

import numpy as np

from facewarden.alert.snapshot import snapshot
from facewarden.data import Alert, Snapshot, Templates, Verdict
from facewarden.data.sighting import Sighting
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Finding, Look

log = logging.getLogger("facewarden.pipeline")

TOLD = (Verdict.ALERT, Verdict.UPDATE)
SEEN = (*TOLD, Verdict.ALREADY_ALERTED, Verdict.QUIET_PERIOD)


def alert_of(finding: Finding, roster: Roster, model_id: str) -> Alert | None:
    """Return the alert that a finding raises or updates, or None.

    None also when the subject was removed between the search and now: its name is gone.
    """
    decision, evidence, plan = finding.decision, finding.evidence, finding.camera.plan
    subject = roster.subjects.get(decision.subject_id)
    if decision.verdict not in TOLD or subject is None:
        return None
    if evidence.usable_at is None or evidence.received_at is None:
        return None
    raised = evidence.raised[(decision.watchlist, decision.subject_id)]
    return Alert(
        alert_id=decision.alert_id,
        revision=decision.revision,
        camera_id=plan.camera_id,
        camera_name=plan.name,
        camera_location=plan.location,
        track_id=evidence.track_id,
        watchlist=decision.watchlist,
        subject_id=decision.subject_id,
        subject_name=subject.details.name,
        external_reference=subject.details.external_reference,
        category=subject.details.category,
        reference_id=decision.reference_id,
        similarity=decision.similarity,
        threshold=decision.threshold,
        margin=decision.margin,
        looks=decision.looks,
        model_id=model_id,
        seen_at=evidence.usable_at,
        last_seen_at=evidence.last_seen_at,
        received_at=evidence.received_at,
        decided_at=raised.decided_at,
        snapshot=_snapshot_or_none(finding.look),
    )


def probe_of(finding: Finding) -> Templates | None:
    """Return the pooled template, (1, d), that a finding was decided on; None out of view.

    It stays apart from the alert, which goes out to the world.
    """
    return finding.look.person.fusion.template() if finding.look is not None else None


def _snapshot_or_none(look: Look | None) -> Snapshot | None:
    """Return the picture of a look; an alert without one is better than no alert."""
    if look is None:
        return None
    try:
        return _snapshot(look)
    except Exception:
        log.exception("camera %s: an alert has no snapshot", look.view.frame.camera_id)
        return None


def _snapshot(look: Look) -> Snapshot:
    """Blur every face but the candidate's, also where a track only expects one.

    The picture ends where faces are looked for: beyond, nobody would be found and blurred.
    """
    view = look.view
    height_px, width_px = view.frame.image.shape[:2]
    x1, y1, x2, y2 = view.camera.plan.region.bounds_px(width_px, height_px)
    corner = np.array([x1, y1, x1, y1], np.float32)
    others = [box for row, box in enumerate(view.faces.boxes) if row != look.row]
    track_id = look.person.evidence.track_id
    ids, expected = view.camera.tracker.active()
    others += [box for other, box in zip(ids.tolist(), expected, strict=True) if other != track_id]
    bystanders = np.array(others, np.float32).reshape(-1, 4)
    searched = view.frame.image[y1:y2, x1:x2]
    return snapshot(searched, view.faces.boxes[look.row] - corner, bystanders - corner)


def sighting_of(finding: Finding) -> Sighting | None:
    """Return the sighting of an enrolled person that a finding is, or None."""
    decision, evidence = finding.decision, finding.evidence
    if decision.verdict not in SEEN or evidence.usable_at is None:
        return None
    return Sighting(
        sighting_id=f"{finding.camera.run_id}:{evidence.track_id}",
        camera_id=evidence.camera_id,
        watchlist=decision.watchlist,
        subject_id=decision.subject_id,
        alert_id=decision.alert_id,
        first_seen_at=evidence.usable_at,
        last_seen_at=evidence.last_seen_at,
        similarity=decision.similarity,
        looks=decision.looks,
    )
