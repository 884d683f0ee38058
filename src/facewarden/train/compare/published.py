"""Figures that the works this laboratory follows report of the same comparisons.

Only what is known is told: a network whose figure we have not seen has none here. The
works of those below are not at hand, so that nobody can check them here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A figure of somebody else's.

    Attributes:
        method: network and loss, as far as they are known.
        test: what was measured, on what.
        value: share in [0, 1].
        source: where a reader can look it up, or that nobody can.
    """

    method: str
    test: str
    value: float
    source: str


HANDED_DOWN = "figure handed down without its source"
PUBLISHED = (
    Published(
        "ArcFace, best of MobileFaceNet, ResNet18 and VGG16",
        "accuracy, closed set, people of LFW with 20 or more images",
        0.9532,
        HANDED_DOWN,
    ),
    Published(
        "MobileNetV3 with ArcFace",
        "accuracy of pairs, LFW View 2, ten folds",
        0.9593,
        HANDED_DOWN,
    ),
    Published(
        "best of the metric-learning works",
        "accuracy of pairs, LFW View 2, ten folds",
        0.974,
        HANDED_DOWN,
    ),
    Published(
        "best of the metric-learning works",
        "TMR at FMR 0.1 %, LFW View 2",
        0.8643,
        HANDED_DOWN,
    ),
)
