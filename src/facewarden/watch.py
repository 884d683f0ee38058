"""A watch from start to end: what is opened, kept up to date while it runs, and closed."""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from facewarden import wiring
from facewarden.actor import actor
from facewarden.alert.console_sink import ConsoleSink
from facewarden.alert.deliverer import Deliverer
from facewarden.alert.mqtt_sink import MqttSink
from facewarden.alert.sink import Sink
from facewarden.capture.source import SourceState
from facewarden.config.camera import CameraSettings
from facewarden.config.difference import difference
from facewarden.config.schedule import open_at
from facewarden.config.settings import Settings
from facewarden.data import Alert
from facewarden.decide.trace import Trace, Traces
from facewarden.errors import ConfigError, FacewardenError, StoreError
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.control import ControlServer
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.recorder import Recorder
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.runner import LaneStatus, Observer, Runner
from facewarden.review.as_json import budget
from facewarden.review.report import build
from facewarden.store.impostors import HistogramOf
from facewarden.store.open import Store
from facewarden.store.writer_lock import WriterLock

log = logging.getLogger("facewarden.watch")

LOOK_AROUND_S = 1.0
PURGE_EVERY_S = 3600.0
STATUS_OVER = timedelta(days=7)
THRESHOLDS_EVERY_S = 3600.0
"""Between two computations of thresholds from traffic and from how alike strangers are here."""
WORTH_TELLING = 0.002
"""A move of a threshold that is told: it makes a tenth more or fewer false alerts."""


def control_path(settings: Settings) -> Path:
    """Return the socket on which the watch of this store answers."""
    return settings.store.data_dir / "watch.socket"


@dataclass(slots=True)
class Summary:
    """What a watch did, told when it ends.

    Attributes:
        cameras: the last status of every camera that was watched.
        alerts: raised, by camera; updates are not counted.
        seen: subjects alerted, by name.
        undelivered: deliveries still in the outbox.
        unwritten: whether something could not be written to the store.
    """

    cameras: dict[str, LaneStatus] = field(default_factory=dict)
    alerts: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    undelivered: int = 0
    unwritten: bool = False


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told while the watch runs; calls come from its threads and must be quick."""

    alert: Callable[[Alert], None] = lambda _: None
    track_ended: Callable[[Trace], None] = lambda _: None
    status: Callable[[list[LaneStatus]], None] = lambda _: None


class Watch:
    """Watches the cameras of the settings; `run` blocks, `stop` ends it from another thread.

    With `config`, the file is read again when it changes: cameras are added, changed and removed
    while the others go on; a file with mistakes is reported and the old settings stay.

    Alerts are printed on `console` by sinks that the settings name, or where they name no sink at
    all; None prints them only where named, on standard error.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        watchlists: Sequence[str] = (),
        config: Path | None = None,
        listeners: Listeners | None = None,
        console: Console | None = None,
    ) -> None:
        self._settings = settings
        self._watchlists = tuple(watchlists)
        self._config = config
        self._config_stamp = _stamp(config)
        self._listeners = listeners or Listeners()
        self._console = console
        self._summary = Summary()
        self._stopping = threading.Event()
        self._runner: Runner | None = None
        self._deliverer: Deliverer | None = None
        self._store: Store | None = None
        self._added: set[str] = set()
        self.metrics = Metrics()

    def stop(self) -> None:
        """End the watch soon."""
        self._stopping.set()
        if self._runner is not None:
            self._runner.stop()

    def run(self, *, until_ended: bool, drain_s: float = 10.0) -> Summary:
        """Watch until stopped, or with `until_ended` until every recording has ended.

        Args:
            drain_s: at the end, how long to wait for sinks to accept what is in the outbox.

        Raises:
            FacewardenError: models, store, key or sinks that cannot be used.
        """
        settings = self._settings
        settings.store.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with WriterLock(settings.store.data_dir / "watch.lock"):
            eyes = wiring.make_eyes(settings)
            store = wiring.open_store_from(settings)
            try:
                self._run(eyes, store, until_ended=until_ended, drain_s=drain_s)
            finally:
                store.close()
        return self._summary

    def _run(self, eyes: wiring.Eyes, store: Store, *, until_ended: bool, drain_s: float) -> None:
        settings = self._settings
        self._store = store
        self._configure(store)
        sinks = self._sinks()
        deliverer = self._deliverer = Deliverer(store.alerts, sinks)
        recorder = Recorder(
            store.alerts,
            store.sightings,
            store.activity,
            sinks_of=lambda watchlist: self._sinks_of(watchlist, sinks, store),
            recorded=lambda _: deliverer.wake(),
            passed=lambda p: store.passages.add(p.watchlist, p.camera_id, p.at, p.expected),
            likened=lambda p: store.impostors.add(
                HistogramOf(p.watchlist, p.camera_group, p.model), p.place or 0
            ),
        )
        observer = Observer(
            alert=self._on_alert,
            track_ended=self._listeners.track_ended,
            camera_state=lambda camera, state, problem: _tell_state(sinks, camera, state, problem),
        )
        roster = self._roster(store, eyes)
        if not roster.gallery.subjects:
            log.warning("nobody is enrolled on %s", ", ".join(roster.thresholds) or "any watchlist")
        self._warn_of_budgets(roster)
        wiring.warn_of_other_anchors(store, eyes.embedder)
        runner = Runner(
            wiring.make_route(settings, eyes, store, self.metrics),
            recorder,
            roster,
            Traces(settings.decision.explain_minutes * 60),
            model_id=eyes.embedder.model_id,
            observer=observer,
        )
        self._runner = runner
        control = ControlServer(control_path(settings), self._answer)
        store.audit.append(
            actor(),
            "watch.start",
            ",".join(roster.thresholds),
            {"cameras": [camera.id for camera in settings.cameras]},
        )
        recorder.start()
        for sink in sinks:
            if isinstance(sink, MqttSink):
                sink.open()
        deliverer.start()
        control.start()
        self._match_cameras()
        supervisor = threading.Thread(
            target=self._supervise, args=(store, eyes, runner), name="supervisor", daemon=True
        )
        supervisor.start()
        try:
            if not self._stopping.is_set():
                runner.run(until_ended=until_ended)
        finally:
            self._stopping.set()
            supervisor.join(10)
            self._summary.cameras.update({last.camera_id: last for last in runner.ended()})
            control.stop()
            self._summary.unwritten = not recorder.stop(drain_s) or recorder.lost > 0
            deliverer.drain(drain_s)
            deliverer.stop(5)
            self._end(store)

    def _end(self, store: Store) -> None:
        try:
            self._summary.undelivered = store.alerts.backlog()
            store.audit.append(
                actor(), "watch.end", "", {"alerts": sum(self._summary.alerts.values())}
            )
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400

    def _configure(self, store: Store) -> None:
        """Make the watchlists of the settings; those asked for must exist.

        Thresholds and sinks of the settings count for this watch and are not written down: an
        option tried once must not stay.
        """
        wiring.require_watchlists(store, self._watchlists)
        for watchlist in self._settings.watchlists:
            store.watchlists.ensure(watchlist.name)

    def _roster(self, store: Store, eyes: wiring.Eyes, previous: Roster | None = None) -> Roster:
        return wiring.make_roster(
            store, eyes.embedder, self._watchlists, self._settings, previous=previous
        )

    def _warn_of_budgets(self, roster: Roster) -> None:
        """Say where a budget cannot be kept, and where a threshold was never tested."""
        for name, found in sorted(roster.in_force.items()):
            if found.problem:
                log.warning("watchlist %s: %s", name, found.problem)

    def _tell_moves(self, store: Store, before: Roster, now: Roster) -> None:
        """Log and audit the thresholds that have moved, and what is wrong with those of now."""
        for name, found in sorted(now.in_force.items()):
            old = before.in_force.get(name)
            if old is None or abs(found.threshold - old.threshold) < WORTH_TELLING:
                continue
            log.info(
                "watchlist %s: threshold %.3f, was %.3f; follows from %s",
                *(name, found.threshold, old.threshold, found.follows),
            )
            store.audit.append(
                actor(),
                "watchlist.threshold",
                f"watchlist:{name}",
                {
                    "from": round(old.threshold, 4),
                    "to": round(found.threshold, 4),
                    "follows": found.follows,
                    "subjects": round(found.size, 1),
                    "site": round(found.shift, 4),
                    "model": now.model,
                },
            )
            if found.problem and found.problem != old.problem:
                log.warning("watchlist %s: %s", name, found.problem)

    def _sinks(self) -> list[Sink]:
        if not self._settings.sinks and self._console is not None:
            return [ConsoleSink("console", console=self._console)]
        return [wiring.make_sink(sink, self._console) for sink in self._settings.sinks]

    def _sinks_of(self, watchlist: str, sinks: Sequence[Sink], store: Store) -> list[str]:
        """Return the sinks of a watchlist: of the settings, else of the store, else every one.

        Every one also where those named are not running: an alert must not go nowhere.
        """
        every = [sink.name for sink in sinks]
        by_settings = {entry.name: entry.sinks for entry in self._settings.watchlists}
        by_store = {entry.name: entry.sinks for entry in store.watchlists.all()}
        named = by_settings.get(watchlist) or by_store.get(watchlist, ())
        return [name for name in every if name in named] or every

    def _on_alert(self, alert: Alert) -> None:
        if alert.revision == 1:
            self._summary.alerts[alert.camera_id] += 1
            self._summary.seen[alert.subject_name] += 1
        self._listeners.alert(alert)

    def _supervise(self, store: Store, eyes: wiring.Eyes, runner: Runner) -> None:
        """Once a second: watchlists, settings, schedules; now and then, retention."""
        next_purge = time.monotonic()
        next_look = time.monotonic() + THRESHOLDS_EVERY_S
        while not self._stopping.wait(LOOK_AROUND_S):
            try:
                changed = store.watchlists.version() != runner.roster.version
                if changed or time.monotonic() >= next_look:
                    next_look = time.monotonic() + THRESHOLDS_EVERY_S
                    before = runner.roster
                    now = self._roster(store, eyes, before)
                    runner.use(now)
                    self._tell_moves(store, before, now)
                if changed:
                    log.info("watchlists changed: %d subjects", runner.roster.gallery.subjects)
                self._reload()
                self._match_cameras()
                if time.monotonic() >= next_purge:
                    store.purge(wiring.make_retention(self._settings), datetime.now(UTC))
                    next_purge = time.monotonic() + PURGE_EVERY_S
            except FacewardenError as error:
                log.error("%s", error)  # noqa: TRY400
            except Exception:
                log.exception("the supervisor failed once")
            self._listeners.status(runner.status())

    def _reload(self) -> None:
        """Read the settings again when their file has changed."""
        stamp = _stamp(self._config)
        if self._config is None or stamp == self._config_stamp:
            return
        self._config_stamp = stamp
        try:
            new = wiring.load(self._config)
        except ConfigError as error:
            log.error("%s; the old settings stay", error)  # noqa: TRY400
            return
        changes = difference(self._settings, new)
        if changes.sections:
            log.warning("changes of %s need a restart", ", ".join(changes.sections))
        for camera_id in (*changes.removed, *(camera.id for camera in changes.changed)):
            self._remove(camera_id)
        self._settings = self._settings.model_copy(update={"cameras": new.cameras})
        log.info(
            "cameras: %d added, %d changed, %d removed",
            len(changes.added),
            len(changes.changed),
            len(changes.removed),
        )

    def _match_cameras(self) -> None:
        """Add the cameras whose time it is, remove those whose time is over."""
        now = datetime.now(UTC)
        for camera in self._settings.cameras:
            wanted = camera.enabled and open_at(camera.schedule, now)
            if wanted and camera.id not in self._added:
                self._add(camera)
            elif not wanted and camera.id in self._added:
                log.info("camera %s: outside its schedule", camera.id)
                self._remove(camera.id)

    def _add(self, camera: CameraSettings) -> None:
        if self._runner is None:
            return
        self._added.add(camera.id)
        try:
            source = wiring.make_source(camera)
        except FacewardenError as error:
            log.error("camera %s: %s", camera.id, error)  # noqa: TRY400
            return
        self._runner.add(wiring.make_camera(camera), source)

    def _remove(self, camera_id: str) -> None:
        self._added.discard(camera_id)
        if self._runner is not None:
            self._runner.remove(camera_id)

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._runner is None:
            return {"error": "the watch is still starting"}
        match question.get("ask"):
            case "explain":
                track = question.get("track")
                stories = self._runner.traces(
                    str(question.get("camera", "")), int(track) if track is not None else None
                )
                return {"tracks": [story.as_json() for story in stories], "cameras": self._status()}
            case "status":
                return {
                    "cameras": self._status(),
                    "sinks": self._sink_status(),
                    "watchlists": self._watchlist_status(),
                    "stages": [
                        {"stage": name, "items": items, "seconds": round(seconds, 3)}
                        for name, (items, seconds) in self.metrics.snapshot().items()
                    ],
                }
            case other:
                return {"error": f"unknown question {other!r}"}

    def _status(self) -> list[dict[str, Any]]:
        return [] if self._runner is None else [status_json(s) for s in self._runner.status()]

    def _watchlist_status(self) -> list[dict[str, Any]]:
        """Return the thresholds in force, and false alerts expected and observed for a week."""
        store = self._store
        if self._runner is None or store is None:
            return []
        now = datetime.now(UTC)
        try:
            report = build(store.report_rows(now - STATUS_OVER, now), now)
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
                "problem": found.problem,
                "last_days": STATUS_OVER.days,
                "budget": lines.get(name),
            }
            for name, found in sorted(self._runner.roster.in_force.items())
        ]

    def _sink_status(self) -> list[dict[str, Any]]:
        if self._deliverer is None:
            return []
        return [
            {
                "sink": name,
                "healthy": status.healthy,
                "delivered": status.delivered,
                "failed": status.failed,
                "problem": "" if status.healthy else status.last_problem,
            }
            for name, status in self._deliverer.status().items()
        ]


def status_json(status: LaneStatus) -> dict[str, Any]:
    """Return what a camera is doing as plain values."""
    stats = status.stats
    return {
        "camera": status.camera_id,
        "state": stats.state.value,
        "analysed": status.analysed,
        "dropped": stats.dropped,
        "faces": status.faces,
        "tracks": status.tracks,
        "reconnects": stats.reconnects,
        "watched_s": round(stats.watched_s, 1),
        "down_s": round(stats.down_s, 1),
        "problem": status.problem,
    }


def _stamp(config: Path | None) -> tuple[int, int] | None:
    """Return what changes when a file is written; None when there is none."""
    try:
        found = config.stat() if config is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None


def _tell_state(
    sinks: Sequence[Sink], camera: WatchedCamera, state: SourceState, problem: str
) -> None:
    if state is SourceState.DOWN:
        log.warning("camera %s is down: %s", camera.plan.camera_id, problem)
    elif state is SourceState.ENDED and problem:
        log.warning("camera %s: %s", camera.plan.camera_id, problem)
    else:
        log.info("camera %s: %s", camera.plan.camera_id, state.value)
    for sink in sinks:
        if isinstance(sink, MqttSink):
            sink.camera_status(camera.plan.camera_id, camera.plan.name, state.value, problem)
