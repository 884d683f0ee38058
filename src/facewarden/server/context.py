"""What the routes of one server share: made once by `serve`, given to `create_app`."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from facewarden.config.settings import Settings
from facewarden.server.kept_answers import KeptAnswers, RecentAnswers, Turns
from facewarden.store.database import utc_now
from facewarden.store.open import Store


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


@dataclass(frozen=True, slots=True)
class Context:
    """The things that routes work with.

    Attributes:
        settings: as `serve` read them.
        config: the settings file, where there is one; children are given the same.
        clock: what time it is, UTC; a test may pass another.
        editing: held from reading an object's ETag to writing the object, so that of two
            people who edit it one gets 412.
        answers, turns: for Idempotency-Key.
        lifetimes: started with the application and stopped, in reverse, with it.
    """

    settings: Settings
    store: Store
    options: ServerOptions = ServerOptions()
    config: Path | None = None
    clock: Callable[[], datetime] = utc_now
    editing: threading.RLock = field(default_factory=threading.RLock)
    answers: KeptAnswers = field(default_factory=RecentAnswers)
    turns: Turns = field(default_factory=Turns)
    lifetimes: tuple[Lifetime, ...] = ()


def context_of(connection: HTTPConnection) -> Context:
    """Return the context of the application that a request or WebSocket came to."""
    context = connection.app.state.context
    if not isinstance(context, Context):
        raise TypeError("the application was not made by create_app")
    return context


ContextDep = Annotated[Context, Depends(context_of)]
