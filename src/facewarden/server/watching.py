"""The supervisor of a server: which deployments are due, and how their watches are started."""

import sys
import time
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Final

from facewarden.config.settings import Settings
from facewarden.server.supervisor import Happening, Supervisor
from facewarden.store.open import Store
from facewarden.watch_places import control_path, live_path

SWEEP_EVERY_S: Final = 5.0


class DueDeployments:
    """Tells which deployments should be watching, and ends those whose time is over."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._next_sweep_s = 0.0

    def __call__(self) -> Collection[int]:
        """Return their ids."""
        now = self._clock()
        if time.monotonic() >= self._next_sweep_s:
            self._next_sweep_s = time.monotonic() + SWEEP_EVERY_S
            self._store.deployments.sweep(now)
        return [one.deployment_id for one in self._store.deployments.due(now)]


def make_supervisor(
    settings: Settings,
    store: Store,
    *,
    config: Path | None,
    clock: Callable[[], datetime],
    happened: Callable[[Happening], None] = lambda _: None,
) -> Supervisor:
    """Make the supervisor; children are given the same settings file and engine as the server."""

    def command(deployment_id: int) -> list[str]:
        words = [sys.executable, "-m", "facewarden", "--verbose", "watch", "--supervised", "--json"]
        words += ["--deployment", str(deployment_id), "--engine", settings.models.engine]
        return words + (["--config", str(config)] if config is not None else [])

    return Supervisor(
        DueDeployments(store, clock),
        command,
        control=lambda one: control_path(settings, one),
        live=lambda one: live_path(settings, one),
        happened=happened,
    )
