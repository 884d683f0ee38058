"""From a finding to the durable rows that tell of it."""

import logging
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from facewarden.data import Alert, AlertLook, Snapshot, Templates, Verdict
from facewarden.data.sighting import Sighting
from facewarden.decide.best_looks import KeptLook
from facewarden.decide.evidence import Evidence
from facewarden.pipeline.look import Look
from facewarden.pipeline.look_picture import whole_view
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import CANDIDATES, Finding

log = logging.getLogger("facewarden.pipeline")

TOLD = (Verdict.ALERT, Verdict.UPDATE)
SEEN = (*TOLD, Verdict.ALREADY_ALERTED, Verdict.QUIET_PERIOD)


def alert_of(
    finding: Finding, roster: Roster, *, model_id: str, looks_model_id: str
) -> Alert | None:
    """Return the alert that a finding raises or updates, or None.

    None also when the subject was removed between the search and now: its name is gone.

    Args:
        model_id: the embedder of the references.
        looks_model_id: the embedder of the looks.
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
        looks_model_id=looks_model_id,
        seen_at=evidence.usable_at,
        last_seen_at=evidence.last_seen_at,
        received_at=evidence.received_at,
        decided_at=raised.decided_at,
        snapshot=_snapshot_or_none(finding.look),
        second_opinion=decision.opinion,
        presentation=decision.presentation,
        held=decision.held,
    )


def probe_of(finding: Finding) -> Templates | None:
    """Return the pooled template, (1, d), that a finding was decided on; None out of view.

    It stays apart from the alert, which goes out to the world.
    """
    return finding.look.person.fusion.template() if finding.look is not None else None


def looks_of(
    evidence: Evidence, subject_id: int, roster: Roster, at: datetime
) -> tuple[AlertLook, ...]:
    """Return the pictures of a track, best first, each with how alike it alone is to a subject.

    None where that fails; an alert without them is better than no alert.

    Args:
        at: now, UTC: who has expired is not among the nearest.
    """
    try:
        return _looks(evidence.pictures.best_first(), subject_id, roster, at)
    except Exception:
        log.exception("camera %s: an alert has no pictures of looks", evidence.camera_id)
        return ()


def _looks(
    kept: Sequence[KeptLook], subject_id: int, roster: Roster, at: datetime
) -> tuple[AlertLook, ...]:
    if not kept:
        return ()
    vectors = np.concatenate([look.template.vectors for look in kept])
    found = roster.gallery.search(Templates(vectors, kept[0].template.model_id), CANDIDATES, at)
    similarity = [
        next(iter(values[ids == subject_id].tolist()), None)
        for ids, values in zip(found.subject_id, found.similarity, strict=True)
    ]
    return tuple(
        AlertLook(look.number, look.seen_at, look.quality, alone, look.picture)
        for look, alone in zip(kept, similarity, strict=True)
    )


def _snapshot_or_none(look: Look | None) -> Snapshot | None:
    """Return the picture of a look; an alert without one is better than no alert."""
    if look is None:
        return None
    try:
        return whole_view(look)
    except Exception:
        log.exception("camera %s: an alert has no snapshot", look.view.frame.camera_id)
        return None


def sighting_of(finding: Finding) -> Sighting | None:
    """Return the sighting of an enrolled person that a finding is, or None.

    A picture of somebody, held because it is one, is no sighting of that person.
    """
    decision, evidence = finding.decision, finding.evidence
    if decision.verdict not in SEEN or evidence.usable_at is None or decision.held:
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
