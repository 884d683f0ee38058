"""What is counted of a deployment for its report; nothing that names a person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class ListOutcome:
    """The alerts of one watchlist of a deployment; alerts = confirmed + rejected + open.

    Attributes:
        held: of these, those told to no sink; 0 where it was counted before any could be.
    """

    watchlist: str
    alerts: int
    confirmed: int
    rejected: int
    open: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class DeploymentNumbers:
    """Counts of one deployment, kept when its alerts are deleted.

    Attributes:
        watched_s, down_s: time with and without pictures, all cameras together.
        faces, tracks: found by its cameras in its time.
        lists: by watchlist, in the order of their names.
        review_s: for each alert with a verdict, from its decision to its first verdict; sorted.
        escalated, reopened: alerts with which that was done at least once.
        expected_false: false alerts to be expected of the thresholds, had all been strangers.
        frozen: how many memberships were copied when it was authorised.
        falsely: subject ids of the rejected alerts and how many each had; not kept when they are
            deleted.
    """

    watched_s: float
    down_s: float
    faces: int
    tracks: int
    lists: tuple[ListOutcome, ...]
    review_s: tuple[float, ...]
    escalated: int
    reopened: int
    expected_false: float
    frozen: int
    falsely: Mapping[int, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for keeping; without `falsely`."""
        plain = asdict(self)
        del plain["falsely"]
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `to_json` has written."""
        lists = tuple(ListOutcome(**one) for one in plain["lists"])
        return cls(**(dict(plain) | {"lists": lists, "review_s": tuple(plain["review_s"])}))
