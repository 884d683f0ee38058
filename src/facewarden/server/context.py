"""What the routes of one server share: made once by `serve`, given to `create_app`."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from facewarden.api.events import CameraEvent
from facewarden.config.settings import Settings
from facewarden.duty import Duty
from facewarden.notary.from_settings import notaries_from
from facewarden.notary.noting import Noting
from facewarden.server.camera_trial import CameraTrials
from facewarden.server.counting import Counters
from facewarden.server.decoding import Decoder
from facewarden.server.delivering import Delivering
from facewarden.server.feed import AlertFeed
from facewarden.server.governing import Governing
from facewarden.server.jobs import Jobs
from facewarden.server.live import LiveHub
from facewarden.server.shared_eyes import SharedEyes
from facewarden.server.spools import Spools
from facewarden.server.supervisor import Happening
from facewarden.server.turns import Turns
from facewarden.server.watching import make_supervisor
from facewarden.store.database import utc_now
from facewarden.store.open import Store
from facewarden.wiring.eyes import Eyes, make_eyes
from facewarden.wiring.stores import make_retention


class Lifetime(Protocol):
    """Something that runs while the server runs, such as the supervisor of deployments."""

    def start(self) -> None:
        """Begin; called once, before the first request."""
        ...

    def stop(self) -> None:
        """End; called once, after the last request. Returns when it has ended."""
        ...


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How this server is reached.

    Attributes:
        https: browsers reach it through TLS, its own or a proxy's: cookies are Secure then.
        open_metrics: /metrics answers connections from this machine without a credential.
    """

    https: bool = False
    open_metrics: bool = False


class Context:
    """The things that routes work with.

    Args:
        settings: as `serve` read them.
        config: the settings file, where there is one; children are given the same.
        clock: what time it is, UTC; a test may pass another.
        supervise: watch for the deployments that are due, and deliver their alerts.
        serving: the duty of the process that serves, where it is one.
        lifetimes: started with the application and stopped, in reverse, with it.
        load_eyes: loads the models, when first needed.

    Attributes:
        editing: held from reading an object's ETag to writing the object, so that of two
            people who edit it one gets 412.
        turns: for Idempotency-Key.
        eyes: the models, loaded when first needed.
        decoder: of uploaded pictures.
        jobs: long work.
        spools: of large uploads.
        feed: alerts as they come.
        counters: of requests, for /metrics.
        supervisor: of the watches of deployments.
        delivering: alerts to the sinks; None where it does not supervise.
        governing: what time brings about in the rules.
        live: pictures of what they see.
        trials: of cameras.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        options: ServerOptions | None = None,
        config: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
        supervise: bool = False,
        serving: Duty | None = None,
        lifetimes: tuple[Lifetime, ...] = (),
        load_eyes: Callable[[Settings], Eyes] = make_eyes,
    ) -> None:
        self.settings = settings
        self.store = store
        self.options = options or ServerOptions()
        self.config = config
        self.clock = clock
        self.editing = threading.RLock()
        self.turns = Turns()
        self.eyes = SharedEyes(settings, store, load_eyes)
        self.decoder = Decoder()
        self.jobs = Jobs(clock)
        self.spools = Spools(settings.store.data_dir)
        self.feed = AlertFeed(store)
        self.counters = Counters()
        self.supervisor = make_supervisor(
            settings, store, config=config, clock=clock, happened=self._happened
        )
        self.delivering = Delivering(settings, store, serving=serving) if supervise else None
        self.live = LiveHub(self.supervisor.live_socket)
        self.trials = CameraTrials(settings.models)
        noting = Noting(store, notaries_from(settings.audit), settings.audit.every)
        self.governing = Governing(store, noting, make_retention(settings), clock)
        watching: tuple[Lifetime, ...] = ()
        if self.delivering is not None:
            # Stopped in reverse: what the watches raise until their end is delivered after it.
            watching = (self.delivering, self.supervisor, self.governing, self.eyes)
        self.lifetimes: tuple[Lifetime, ...] = (
            self.decoder, self.jobs, self.feed, *watching, self.live, *lifetimes
        )  # fmt: skip

    def _happened(self, happening: Happening) -> None:
        self.feed.happened(
            CameraEvent(
                deployment_id=happening.deployment_id,
                camera_id=happening.camera_id,
                state=happening.state,
                problem=happening.problem,
            )
        )
        if self.delivering is not None:
            self.delivering.happened(happening)


def context_of(connection: HTTPConnection) -> Context:
    """Return the context of the application that a request or WebSocket came to."""
    context = connection.app.state.context
    if not isinstance(context, Context):
        raise TypeError("the application was not made by create_app")
    return context


ContextDep = Annotated[Context, Depends(context_of)]
