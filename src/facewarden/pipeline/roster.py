"""Who is looked for at this moment: swapped as a whole, so that no camera ever waits for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from facewarden.data import Subject
from facewarden.decide.anchors import NegativeAnchors
from facewarden.match.gallery import Gallery


@dataclass(frozen=True, slots=True)
class Roster:
    """An unchanging view of the watchlists.

    Attributes:
        gallery: the references of every subject on any of the watchlists.
        subjects: by subject id.
        thresholds: by watchlist, of those watched.
        memberships: watchlists by subject id.
        calibrated: watchlists whose threshold follows from the budget of false alerts.
        anchors: the faces that were rejected as not being one of the subjects.
        version: of the store when this was read.
    """

    gallery: Gallery
    subjects: Mapping[int, Subject]
    thresholds: Mapping[str, float]
    memberships: Mapping[int, tuple[str, ...]]
    version: int
    calibrated: frozenset[str] = frozenset()
    anchors: NegativeAnchors = field(default_factory=NegativeAnchors)

    def name_of(self, subject_id: int) -> str:
        """Return a subject's name, or a phrase for one that has been removed."""
        subject = self.subjects.get(subject_id)
        return subject.details.name if subject else f"removed subject {subject_id}"


def size_of(memberships: Mapping[int, tuple[str, ...]], watchlist: str) -> int:
    """Return how many subjects are on a watchlist, from the watchlists by subject id."""
    return sum(watchlist in names for names in memberships.values())
