"""What the cumulative identification report is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CameraActivity:
    """What one camera did in a span of time; counts only, nothing about anybody.

    Attributes:
        watched_s, down_s: time with and without pictures.
        analysed, dropped: frames that went through the pipeline, and frames that were due but
            replaced by a newer one.
        faces, tracks: found in the analysed frames.
        rejected_before: tracks that were held back as a face rejected before.
    """

    camera_id: str
    watched_s: float = 0.0
    down_s: float = 0.0
    analysed: int = 0
    dropped: int = 0
    faces: int = 0
    tracks: int = 0
    rejected_before: int = 0


@dataclass(frozen=True, slots=True)
class WatchlistOutcome:
    """The alerts of one watchlist at one camera.

    Attributes:
        alerts: how many were raised; confirmed + rejected + open.
        received_to_decided_s: for each alert, from the first usable look reaching this machine
            to the decision that raised it.
        decided_to_delivered_s: by sink, for each alert delivered, from that decision to the
            sink's acceptance; later revisions are not counted.
    """

    camera_id: str
    watchlist: str
    alerts: int
    confirmed: int
    rejected: int
    open: int
    received_to_decided_s: tuple[float, ...]
    decided_to_delivered_s: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was to be expected of one watchlist's thresholds at one camera.

    Attributes:
        tracks: that were looked at well enough to alert.
        expected: false alerts, had all of them been strangers: the sum over tracks of the share
            of strangers that the threshold in force then lets through.
    """

    camera_id: str
    watchlist: str
    tracks: int
    expected: float


@dataclass(frozen=True, slots=True)
class ReportRows:
    """Everything counted from `since` to before `until`, UTC; rows by camera, then watchlist."""

    since: datetime
    until: datetime
    cameras: tuple[CameraActivity, ...]
    outcomes: tuple[WatchlistOutcome, ...]
    expected: tuple[Expectation, ...] = ()
