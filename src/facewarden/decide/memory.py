"""What the decide stage must remember beyond a track: which alert is recent."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from facewarden.errors import StoreError

log = logging.getLogger("facewarden.decide")


class AlertMemory(Protocol):
    """The latest alert of a subject, watchlist and camera; the store implements it."""

    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        """Return the alert's id and when its subject was last seen, or None.

        Of alerts that are not held: a picture of somebody must not silence that person.
        """
        ...


class RecentAlerts:
    """A cache in front of an AlertMemory that also knows what is not written yet.

    Args:
        now: this machine's clock, UTC.
    """

    def __init__(
        self,
        memory: AlertMemory,
        quiet_period: timedelta,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._memory = memory
        self._quiet = quiet_period
        self._now = now
        self._known: dict[tuple[int, str, str], tuple[str, datetime] | None] = {}
        self._held: dict[tuple[int, str, str], tuple[str, datetime]] = {}

    def holding(
        self, subject_id: int, watchlist: str, camera_id: str, at: datetime, *, held: bool = False
    ) -> str:
        """Return the id of the alert whose quiet period covers `at`, or an empty string.

        An alert that would be `held`, since it looks like an attack, is silenced by another such
        too; one of a living person never by a held one. Held ones are not remembered beyond a
        restart.

        The distance in time counts, not its direction: a clock that was set back must not
        silence a subject until it has caught up. When the memory cannot be read, nothing holds: one
        alert too many is better than none.
        """
        key = (subject_id, watchlist, camera_id)
        if key not in self._known:
            try:
                self._known[key] = self._remembered(key)
            except StoreError as error:
                log.warning("%s; an alert may be raised twice", error)
                return ""
        entries = (self._known[key], self._held.get(key) if held else None)
        for entry in entries:
            if entry is not None and abs(at - entry[1]) < self._quiet:
                return entry[0]
        return ""

    def _remembered(self, key: tuple[int, str, str]) -> tuple[str, datetime] | None:
        """Return what the memory knows, last seen now at the latest.

        A recording that was watched faster than it was filmed leaves a time to come. One further
        off than a quiet period holds nothing: the clock may have been set back since.
        """
        entry, now = self._memory.latest(*key), self._now()
        if entry is None or entry[1] - now > self._quiet:
            return None
        return entry[0], min(entry[1], now)

    def seen(
        self,
        subject_id: int,
        watchlist: str,
        camera_id: str,
        alert_id: str,
        at: datetime,
        *,
        held: bool = False,
    ) -> None:
        """Start or prolong the quiet period; that of held alerts where it is one."""
        key = (subject_id, watchlist, camera_id)
        (self._held if held else self._known)[key] = (alert_id, at)

    def left(
        self, subject_id: int, watchlist: str, camera_id: str, alert_id: str, at: datetime
    ) -> None:
        """Prolong the quiet period of an alert to when a track was last seen; never shorten it."""
        key = (subject_id, watchlist, camera_id)
        entry = self._known.get(key)
        if entry is not None and entry[0] == alert_id and at > entry[1]:
            self._known[key] = (alert_id, at)
        held = self._held.get(key)
        if held is not None and held[0] == alert_id and at > held[1]:
            self._held[key] = (alert_id, at)
