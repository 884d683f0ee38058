"""Who a track is nearest to."""

from collections.abc import Mapping
from dataclasses import dataclass

from facewarden.data import AnchorMatch, Candidates
from facewarden.pipeline.look import Look
from facewarden.pipeline.roster import Roster


@dataclass(frozen=True, slots=True)
class Found:
    """Who a track is nearest to after its latest look: what a decision is made of."""

    look: Look
    candidates: Candidates
    expired: Candidates
    anchors: Mapping[int, AnchorMatch]
    roster: Roster
