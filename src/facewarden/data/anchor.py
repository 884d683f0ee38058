"""Negative anchors: faces that a human has told apart from a subject."""

from dataclasses import dataclass, field
from datetime import datetime

from facewarden.data.arrays import Float32


@dataclass(frozen=True, slots=True)
class Anchor:
    """A face that was taken for a subject and is somebody else, decrypted for matching.

    Attributes:
        template: (d,) float32 unit vector: the probe of the rejected alert.
        alert_id: of the latest alert that was rejected for this face.
        rejected_at: when it was, UTC.
    """

    subject_id: int
    template: Float32 = field(repr=False)
    alert_id: str
    rejected_at: datetime


@dataclass(frozen=True, slots=True)
class AnchorMatch:
    """The anchor of one subject that is nearest to a probe.

    Attributes:
        similarity: of the probe to the anchor, cosine in [-1, 1].
        alert_id, rejected_at: of the anchor.
    """

    similarity: float
    alert_id: str
    rejected_at: datetime
