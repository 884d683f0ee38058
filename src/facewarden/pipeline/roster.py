"""Who is looked for at this moment: swapped as a whole, so that no camera ever waits for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from facewarden.data import Subject
from facewarden.data.presentation import PresentationRule
from facewarden.decide.anchors import NegativeAnchors
from facewarden.decide.budget import InForce
from facewarden.match.gallery import Gallery
from facewarden.pipeline.camera import WatchedCamera


@dataclass(frozen=True, slots=True)
class Roster:
    """An unchanging view of the watchlists.

    Attributes:
        gallery: the references of every subject on any of the watchlists.
        subjects: by subject id.
        thresholds: by watchlist, of those watched.
        memberships: watchlists by subject id.
        in_force: by watchlist, what its threshold follows from and what to expect of it.
        model: the embedder's id, engine and precision in words.
        anchors: the faces that were rejected as not being one of the subjects.
        presentation: by watchlist, what it does about presentation attacks; OFF where not named.
        version: of the store when this was read.
        unsearched: ids of the subjects who are on a watchlist and have no reference to look by.
        frozen: whether only references that were authorised with a deployment are looked by.
    """

    gallery: Gallery
    subjects: Mapping[int, Subject]
    thresholds: Mapping[str, float]
    memberships: Mapping[int, tuple[str, ...]]
    version: int
    in_force: Mapping[str, InForce] = field(default_factory=dict)
    model: str = ""
    anchors: NegativeAnchors = field(default_factory=NegativeAnchors)
    presentation: Mapping[str, PresentationRule] = field(default_factory=dict)
    unsearched: frozenset[int] = frozenset()
    frozen: bool = False

    def name_of(self, subject_id: int) -> str:
        """Return a subject's name, or a phrase for one that has been removed."""
        subject = self.subjects.get(subject_id)
        return subject.details.name if subject else f"removed subject {subject_id}"


def watched(camera: WatchedCamera, roster: Roster) -> dict[str, float]:
    """Return the thresholds of the watchlists that a camera looks for."""
    wanted = camera.plan.watchlists
    return {name: t for name, t in roster.thresholds.items() if not wanted or name in wanted}


def rules_of(camera: WatchedCamera, roster: Roster) -> dict[str, PresentationRule]:
    """Return what those of them that want to know do about presentation attacks."""
    if not roster.presentation:
        return {}
    off = PresentationRule.OFF
    rules = {name: roster.presentation.get(name, off) for name in watched(camera, roster)}
    return {name: rule for name, rule in rules.items() if rule is not off}
