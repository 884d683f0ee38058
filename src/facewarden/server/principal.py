"""What routes ask of whoever calls them: a right, or at least a credential.

Every route declares one of these, as a parameter or among its dependencies; `permissions.py` reads
them for the OpenAPI document and refuses a route without one.
"""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from facewarden.access.principal import Permission, Principal
from facewarden.server.gatekeeper import Entry, Gatekeeper, address_of
from facewarden.server.limits import network
from facewarden.server.problems import Forbidden, Refusal, SocketRefused
from facewarden.store.access import Access, enter


def gatekeeper_of(connection: HTTPConnection) -> Gatekeeper:
    """Return the gatekeeper of the application that a request or WebSocket came to."""
    gatekeeper = connection.app.state.gatekeeper
    if not isinstance(gatekeeper, Gatekeeper):
        raise TypeError("the application was not made by create_app")
    return gatekeeper


def entry_of(connection: HTTPConnection) -> Entry:
    """Return who asks, and by what; 401 without a valid credential."""
    try:
        return gatekeeper_of(connection).enter(connection)
    except Refusal as error:
        raise _said(connection, error) from None


class Signed:
    """A route for everybody who has a valid credential."""

    said = "signed-in"

    async def __call__(
        self, connection: HTTPConnection, entry: Annotated[Entry, Depends(entry_of)]
    ) -> Principal:
        """Return who asks."""
        _note(connection, entry.principal.login)
        return entry.principal


class InPerson:
    """A route for people at a browser: what is theirs alone, a key of theirs cannot do."""

    said = "in-person"

    async def __call__(
        self, connection: HTTPConnection, entry: Annotated[Entry, Depends(entry_of)]
    ) -> Entry:
        """Return who asks; 403 for a key."""
        _note(connection, entry.principal.login)
        if entry.session is None:
            error = Forbidden("this cannot be done with an API key", remedy="sign in")
            raise _said(connection, error)
        return entry


class Required:
    """A route for those who have a right."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        self.said = permission.value

    async def __call__(
        self, connection: HTTPConnection, entry: Annotated[Entry, Depends(entry_of)]
    ) -> Principal:
        """Return who asks; 403 without the right."""
        _note(connection, entry.principal.login)
        if not entry.principal.may(self.permission):
            error = Forbidden(
                "you may not do this",
                expected=f"the right {self.permission}",
                remedy="add an authenticator first: your role must have one"
                if entry.lacks_factor
                else "",
            )
            raise _said(connection, error)
        return entry.principal


class Anyone:
    """A route for everybody, at the pace of strangers where it costs something."""

    said = "anyone"

    def __init__(self, *, slowly: bool) -> None:
        self._slowly = slowly

    async def __call__(self, connection: HTTPConnection) -> None:
        """Count the request; 429 when there were too many."""
        _note(connection, "")
        if self._slowly:
            gatekeeper = gatekeeper_of(connection)
            gatekeeper.limits.stranger.take(network(address_of(connection)))


def require(permission: Permission) -> Required:
    """Return the dependency of routes for those who have a right: `Depends(require(...))`."""
    return Required(permission)


CurrentPrincipal = Annotated[Principal, Depends(Signed())]
"""Whoever asks, with any valid credential."""
CurrentPerson = Annotated[Entry, Depends(InPerson())]
"""Whoever asks, signed in at a browser."""
GatekeeperDep = Annotated[Gatekeeper, Depends(gatekeeper_of)]

for_anyone = Depends(Anyone(slowly=False))
"""Declares a route that tells nothing, such as whether the server is alive."""
for_strangers = Depends(Anyone(slowly=True))
"""Declares a route by which somebody comes in."""


def _note(connection: HTTPConnection, login: str) -> None:
    """Have the audit log say who asks and from where.

    Called by dependencies that are `async`: only what they set reaches the thread of the route.
    """
    enter(Access(login=login, origin=address_of(connection)))


def _said(connection: HTTPConnection, error: Refusal) -> Exception:
    return SocketRefused(error) if connection.scope["type"] == "websocket" else error
