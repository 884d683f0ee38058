"""What a running watch answers on its control socket."""

import logging
import math
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from facewarden.delivery import Delivery
from facewarden.errors import StoreError
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presenting import COUNTED
from facewarden.pipeline.recorder import Recorder
from facewarden.pipeline.runner import LaneStatus, Runner
from facewarden.review.as_json import budget
from facewarden.review.report import build
from facewarden.roster_news import unsearched_words
from facewarden.store.open import Store

log = logging.getLogger("facewarden.watch")

STATUS_OVER = timedelta(days=7)


class WatchAnswers:
    """Answers questions of other processes; called from the control thread."""

    def __init__(
        self,
        runner: Runner,
        recorder: Recorder,
        delivery: Delivery | None,
        store: Store,
        metrics: Metrics,
        deployment_id: int | None,
    ) -> None:
        self._runner = runner
        self._recorder = recorder
        self._delivery = delivery
        self._store = store
        self._metrics = metrics
        self._deployment_id = deployment_id

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer `explain`, `status`, or `cameras`, which is cheap enough for every second."""
        match question.get("ask"):
            case "cameras":
                return {
                    "pid": os.getpid(),
                    "deployment": self._deployment_id,
                    "cameras": self._cameras(),
                }
            case "explain":
                track = question.get("track")
                stories = self._runner.traces(
                    str(question.get("camera", "")), int(track) if track is not None else None
                )
                return {
                    "deployment": self._deployment_id,
                    "tracks": [story.as_json() for story in stories],
                    "cameras": self._cameras(),
                }
            case "status":
                return {
                    "deployment": self._deployment_id,
                    "cameras": self._cameras(),
                    "delivers": self._delivery is not None and self._delivery.ours,
                    "sinks": self._delivery.as_json() if self._delivery is not None else [],
                    "watchlists": self._watchlists(),
                    "records": self._records(),
                    "presentation": self._presentation(),
                    "stages": [
                        {"stage": name, "items": items, "seconds": round(seconds, 3)}
                        for name, (items, seconds) in self._metrics.snapshot().items()
                    ],
                }
            case other:
                return {"error": f"unknown question {other!r}"}

    def _cameras(self) -> list[dict[str, Any]]:
        return [status_json(status) for status in self._runner.status()]

    def _records(self) -> list[dict[str, Any]]:
        """Return how what was found gets into the store: what waits, what is lost, and why."""
        writing = self._recorder
        return [{"waiting": writing.waiting, "lost": writing.lost, "problem": writing.problem}]

    def _presentation(self) -> list[dict[str, Any]]:
        """Return how many ended tracks got which verdict on who was shown, and alerts held."""
        return [
            {"outcome": name.removeprefix(COUNTED), "count": count}
            for name, count in sorted(self._metrics.counts().items())
            if name.startswith(COUNTED)
        ]

    def _watchlists(self) -> list[dict[str, Any]]:
        """Return the thresholds in force, and false alerts expected and observed for a week."""
        now = datetime.now(UTC)
        try:
            report = build(self._store.report_rows(now - STATUS_OVER, now), now)
        except StoreError as error:
            # A store that cannot be read must not hide what the cameras are doing.
            log.debug("%s; status without what was observed", error)
            lines = {}
        else:
            lines = {line.watchlist: budget(line) for line in report.budgets}
        return [
            {
                "watchlist": name,
                "threshold": round(found.threshold, 4),
                "follows": found.follows,
                "expected_share": None if math.isnan(found.fpir) else found.fpir,
                "site_shift": round(found.shift, 4),
                "problem": "; ".join(filter(None, (found.problem, self._unsearched(name)))),
                "last_days": STATUS_OVER.days,
                "budget": lines.get(name),
            }
            for name, found in sorted(self._runner.roster.in_force.items())
        ]

    def _unsearched(self, watchlist: str) -> str:
        return unsearched_words(self._runner.roster, watchlist)


def status_json(status: LaneStatus) -> dict[str, Any]:
    """Return what a camera is doing as plain values."""
    stats = status.stats
    return {
        "camera": status.camera_id,
        "name": status.name,
        "state": stats.state.value,
        "analysed": status.analysed,
        "dropped": stats.dropped,
        "faces": status.faces,
        "tracks": status.tracks,
        "within_quiet_period": status.within_quiet_period,
        "reconnects": stats.reconnects,
        "watched_s": round(stats.watched_s, 1),
        "down_s": round(stats.down_s, 1),
        "problem": status.problem or status.advice,
    }
