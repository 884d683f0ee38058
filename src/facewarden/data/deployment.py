"""A deployment: where, when, why and on whose word facewarden may watch."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facewarden.data.frame import require_utc
from facewarden.errors import DataError


class DeploymentState(StrEnum):
    """How far a deployment has come; it runs while it is authorised and between its times."""

    PROPOSED = "proposed"
    AUTHORISED = "authorised"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    WIPED = "wiped"


OPEN = (DeploymentState.PROPOSED, DeploymentState.AUTHORISED)
"""The states of a deployment that is not over."""


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """What one person proposes and another one authorises; a change of it needs both again.

    Attributes:
        purpose, place, legal_basis: free text; none of them empty.
        cameras: ids; at least one.
        watchlists: names; at least one.
        starts_at, ends_at: UTC; it watches from the first to before the second.
        false_alerts_per_day, fpir: the budget of false alerts of each of its watchlists, in place
            of the watchlist's own; at most one of them. None of them: the watchlists' own.
        keep_unconfirmed_days: whole days after its end after which the alerts that nobody has
            confirmed are deleted.

    Raises:
        DataError: two budgets, or times that are not UTC.
    """

    purpose: str
    place: str
    legal_basis: str
    cameras: tuple[str, ...]
    watchlists: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    false_alerts_per_day: float | None = None
    fpir: float | None = None
    keep_unconfirmed_days: int = 1

    def __post_init__(self) -> None:
        require_utc("DeploymentPlan.starts_at", self.starts_at)
        require_utc("DeploymentPlan.ends_at", self.ends_at)
        if self.false_alerts_per_day is not None and self.fpir is not None:
            raise DataError(
                "the deployment has false_alerts_per_day and fpir",
                expected="one of them: each would make another threshold",
            )


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment as it is kept.

    Attributes:
        deployment_id: never used again for another one.
        purpose to keep_unconfirmed_days: as of `DeploymentPlan`.
        proposed_by: the login of who proposed it, or changed it last.
        authorised_by: the login of the second person; empty until there is one.
        version: 1 when proposed; grows with each change.
        end_reason: why it was ended or withdrawn by hand; empty where time ended it.
        ended_at: when it ended, UTC; None before.
        ended_by: who ended or withdrew it; empty where time did.
        wiped_at: when its unconfirmed alerts were deleted, UTC; None before.
        seen_at: the latest time at which it was seen running: a clock behind it was set back.
    """

    deployment_id: int
    purpose: str
    place: str
    legal_basis: str
    cameras: tuple[str, ...]
    watchlists: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    proposed_by: str
    proposed_at: datetime
    authorised_by: str
    authorised_at: datetime | None
    false_alerts_per_day: float | None
    fpir: float | None
    keep_unconfirmed_days: int
    state: DeploymentState
    version: int
    end_reason: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""
    wiped_at: datetime | None = None
    seen_at: datetime | None = None
    proposed_by_id: int | None = None
    authorised_by_id: int | None = None

    @property
    def plan(self) -> DeploymentPlan:
        """What was proposed."""
        return DeploymentPlan(
            self.purpose,
            self.place,
            self.legal_basis,
            self.cameras,
            self.watchlists,
            self.starts_at,
            self.ends_at,
            self.false_alerts_per_day,
            self.fpir,
            self.keep_unconfirmed_days,
        )
