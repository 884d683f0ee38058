"""That somebody who is signed in was refused: an entry of the audit log, but not one each time."""

import logging
from typing import Final

from facewarden.access.bucket import Rate
from facewarden.errors import StoreError
from facewarden.server.limits import RateLimit
from facewarden.server.problems import Forbidden, TooMany
from facewarden.store.access import current
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

    def note(self, refusal: Forbidden, method: str, route: str) -> None:
        """Write down who was refused what; nothing where nobody is known to have asked.

        Args:
            route: its pattern; a path holds ids that somebody made up.
        """
        access = current()
        if access is None or not access.login:
            return
        try:
            self._limit.take(access.login)
        except TooMany:
            return
        told = {"method": method, "route": route, "expected": refusal.expected}
        try:
            self._audit.append(access.login, "access.refuse", "server", told)
        except StoreError as error:  # they are refused all the same
            log.warning("a refusal was not written down: %s", error)
