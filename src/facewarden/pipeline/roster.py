"""Who is looked for at this moment: swapped as a whole, so that no camera ever waits for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from facewarden.data import Subject
from facewarden.decide.anchors import NegativeAnchors
from facewarden.decide.budget import InForce
from facewarden.match.gallery import Gallery


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
        version: of the store when this was read.
    """

    gallery: Gallery
    subjects: Mapping[int, Subject]
    thresholds: Mapping[str, float]
    memberships: Mapping[int, tuple[str, ...]]
    version: int
    in_force: Mapping[str, InForce] = field(default_factory=dict)
    model: str = ""
    anchors: NegativeAnchors = field(default_factory=NegativeAnchors)

    def name_of(self, subject_id: int) -> str:
        """Return a subject's name, or a phrase for one that has been removed."""
        subject = self.subjects.get(subject_id)
        return subject.details.name if subject else f"removed subject {subject_id}"
