"""What a watch is told to watch, for how long, and for whom: a settings file, or a deployment."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from facewarden.config.camera import CameraSettings
from facewarden.config.difference import difference
from facewarden.config.load import load_settings
from facewarden.config.settings import Settings
from facewarden.config.watchlist import WatchlistSettings
from facewarden.data import Alert, AlertLook, Int64, Snapshot, Templates
from facewarden.data.deployment import Deployment, DeploymentState
from facewarden.errors import ConfigError, InputError, StoreError
from facewarden.govern.lifecycle import is_due, is_set_back
from facewarden.seldom import Seldom
from facewarden.store.alerts import Alerts
from facewarden.store.open import Store
from facewarden.wiring.roster import require_watchlists

log = logging.getLogger("facewarden.watch")

Members = Mapping[str, frozenset[int]]
"""Ids of the subjects to look for, by watchlist."""


class Orders(Protocol):
    """Where cameras and watchlists come from; asked from the watch's threads, one at a time."""

    @property
    def deployment_id(self) -> int | None:
        """The deployment that alerts belong to, where there is one."""
        ...

    @property
    def watchlists(self) -> tuple[str, ...]:
        """Names of those watched; empty means every one in the store."""
        ...

    def begin(self, store: Store, settings: Settings) -> Settings:
        """Return the settings to start with.

        Raises:
            FacewardenError: it may not begin.
        """
        ...

    def cameras(self, store: Store) -> tuple[CameraSettings, ...] | None:
        """Return the cameras as they are now, None when they have not changed since asked last."""
        ...

    def members(self, store: Store) -> Members | None:
        """Return who may be looked for; None: whoever is on the watchlists."""
        ...

    def references(self, store: Store) -> Int64 | None:
        """Return (r,) ids of the references to look for them by; None: all that they have."""
        ...

    def over(self, store: Store) -> str:
        """Return why the watch has to end now; empty while it may go on."""
        ...


class FileOrders:
    """Watches what the settings say, and reads their file again when it changes.

    A file with mistakes is reported, and the old settings stay.
    """

    deployment_id: int | None = None

    def __init__(self, config: Path | None, watchlists: Sequence[str]) -> None:
        self.watchlists = tuple(watchlists)
        self._config = config
        self._stamp = _stamp(config)
        self._settings = Settings()

    def begin(self, store: Store, settings: Settings) -> Settings:
        """Return the settings as they are; the watchlists asked for must exist."""
        require_watchlists(store, self.watchlists)
        self._settings = settings
        return settings

    def cameras(self, store: Store) -> tuple[CameraSettings, ...] | None:  # noqa: ARG002
        """Return the cameras of the file, when it has changed and can be read."""
        stamp = _stamp(self._config)
        if self._config is None or stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            new = load_settings(self._config)
        except ConfigError as error:
            log.error("%s; the old settings stay", error)  # noqa: TRY400
            return None
        changes = difference(self._settings, new)
        if changes.sections:
            log.warning("changes of %s need a restart", ", ".join(changes.sections))
        self._settings = self._settings.model_copy(update={"cameras": new.cameras})
        return new.cameras

    def members(self, store: Store) -> Members | None:  # noqa: ARG002
        """Everybody who is on the lists."""
        return None

    def references(self, store: Store) -> Int64 | None:  # noqa: ARG002
        """All that they have."""
        return None

    def over(self, store: Store) -> str:  # noqa: ARG002
        """Nothing but its own end stops it."""
        return ""


class DeploymentOrders:
    """Watches for one deployment: its cameras, its frozen watchlists, its budget, its time.

    Whether it may go on is asked of the store each time. While the store cannot be read, what was
    known last counts, so that the end that was authorised holds in any case.
    """

    def __init__(
        self, deployment_id: int, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.deployment_id: int | None = deployment_id
        self.watchlists: tuple[str, ...] = ()
        self._id = deployment_id
        self._clock = clock
        self._known: Deployment | None = None
        self._trouble = Seldom(log)
        self._authorised_version = 0
        self._camera_versions: dict[str, int] = {}

    def begin(self, store: Store, settings: Settings) -> Settings:
        """Return settings with the deployment's cameras and budget, and no cameras of the file.

        Raises:
            InputError: the deployment is not to be watched now.
            StoreError: there is none of this id.
        """
        deployment = self._known = store.deployments.get(self._id)
        problem = self._obstacle(deployment)
        if problem:
            raise InputError(f"deployment {self._id} is not to be watched: {problem}")
        self._authorised_version = deployment.version
        self.watchlists = deployment.watchlists
        return settings.model_copy(
            update={
                "cameras": self._read_cameras(store, deployment),
                "watchlists": _with_budget(settings.watchlists, deployment),
            }
        )

    def cameras(self, store: Store) -> tuple[CameraSettings, ...] | None:
        """Return the deployment's cameras, when one of them has changed in the store."""
        deployment = self._known
        if deployment is None or self._versions(store, deployment) == self._camera_versions:
            return None
        return self._read_cameras(store, deployment)

    def members(self, store: Store) -> Members | None:
        """Return those who were on the lists when it was authorised, and still are."""
        return store.deployments.members(self._id)

    def references(self, store: Store) -> Int64 | None:
        """Return those that they had when it was authorised."""
        return store.deployments.references(self._id)

    def over(self, store: Store) -> str:
        """Return why it has to end; reads the store."""
        try:
            self._known = store.deployments.get(self._id)
        except StoreError as error:
            # What was known last counts: an unreadable store gives no extra time.
            self._trouble.tell(logging.WARNING, str(error))
        deployment = self._known
        if deployment is None:
            return "it did not begin"
        if deployment.version != self._authorised_version and is_due(deployment, self._clock()):
            # Changed and authorised anew between two looks: other cameras, lists or times.
            return "it was changed"
        return self._obstacle(deployment)

    def _obstacle(self, deployment: Deployment) -> str:
        now = self._clock()
        if is_due(deployment, now):
            return ""
        if deployment.state is not DeploymentState.AUTHORISED:
            return f"it is {deployment.state}"
        if is_set_back(deployment, now):
            return "the clock was set back"
        if now < deployment.starts_at:
            return f"it starts at {deployment.starts_at:%Y-%m-%dT%H:%M:%SZ}"
        return f"it ended at {deployment.ends_at:%Y-%m-%dT%H:%M:%SZ}"

    @staticmethod
    def _versions(store: Store, deployment: Deployment) -> dict[str, int]:
        every = store.cameras.versions()
        return {one: every[one] for one in deployment.cameras if one in every}

    def _read_cameras(self, store: Store, deployment: Deployment) -> tuple[CameraSettings, ...]:
        found = store.cameras.all(deployment.cameras)
        self._camera_versions = {one.camera_id: one.version for one in found}
        gone = sorted(set(deployment.cameras) - set(self._camera_versions))
        if gone:
            log.warning("deployment %d: no such camera: %s", self._id, ", ".join(gone))
        return tuple(
            one.settings.model_copy(
                # A list that is not the deployment's is not watched, whatever the camera says.
                update={"watchlists": _within(one.settings, deployment)}
            )
            for one in found
            if not one.settings.watchlists or _within(one.settings, deployment)
        )


class DeploymentAlerts:
    """The alerts of a deployment (`pipeline.recorder.AlertLog`, `decide.memory.AlertMemory`)."""

    def __init__(self, alerts: Alerts, deployment_id: int) -> None:
        self._alerts = alerts
        self._deployment_id = deployment_id

    def record(
        self,
        alert: Alert,
        sinks: Sequence[str],
        probe: Templates | None = None,
        looks: Sequence[AlertLook] = (),
        strip: Snapshot | None = None,
    ) -> None:
        """Commit one revision of an alert."""
        self._alerts.record(alert, sinks, probe, looks, strip, deployment_id=self._deployment_id)

    def keep_looks(self, alert_id: str, looks: Sequence[AlertLook]) -> None:
        """Make these the looks of an alert whose track has ended."""
        self._alerts.keep_looks(alert_id, looks)

    def touch(self, alert_id: str, last_seen_at: datetime) -> None:
        """Move an alert's last sight forward in time."""
        self._alerts.touch(alert_id, last_seen_at)

    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        """Return the alert that this deployment raised last for these three, and when seen last."""
        return self._alerts.latest(
            subject_id, watchlist, camera_id, deployment_id=self._deployment_id
        )


def _within(camera: CameraSettings, deployment: Deployment) -> tuple[str, ...]:
    return tuple(name for name in camera.watchlists if name in deployment.watchlists)


def _with_budget(
    known: Sequence[WatchlistSettings], deployment: Deployment
) -> tuple[WatchlistSettings, ...]:
    """Return what the settings say of the deployment's lists, under its budget where it has one."""
    by_name = {entry.name: entry for entry in known}
    budget = {
        name: value
        for name, value in (
            ("false_alerts_per_day", deployment.false_alerts_per_day),
            ("fpir", deployment.fpir),
        )
        if value is not None
    }
    entries = []
    for name in deployment.watchlists:
        entry = by_name.get(name)
        if budget:
            kept = {"sinks": entry.sinks, "presentation": entry.presentation} if entry else {}
            entry = WatchlistSettings.model_validate({"name": name, **kept, **budget})
        if entry is not None:
            entries.append(entry)
    return tuple(entries)


def _stamp(config: Path | None) -> tuple[int, int] | None:
    """Return what changes when a file is written; None when there is none."""
    try:
        found = config.stat() if config is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None
