"""The durable queue between a decision and its sinks; the store implements it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from facewarden.data import Delivery


class Outbox(Protocol):
    """Deliveries that were committed together with their alert; used from several threads.

    Of one alert only the oldest undelivered revision is ever pending for a sink, so that order
    is kept per alert. One that was refused holds no later one back and gives way to it.
    """

    def pending(self, sink: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return deliveries of `sink` that are due, least tried first, then oldest."""
        ...

    def accepted(self, delivery: Delivery, at: datetime) -> None:
        """Record that the sink has it, and no earlier revision of the alert is wanted."""
        ...

    def failed(
        self,
        delivery: Delivery,
        problem: str,
        retry_at: datetime,
        reached: frozenset[str] = frozenset(),
        *,
        refused: bool = False,
    ) -> None:
        """Record an attempt that failed, when to try again, and who has it all the same.

        Args:
            refused: whether it is this alert that failed, and not the sink.
        """
        ...
