"""A place that alerts are delivered to."""

from typing import Protocol

from facewarden.data import Delivery


class Sink(Protocol):
    """Delivers one alert at a time; used by one thread only."""

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        ...

    def deliver(self, delivery: Delivery) -> None:
        """Return when the receiver has accepted the alert, within about ten seconds.

        Raises:
            SinkUnavailable: nobody accepted it now; the whole sink should back off.
            PayloadRejected: the receiver refused this alert; others may still pass.
        """
        ...

    def close(self) -> None:
        """Release connections; called once, also after errors."""
        ...
