"""What the cumulative identification report is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Self


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
class PresentationOutcome:
    """What presentation attack detection said of some alerts, and humans of those it held.

    Attributes:
        bona_fide, attacks, unsettled, not_assessed: alerts by its last verdict; together they are
            those whose watchlist asked.
        held: told to no sink; held_confirmed + held_rejected + held_open.
    """

    bona_fide: int = 0
    attacks: int = 0
    unsettled: int = 0
    not_assessed: int = 0
    held_confirmed: int = 0
    held_rejected: int = 0
    held_open: int = 0

    @property
    def asked(self) -> int:
        """Alerts whose watchlist asked."""
        return self.bona_fide + self.attacks + self.unsettled + self.not_assessed

    @property
    def held(self) -> int:
        """Alerts that were told to no sink."""
        return self.held_confirmed + self.held_rejected + self.held_open

    def __add__(self, other: Self) -> "PresentationOutcome":
        """Count both."""
        return PresentationOutcome(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )


NOT_ASKED: Final = PresentationOutcome()
"""Of alerts whose watchlists do not ask."""


@dataclass(frozen=True, slots=True)
class WatchlistOutcome:
    """The alerts of one watchlist at one camera.

    Attributes:
        alerts: how many were raised; confirmed + rejected + open.
        received_to_decided_s: for each alert, from the first usable look reaching this machine
            to the decision that raised it.
        decided_to_delivered_s: by sink, for each alert delivered, from that decision to the
            sink's acceptance; later revisions are not counted.
        presentation: the same alerts, as presentation attack detection saw them.
    """

    camera_id: str
    watchlist: str
    alerts: int
    confirmed: int
    rejected: int
    open: int
    received_to_decided_s: tuple[float, ...]
    decided_to_delivered_s: Mapping[str, tuple[float, ...]]
    presentation: PresentationOutcome = NOT_ASKED


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
