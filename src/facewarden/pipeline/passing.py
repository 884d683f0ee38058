"""What an ended track adds to the counts that thresholds follow; nothing of who it was."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from facewarden.data import Verdict
from facewarden.decide.evidence import Evidence
from facewarden.decide.site import BIN
from facewarden.pipeline.camera import CameraPlan
from facewarden.pipeline.roster import Roster

ALERTED = (Verdict.ALERT, Verdict.UPDATE, Verdict.ALREADY_ALERTED, Verdict.QUIET_PERIOD)


@dataclass(frozen=True, slots=True)
class Passage:
    """One track against one watchlist.

    Attributes:
        at: when it was last seen, UTC.
        expected: share of strangers that the threshold in force lets through, in [0, 1].
        model: the embedder in words.
        place: bin of how much more alike it was than ordinary strangers; None where it raised an
            alert, or where the model is not calibrated.
    """

    watchlist: str
    camera_id: str
    camera_group: str
    at: datetime
    expected: float
    model: str
    place: int | None


def passages(plan: CameraPlan, evidence: Evidence, roster: Roster) -> Iterator[Passage]:
    """Yield what an ended track is to each watchlist it was compared with.

    A track that alerted is left out of how alike strangers are: most of those are the people
    themselves, and at the lower quartile, which is what is read, the others are not missed.
    """
    if not evidence.looks:
        return
    for watchlist, similarity in evidence.best.items():
        found = roster.in_force.get(watchlist)
        if found is None or math.isnan(found.fpir):
            continue
        last = evidence.decisions[watchlist].verdict
        alerted = last in ALERTED or any(name == watchlist for name, _ in evidence.raised)
        above = similarity - found.ordinary(evidence.looks)
        yield Passage(
            watchlist,
            plan.camera_id,
            plan.group,
            evidence.last_seen_at,
            found.fpir,
            roster.model,
            None if alerted or math.isnan(above) else math.floor(above / BIN),
        )
