"""The cumulative identification report: what was watched, raised, judged and delivered."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from facewarden.data.report import (
    NOT_ASKED,
    CameraActivity,
    PresentationOutcome,
    ReportRows,
    WatchlistOutcome,
)
from facewarden.review.expectation import BudgetLine, budget_lines
from facewarden.review.latency import Latency


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Alerts and what humans said about them.

    Attributes:
        alerts: confirmed + rejected + open.
        faces: detections, one per frame, of the cameras that could have raised them.
        tracks: of the same cameras; one for each time that somebody passed.
        presentation: the same alerts, as presentation attack detection saw them.
    """

    alerts: int
    confirmed: int
    rejected: int
    open: int
    faces: int
    tracks: int
    presentation: PresentationOutcome = NOT_ASKED

    @property
    def false_per_alert(self) -> float:
        """Rejected alerts as a share of the reviewed ones; NaN while none is reviewed.

        What an officer who answers an alert needs to know. Open alerts count as neither.
        """
        reviewed = self.confirmed + self.rejected
        return self.rejected / reviewed if reviewed else math.nan

    @property
    def false_per_face(self) -> float:
        """Rejected alerts as a share of all faces detected; NaN where that cannot be known yet.

        Somebody who is in view for ten seconds at 5 frames a second counts about 50 times. It is
        a lower bound while alerts are open, and unknown while all of them are, or where no face
        was seen.
        """
        return self._rejected_per(self.faces)

    @property
    def false_per_track(self) -> float:
        """Rejected alerts as a share of all tracks; NaN where that cannot be known yet.

        What a passer-by needs to know: a track is one person passing once. Bounds as of
        `false_per_face`.
        """
        return self._rejected_per(self.tracks)

    def _rejected_per(self, chances: int) -> float:
        unknown = not chances or (self.alerts > 0 and self.open == self.alerts)
        return math.nan if unknown else self.rejected / chances


@dataclass(frozen=True, slots=True)
class CameraLine:
    """One camera, all watchlists together."""

    activity: CameraActivity
    verdicts: Verdicts

    @property
    def down_share(self) -> float:
        """Time without pictures as a share of the time it should have had them; NaN if none."""
        expected_s = self.activity.watched_s + self.activity.down_s
        return self.activity.down_s / expected_s if expected_s else math.nan

    @property
    def dropped_share(self) -> float:
        """Frames that were due and not analysed, as a share of those due; NaN if none was."""
        due = self.activity.analysed + self.activity.dropped
        return self.activity.dropped / due if due else math.nan


@dataclass(frozen=True, slots=True)
class WatchlistLine:
    """One watchlist at one camera.

    Attributes:
        decided: from the first usable look reaching this machine to the decision.
        delivered: by sink, from the decision to the sink's acceptance.
    """

    camera_id: str
    watchlist: str
    verdicts: Verdicts
    decided: Latency
    delivered: Mapping[str, Latency]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything from `since` to before `until`, UTC.

    Attributes:
        made_at: when it was counted, UTC.
        cameras, watchlists: sorted by camera, then watchlist; empty where nothing happened.
        total: all cameras together; the camera id of its activity is empty.
        decided, delivered: of all alerts, the latter by sink.
        budgets: by watchlist, false alerts expected and observed.
    """

    since: datetime
    until: datetime
    made_at: datetime
    cameras: tuple[CameraLine, ...]
    watchlists: tuple[WatchlistLine, ...]
    total: CameraLine
    decided: Latency
    delivered: Mapping[str, Latency]
    budgets: tuple[BudgetLine, ...] = ()


def build(rows: ReportRows, made_at: datetime) -> Report:
    """Add up the rows of a store."""
    activity = {camera.camera_id: camera for camera in rows.cameras}
    outcomes: dict[str, list[WatchlistOutcome]] = defaultdict(list)
    for outcome in rows.outcomes:
        outcomes[outcome.camera_id].append(outcome)
    cameras = []
    for camera_id in sorted(activity.keys() | outcomes.keys()):
        # Activity is kept for its own time: an alert may be older than what is left of it.
        active = activity.get(camera_id, CameraActivity(camera_id))
        cameras.append(CameraLine(active, _verdicts(outcomes[camera_id], active)))
    watchlists = tuple(
        WatchlistLine(
            camera_id=outcome.camera_id,
            watchlist=outcome.watchlist,
            verdicts=_verdicts([outcome], camera.activity),
            decided=Latency.of(outcome.received_to_decided_s),
            delivered=_by_sink([outcome]),
        )
        for camera in cameras
        for outcome in sorted(
            outcomes[camera.activity.camera_id], key=lambda outcome: outcome.watchlist
        )
    )
    total = _together([camera.activity for camera in cameras])
    return Report(
        since=rows.since,
        until=rows.until,
        made_at=made_at,
        cameras=tuple(cameras),
        watchlists=watchlists,
        total=CameraLine(total, _verdicts(rows.outcomes, total)),
        decided=Latency.of(s for outcome in rows.outcomes for s in outcome.received_to_decided_s),
        delivered=_by_sink(rows.outcomes),
        budgets=budget_lines(rows.expected, rows.outcomes),
    )


def _verdicts(outcomes: Iterable[WatchlistOutcome], activity: CameraActivity) -> Verdicts:
    counted = list(outcomes)
    return Verdicts(
        alerts=sum(outcome.alerts for outcome in counted),
        confirmed=sum(outcome.confirmed for outcome in counted),
        rejected=sum(outcome.rejected for outcome in counted),
        open=sum(outcome.open for outcome in counted),
        faces=activity.faces,
        tracks=activity.tracks,
        presentation=sum((outcome.presentation for outcome in counted), NOT_ASKED),
    )


def _by_sink(outcomes: Iterable[WatchlistOutcome]) -> dict[str, Latency]:
    seconds: dict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        for sink, measured in outcome.decided_to_delivered_s.items():
            seconds[sink].extend(measured)
    return {sink: Latency.of(seconds[sink]) for sink in sorted(seconds)}


def _together(cameras: Sequence[CameraActivity]) -> CameraActivity:
    return CameraActivity(
        camera_id="",
        watched_s=sum(camera.watched_s for camera in cameras),
        down_s=sum(camera.down_s for camera in cameras),
        analysed=sum(camera.analysed for camera in cameras),
        dropped=sum(camera.dropped for camera in cameras),
        faces=sum(camera.faces for camera in cameras),
        tracks=sum(camera.tracks for camera in cameras),
        rejected_before=sum(camera.rejected_before for camera in cameras),
    )
