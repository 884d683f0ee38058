"""Who asks, what they may do, and on which cameras and watchlists."""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a person may or may not do."""

    ALERT_READ = "alert.read"
    ALERT_REVIEW = "alert.review"
    SUBJECT_READ = "subject.read"
    SUBJECT_WRITE = "subject.write"
    SUBJECT_REMOVE = "subject.remove"
    WATCHLIST_READ = "watchlist.read"
    WATCHLIST_WRITE = "watchlist.write"
    CAMERA_READ = "camera.read"
    CAMERA_WRITE = "camera.write"
    LIVE_VIEW = "live.view"
    LIVE_UNBLURRED = "live.unblurred"
    SIGHTING_READ = "sighting.read"
    LOOKUP_RUN = "lookup.run"
    DEPLOYMENT_READ = "deployment.read"
    DEPLOYMENT_WRITE = "deployment.write"
    DEPLOYMENT_AUTHORISE = "deployment.authorise"
    REPORT_READ = "report.read"
    AUDIT_READ = "audit.read"
    USER_MANAGE = "user.manage"
    MODEL_READ = "model.read"
    HEALTH_READ = "health.read"
    SETTINGS_MANAGE = "settings.manage"


class Role(StrEnum):
    """What somebody works as; each role's rights are in `RIGHTS`."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


_VIEWER = frozenset(
    {
        Permission.ALERT_READ,
        Permission.SUBJECT_READ,
        Permission.WATCHLIST_READ,
        Permission.CAMERA_READ,
        Permission.LIVE_VIEW,
        Permission.SIGHTING_READ,
        Permission.DEPLOYMENT_READ,
    }
)
_OPERATOR = _VIEWER | {Permission.ALERT_REVIEW, Permission.LOOKUP_RUN, Permission.HEALTH_READ}
_SUPERVISOR = _OPERATOR | {
    Permission.LIVE_UNBLURRED,
    Permission.SUBJECT_WRITE,
    Permission.SUBJECT_REMOVE,
    Permission.WATCHLIST_WRITE,
    Permission.DEPLOYMENT_WRITE,
    Permission.DEPLOYMENT_AUTHORISE,
    Permission.REPORT_READ,
    Permission.MODEL_READ,
}

RIGHTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ADMINISTRATOR: frozenset(Permission),
    # Auditors see what was done, never whose face it was.
    Role.AUDITOR: frozenset(
        {
            Permission.AUDIT_READ,
            Permission.REPORT_READ,
            Permission.DEPLOYMENT_READ,
            Permission.HEALTH_READ,
            Permission.MODEL_READ,
        }
    ),
}


UNLIMITED: frozenset[Permission] = frozenset(
    {Permission.USER_MANAGE, Permission.AUDIT_READ, Permission.SETTINGS_MANAGE}
)
"""Rights over the whole: who is limited has none of them. Users could lift their own limit, and the
audit log, which is one chain, names every watchlist and camera."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The watchlists and camera groups that somebody is limited to.

    Attributes:
        watchlists: names; None: all.
        camera_groups: names, "" for cameras without a group; None: all.
    """

    watchlists: frozenset[str] | None = None
    camera_groups: frozenset[str] | None = None

    @property
    def limited(self) -> bool:
        """Whether there is anything that does not exist for them."""
        return self.watchlists is not None or self.camera_groups is not None


def rights(role: Role, scope: Scope) -> frozenset[Permission]:
    """Return what somebody of `role` may do within `scope`."""
    return RIGHTS[role] - UNLIMITED if scope.limited else RIGHTS[role]


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, or a key of theirs, that is making a request.

    Attributes:
        login: what the audit log calls them.
        permissions: those of the role, or fewer where a key has fewer.
        credential: names the session or the key, never its secret.
    """

    user_id: int
    login: str
    role: Role
    scope: Scope
    permissions: frozenset[Permission]
    credential: str = ""

    def may(self, permission: Permission) -> bool:
        """Tell whether this is among their rights."""
        return permission in self.permissions

    def sees_watchlist(self, name: str) -> bool:
        """Tell whether what belongs to this watchlist exists for them."""
        return self.scope.watchlists is None or name in self.scope.watchlists

    def sees_camera(self, group: str) -> bool:
        """Tell whether cameras of this group exist for them."""
        return self.scope.camera_groups is None or group in self.scope.camera_groups

    def sees_alert(self, watchlist: str, camera_group: str) -> bool:
        """Tell whether an alert of this watchlist and camera group exists for them."""
        return self.sees_watchlist(watchlist) and self.sees_camera(camera_group)
