"""Who asks, and what exists for them."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends

from facewarden.access.principal import Permission, Principal
from facewarden.data import Subject
from facewarden.errors import StoreError
from facewarden.server.context import Context, ContextDep
from facewarden.server.principal import require
from facewarden.server.problems import Forbidden, NotFound
from facewarden.store.alerts import StoredAlert
from facewarden.store.references import StoredReference


class Asker:
    """Somebody who has the right that a route needs, and what exists for them.

    Each `require_...` answers alike for what does not exist and what may not be seen, and does
    the same work for both: what somebody is limited to is part of the first question to the store.
    """

    def __init__(self, who: Principal, context: Context) -> None:
        self.who = who
        self.context = context

    @cached_property
    def cameras(self) -> frozenset[str] | None:
        """Ids of the cameras that exist for them; None: all.

        A camera that was removed has no group: it exists only for those who are not limited.
        """
        if self.who.scope.camera_groups is None:
            return None
        groups = {camera.id: camera.group or "" for camera in self.context.settings.cameras}
        return self.context.store.cameras.ids(self.who.scope.camera_groups) | {
            camera_id for camera_id, group in groups.items() if self.who.sees_camera(group)
        }

    @property
    def watchlists(self) -> frozenset[str] | None:
        """Names of the watchlists that exist for them; None: all."""
        return self.who.scope.watchlists

    def seen_watchlists(self) -> list[str]:
        """Return the names of those that there are."""
        known = [entry.name for entry in self.context.store.watchlists.all()]
        return [name for name in known if self.who.sees_watchlist(name)]

    def sees_camera(self, camera_id: str) -> bool:
        """Tell whether a camera exists for them."""
        return self.cameras is None or camera_id in self.cameras

    def sees_alert(self, watchlist: str, camera_id: str) -> bool:
        """Tell whether an alert exists for them."""
        return self.who.sees_watchlist(watchlist) and self.sees_camera(camera_id)

    def sees_deployment(self, cameras: Iterable[str], watchlists: Iterable[str]) -> bool:
        """Tell whether a deployment exists for them: only with all that it names."""
        return all(map(self.sees_camera, cameras)) and all(map(self.who.sees_watchlist, watchlists))

    def sees_subject(self, watchlists: Iterable[str]) -> bool:
        """Tell whether a subject on these lists exists for them."""
        return self.watchlists is None or any(map(self.who.sees_watchlist, watchlists))

    def require_subject(self, subject_id: int) -> Subject:
        """Return a subject."""
        store = self.context.store
        if self.watchlists is not None and not store.in_scope.subject(subject_id, self.watchlists):
            raise NotFound
        try:
            found = self.context.store.watchlists.subject(subject_id)
        except StoreError as error:
            raise absent(error) from None
        if not self.sees_subject(found.watchlists):
            raise NotFound
        return found

    def require_reference(self, reference_id: int) -> StoredReference:
        """Return a reference of a subject."""
        store = self.context.store
        if self.watchlists is not None and not store.in_scope.reference(
            reference_id, self.watchlists
        ):
            raise NotFound
        try:
            found = store.watchlists.reference(reference_id)
        except StoreError as error:
            raise absent(error) from None
        self.require_subject(found.subject_id)  # moved to another one since
        return found

    def require_watchlist(self, name: str) -> None:
        """Check that a watchlist exists."""
        known = {entry.name for entry in self.context.store.watchlists.all()}
        if name not in known or not self.who.sees_watchlist(name):
            raise NotFound

    def require_alert(self, alert_id: str) -> StoredAlert:
        """Return an alert, without its snapshot."""
        limits = (self.watchlists, self.cameras)
        if limits != (None, None) and not self.context.store.in_scope.alert(alert_id, *limits):
            raise NotFound
        try:
            found = self.context.store.alerts.get(alert_id, with_snapshot=False)
        except StoreError as error:
            raise absent(error) from None
        if not self.sees_alert(found.alert.watchlist, found.alert.camera_id):
            raise NotFound
        return found

    def now(self) -> datetime:
        """Return the time of this server."""
        return self.context.clock()


def absent(error: StoreError) -> Exception:
    """Return NotFound for what the store does not have, and other troubles as they are."""
    return NotFound() if type(error) is StoreError else error


def require_all_lists(asker: Asker, subject: Subject) -> None:
    """Check that nobody else looks for a subject, before what changes it for all.

    Raises:
        Forbidden: it is also on lists that the asker may not see.
    """
    if not all(map(asker.who.sees_watchlist, subject.watchlists)):
        raise Forbidden(
            "others look for this subject, too",
            remedy="ask somebody who sees all of its lists, or take it off yours",
        )


def may(permission: Permission) -> Any:
    """Return the dependency of a route: `asker: Annotated[Asker, may(Permission.ALERT_READ)]`."""
    required = Depends(require(permission))

    async def ask(context: ContextDep, who: Annotated[Principal, required]) -> Asker:
        return Asker(who, context)

    return Depends(ask)
