"""Core types: frozen, slotted, checked when they are built; numpy and the standard library only."""

from facewarden.data.alert import Alert, AlertLook, Delivery, Review, ReviewState, Snapshot
from facewarden.data.anchor import Anchor, AnchorMatch
from facewarden.data.arrays import Float32, Image, Int64
from facewarden.data.assessment import Assessment
from facewarden.data.candidates import NOBODY, Candidates
from facewarden.data.decision import Decision, Verdict
from facewarden.data.faces import UNTRACKED, Faces
from facewarden.data.frame import Frame
from facewarden.data.opinion import Opinion
from facewarden.data.presentation import Presentation, PresentationRule, PresentationVerdict
from facewarden.data.subject import (
    GalleryEntry,
    NewReference,
    Subject,
    SubjectDetails,
    Watchlist,
)
from facewarden.data.templates import Templates

__all__ = [
    "NOBODY",
    "UNTRACKED",
    "Alert",
    "AlertLook",
    "Anchor",
    "AnchorMatch",
    "Assessment",
    "Candidates",
    "Decision",
    "Delivery",
    "Faces",
    "Float32",
    "Frame",
    "GalleryEntry",
    "Image",
    "Int64",
    "NewReference",
    "Opinion",
    "Presentation",
    "PresentationRule",
    "PresentationVerdict",
    "Review",
    "ReviewState",
    "Snapshot",
    "Subject",
    "SubjectDetails",
    "Templates",
    "Verdict",
    "Watchlist",
]
