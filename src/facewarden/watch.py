"""A watch from start to end: what is opened, kept up to date while it runs, and closed."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from facewarden.actor import actor
from facewarden.alert.console_sink import ConsoleSink
from facewarden.alert.sink import Sink
from facewarden.alert.worker import POLL_S
from facewarden.capture.address import is_device
from facewarden.capture.awaited import AwaitedSource
from facewarden.capture.source import Source, SourceState
from facewarden.config.camera import CameraSettings
from facewarden.config.difference import difference
from facewarden.config.schedule import open_at
from facewarden.config.settings import Settings
from facewarden.data import Alert
from facewarden.decide.trace import Trace, Traces
from facewarden.delivery import Delivery
from facewarden.duty import Duty
from facewarden.errors import FacewardenError, StoreError
from facewarden.orders import DeploymentAlerts, DeploymentOrders, FileOrders, Orders
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.control import ControlServer
from facewarden.pipeline.live_view import LiveView
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.recorder import Recorder
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.runner import LaneStatus, Observer, Runner
from facewarden.roster_news import tell_changes, tell_first
from facewarden.seldom import Seldom
from facewarden.store.impostors import HistogramOf
from facewarden.store.open import Store
from facewarden.unserved import SETTINGS, lines_of, sinks_of_deliverer, unserved
from facewarden.watch_answers import WatchAnswers
from facewarden.watch_places import (
    control_path,
    control_paths,
    live_path,
    server_path,
    watch_name,
)
from facewarden.wiring.cameras import make_camera, make_source
from facewarden.wiring.eyes import Eyes, make_eyes, with_serving_embedder
from facewarden.wiring.presentation import require_presentation_models
from facewarden.wiring.roster import make_roster, warn_of_other_anchors
from facewarden.wiring.route import make_route
from facewarden.wiring.sinks import make_sink
from facewarden.wiring.stores import make_retention, open_store_from

log = logging.getLogger("facewarden.watch")

LOOK_AROUND_S = 1.0
PURGE_EVERY_S = 3600.0
CONSOLE = "console"
THRESHOLDS_EVERY_S = 3600.0
"""Between two computations of thresholds from traffic and from how alike strangers are here."""


def delivery_for(
    settings: Settings,
    store: Store,
    console: Console | None = None,
    *,
    poll_s: float = POLL_S,
) -> Delivery:
    """Return what delivers to the sinks of the settings, in turn with others of this store.

    Raises:
        FacewardenError: sinks that cannot be used.
    """

    def sinks() -> list[Sink]:
        if not settings.sinks and console is not None:
            return [ConsoleSink(CONSOLE, console=console)]
        return [make_sink(sink, console) for sink in settings.sinks]

    duty = Duty(store, settings.store.data_dir, "deliver", "delivers")
    return Delivery(store.alerts, sinks, duty, poll_s=poll_s)


@dataclass(slots=True)
class Summary:
    """What a watch did, told when it ends.

    Attributes:
        cameras: the last status of every camera that was watched.
        alerts: raised, by camera; updates are not counted.
        seen: subjects alerted, by name.
        undelivered: deliveries still in the outbox.
        unserved: those of them that wait for sinks which nobody runs, by sink.
        unwritten: whether something could not be written to the store.
    """

    cameras: dict[str, LaneStatus] = field(default_factory=dict)
    alerts: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    undelivered: int = 0
    unserved: dict[str, int] = field(default_factory=dict)
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

    With `deployment_id`, cameras, watchlists and budget are the deployment's, and the watch ends
    by itself when the deployment does; `end_reason` says why.

    Alerts are printed on `console` by sinks that the settings name, or where they name no sink at
    all; None prints them only where named, on standard error.

    Another watch of the same is waited for `patience_s`, such as one whose server was killed.
    Without `deliver` its alerts wait in the outbox for the server that started it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        watchlists: Sequence[str] = (),
        config: Path | None = None,
        deployment_id: int | None = None,
        listeners: Listeners | None = None,
        console: Console | None = None,
        patience_s: float = 0.0,
        deliver: bool = True,
    ) -> None:
        self._settings = settings
        self._orders: Orders = (
            FileOrders(config, watchlists)
            if deployment_id is None
            else DeploymentOrders(deployment_id)
        )
        self._listeners = listeners or Listeners()
        self._console = console
        self._patience_s = patience_s
        self._delivers = deliver
        self._summary = Summary()
        self._stopping = threading.Event()
        self._runner: Runner | None = None
        self._delivery: Delivery | None = None
        self._duty: Duty | None = None
        self._added: set[str] = set()
        self._until_ended = False
        self.metrics = Metrics()
        self.end_reason = ""

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
        self._until_ended = until_ended
        place = self._settings.store.data_dir
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        called = watch_name(self._orders.deployment_id)
        with (
            open_store_from(self._settings) as store,
            Duty(store, place, called, "watches") as duty,
        ):
            duty.take(self._patience_s, self._stopping)
            self._duty = duty
            self._settings = with_serving_embedder(self._orders.begin(store, self._settings), store)
            eyes = make_eyes(self._settings)
            self._run(eyes, store, until_ended=until_ended, drain_s=drain_s)
        return self._summary

    def _run(self, eyes: Eyes, store: Store, *, until_ended: bool, drain_s: float) -> None:
        settings, orders = self._settings, self._orders
        for watchlist in settings.watchlists:
            # Thresholds and sinks of the settings count for this watch and are not written down:
            # an option tried once must not stay.
            store.watchlists.ensure(watchlist.name)
        if self._delivers:
            self._delivery = delivery_for(settings, store, self._console)
        delivery = self._delivery
        sinks = self._sink_names()
        alerts = (
            store.alerts
            if orders.deployment_id is None
            else DeploymentAlerts(store.alerts, orders.deployment_id)
        )
        recorder = Recorder(
            alerts,
            store.sightings,
            store.activity,
            sinks_of=lambda watchlist: self._sinks_of(watchlist, sinks, store),
            recorded=lambda _: delivery.wake() if delivery is not None else None,
            passed=lambda p: store.passages.add(p.watchlist, p.camera_id, p.at, p.expected),
            likened=lambda p: store.impostors.add(
                HistogramOf(p.watchlist, p.camera_group, p.model), p.place or 0
            ),
        )
        live = LiveView(live_path(settings, orders.deployment_id))
        observer = Observer(
            alert=self._on_alert,
            track_ended=self._listeners.track_ended,
            camera_state=self._tell_state,
            seen=live.offer,
        )
        roster = self._roster(store, eyes)
        require_presentation_models(settings, roster.presentation)
        tell_first(roster)
        warn_of_other_anchors(store, eyes.embedder)
        runner = Runner(
            make_route(settings, eyes, store, self.metrics, alerts),
            recorder,
            roster,
            Traces(settings.decision.explain_minutes * 60),
            model_id=eyes.embedder.model_id,
            looks_model_id=eyes.of_looks.scored_by,
            observer=observer,
        )
        self._runner = runner
        answers = WatchAnswers(
            runner, recorder, delivery, store, self.metrics, orders.deployment_id
        )
        control = ControlServer(control_path(settings, orders.deployment_id), answers.answer)
        store.audit.append(
            actor(),
            "watch.start",
            ",".join(roster.thresholds),
            {
                "cameras": [camera.id for camera in settings.cameras],
                "models": [f"{model} on {engine}" for model, engine in eyes.engines],
            }
            | self._whose(),
        )
        recorder.start()
        if delivery is not None:
            delivery.look()
        self._warn_of_sinks(store)
        control.start()
        live.start()
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
            live.stop()
            control.stop()
            self._summary.unwritten = not recorder.stop(drain_s) or recorder.lost > 0
            served = self._served()
            if delivery is not None:
                delivery.stop(drain_s)
            self._end(store, served)

    def _whose(self) -> dict[str, int]:
        """Return the deployment for the audit log, where there is one."""
        deployment_id = self._orders.deployment_id
        return {} if deployment_id is None else {"deployment": deployment_id}

    def _served(self) -> frozenset[str] | None:
        """Return the sinks to which alerts are delivered; None where that cannot be asked."""
        if self._delivery is not None and self._delivery.ours:
            return frozenset(self._sink_names())
        ours = control_path(self._settings, self._orders.deployment_id)
        others = [path for path in control_paths(self._settings) if path != ours]
        return sinks_of_deliverer([server_path(self._settings), *others])

    def _warn_of_sinks(self, store: Store) -> None:
        """Say at the start for which sinks alerts will wait, or wait already, in vain."""
        own, served = self._sink_names(), self._served()
        for name in own:
            if served is not None and name not in served:
                log.warning(
                    "another process delivers for this store and has no sink %s: alerts for it "
                    "wait; start that process with settings that have this sink, or end it",
                    name,
                )
        for line in lines_of(unserved(store.alerts.queues(), {*own, *(served or ())}), SETTINGS):
            log.warning("%s", line)

    def _end(self, store: Store, served: frozenset[str] | None) -> None:
        try:
            queues = store.alerts.queues()
            self._summary.undelivered = sum(queue.waiting for queue in queues)
            known = self._sink_names() if served is None else served
            self._summary.unserved = unserved(queues, known)
            store.audit.append(
                actor(),
                "watch.end",
                "",
                {"alerts": sum(self._summary.alerts.values())} | self._whose(),
            )
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400

    def _roster(self, store: Store, eyes: Eyes, previous: Roster | None = None) -> Roster:
        return make_roster(
            store,
            eyes.of_looks,
            self._orders.watchlists,
            self._settings,
            previous=previous,
            members=self._orders.members(store),
            frozen=self._orders.references(store),
        )

    def _sink_names(self) -> list[str]:
        if not self._settings.sinks and self._console is not None:
            return [CONSOLE]
        return [sink.name for sink in self._settings.sinks]

    def _sinks_of(self, watchlist: str, every: Sequence[str], store: Store) -> list[str]:
        """Return the sinks of a watchlist: of the settings, else of the store, else every one.

        Every one also where those named are not running: an alert must not go nowhere.
        """
        by_settings = {entry.name: entry.sinks for entry in self._settings.watchlists}
        by_store = {entry.name: entry.sinks for entry in store.watchlists.all()}
        named = by_settings.get(watchlist) or by_store.get(watchlist, ())
        return [name for name in every if name in named] or list(every)

    def _on_alert(self, alert: Alert) -> None:
        if alert.revision == 1:
            self._summary.alerts[alert.camera_id] += 1
            self._summary.seen[alert.subject_name] += 1
        self._listeners.alert(alert)

    def _supervise(self, store: Store, eyes: Eyes, runner: Runner) -> None:
        """Once a second: watchlists, settings, schedules; now and then, retention."""
        next_purge = time.monotonic()
        next_look = time.monotonic() + THRESHOLDS_EVERY_S
        trouble = Seldom(log)
        while not self._stopping.wait(LOOK_AROUND_S):
            try:
                self._match_cameras()  # first: schedules hold while the store cannot be read
                self.end_reason = self._reason_to_end(store, eyes)
                if self.end_reason:
                    log.info("the watch is over: %s", self.end_reason)
                    self.stop()
                    return
                changed = store.watchlists.version() != runner.roster.version
                if changed or time.monotonic() >= next_look:
                    next_look = time.monotonic() + THRESHOLDS_EVERY_S
                    before = runner.roster
                    now = self._roster(store, eyes, before)
                    runner.use(now)
                    tell_changes(store, before, now)
                if changed:
                    log.info("watchlists changed: %d subjects", runner.roster.gallery.subjects)
                self._reload(store)
                if self._delivery is not None:
                    self._delivery.look()
                if time.monotonic() >= next_purge:
                    next_purge = time.monotonic() + PURGE_EVERY_S  # also where it fails
                    store.purge(make_retention(self._settings), datetime.now(UTC))
            except FacewardenError as error:
                trouble.tell(logging.ERROR, str(error))
            except Exception:
                log.exception("the supervisor failed once")
            self._listeners.status(runner.status())

    def _reason_to_end(self, store: Store, eyes: Eyes) -> str:
        """Return why not to go on; empty where there is no reason."""
        reason = self._orders.over(store)
        if reason:  # which needs no store: an end that was authorised holds in any case
            return reason
        if store.re_enrolments.serving() not in {None, eyes.embedder.model_id}:
            # Looks of two models never meet: a watch of the new one begins with none.
            return "another model serves; to watch with it, start again"
        if self._duty is not None and not self._duty.keep():
            return "another process watches"
        return ""

    def _reload(self, store: Store) -> None:
        """Take over the cameras of the orders when they have changed."""
        cameras = self._orders.cameras(store)
        if cameras is None:
            return
        new = self._settings.model_copy(update={"cameras": cameras})
        changes = difference(self._settings, new)
        for camera_id in (*changes.removed, *(camera.id for camera in changes.changed)):
            self._remove(camera_id)
        self._settings = new
        log.info(
            "cameras: %d added, %d changed, %d removed",
            len(changes.added),
            len(changes.changed),
            len(changes.removed),
        )
        self._match_cameras()

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
        source: Source
        try:
            source = make_source(camera)
        except FacewardenError as error:
            source = AwaitedSource(
                lambda: make_source(camera),
                camera_id=camera.id,
                problem=str(error),
                # Who waits for the end of recordings does not wait for one to come.
                patient=not self._until_ended or is_device(camera.source),
            )
        self._runner.add(make_camera(camera), source)

    def _remove(self, camera_id: str) -> None:
        self._added.discard(camera_id)
        if self._runner is not None:
            self._runner.remove(camera_id)

    def _tell_state(self, camera: WatchedCamera, state: SourceState, problem: str) -> None:
        camera_id = camera.plan.camera_id
        if state is SourceState.DOWN:
            log.warning("camera %s is down: %s", camera_id, problem)
        elif state is SourceState.ENDED and problem:
            log.warning("camera %s: %s", camera_id, problem)
        else:
            log.info("camera %s: %s", camera_id, state.value)
        if self._delivery is not None:
            self._delivery.camera_status(camera_id, camera.plan.name, state.value, problem)
