"""That somebody who is signed in was refused: an entry of the audit log, but not one each time."""

import logging
from typing import Final

from starlette.requests import HTTPConnection

from facewarden.access.bucket import Rate
from facewarden.errors import StoreError
from facewarden.server.gatekeeper import address_of
from facewarden.server.limits import RateLimit
from facewarden.server.problems import Forbidden, Forged, TooMany
from facewarden.store.access import Access, accessing, current
from facewarden.store.audit import Audit

log = logging.getLogger("facewarden.server")

NOTED: Final = Rate(per_s=1 / 60, burst=5)
"""For each person: a page that lacks a right asks for several things at once; who tries every
door for an hour makes 65 entries, and nobody can bury the log."""


class Refusals:
    """Writes refusals down."""

    def __init__(self, audit: Audit, rate: Rate = NOTED) -> None:
        self._audit = audit
        self._limit = RateLimit(rate)

    def note(self, refusal: Forbidden, connection: HTTPConnection) -> None:
        """Write down who was refused what; nothing where nobody is known to have asked."""
        access = current()
        if isinstance(refusal, Forged):
            access = Access(refusal.login, address_of(connection))
        if access is None or not access.login:
            return
        try:
            self._limit.take(access.login)
        except TooMany:
            return
        told = {
            "method": connection.scope.get("method", "WEBSOCKET"),
            # The pattern of the route: a path holds ids that somebody made up.
            "route": getattr(connection.scope.get("route"), "path", ""),
            "expected": refusal.expected,
        }
        try:
            with accessing(access):
                self._audit.append(access.login, "access.refuse", "server", told)
        except StoreError as error:  # they are refused all the same
            log.warning("a refusal was not written down: %s", error)
