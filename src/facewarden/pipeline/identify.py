"""Identification of still images: every face of a photograph against the watchlists."""

from dataclasses import dataclass
from datetime import datetime

from facewarden.data import NOBODY, Image, Verdict
from facewarden.decide.decider import DecisionRule
from facewarden.pipeline.examine import Examiner
from facewarden.pipeline.roster import Roster


@dataclass(frozen=True, slots=True)
class StillCandidate:
    """One subject that a face is like."""

    subject_id: int
    name: str
    external_reference: str
    watchlist: str
    similarity: float
    threshold: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class StillFace:
    """One face of a photograph, with its nearest subjects, best first."""

    box: tuple[float, float, float, float]
    quality: float
    candidates: tuple[StillCandidate, ...]


def identify(
    image: Image, examiner: Examiner, roster: Roster, rule: DecisionRule, at: datetime, top: int
) -> list[StillFace]:
    """Return the faces of a photograph from left to right, each with up to `top` candidates.

    The rule is that of the watch, for a track of one look.
    """
    faces = examiner.faces(image)
    probes = examiner.embed(faces)
    found = roster.gallery.search(probes, max(top, 2), at)
    stills = []
    for i, face in enumerate(faces):
        margin = float(found.similarity[i, 0] - found.similarity[i, 1])
        candidates = []
        for rank, subject_id in enumerate(found.subject_id[i, :top].tolist()):
            if subject_id == NOBODY:
                break
            similarity = float(found.similarity[i, rank])
            details = roster.subjects[subject_id].details
            for watchlist in roster.memberships.get(subject_id, ()):
                threshold = roster.thresholds[watchlist]
                candidates.append(
                    StillCandidate(
                        subject_id,
                        details.name,
                        details.external_reference,
                        watchlist,
                        similarity,
                        threshold,
                        _verdict(rule, similarity, threshold, margin if rank == 0 else -margin),
                    )
                )
        stills.append(StillFace(face.box, face.quality, tuple(candidates)))
    return stills


def _verdict(rule: DecisionRule, similarity: float, threshold: float, margin: float) -> Verdict:
    if similarity < threshold:
        return Verdict.BELOW_THRESHOLD
    if margin < rule.margin and similarity < threshold + rule.sure_above:
        return Verdict.TOO_CLOSE
    return Verdict.ALERT
