"""How a sink is doing, for the status page and for monitoring."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """What happened at one sink since the start.

    Attributes:
        healthy: whether the latest thing that happened was not a problem.
        delivered: alerts that the sink accepted.
        failed: attempts that did not end in acceptance.
        last_success_at: UTC; None before the first.
        last_problem: one line without secrets; empty before the first. It stays after a success.
        last_problem_at: UTC; None before the first.
        backing_off_until: UTC; None while what waits may be tried at once.
    """

    healthy: bool = True
    delivered: int = 0
    failed: int = 0
    last_success_at: datetime | None = None
    last_problem: str = ""
    last_problem_at: datetime | None = None
    backing_off_until: datetime | None = None
