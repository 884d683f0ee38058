"""Alerts as lines of a terminal."""

from rich.console import Console
from rich.text import Text

from facewarden.alert.clock import Clock, utc_now
from facewarden.alert.wording import doubt, one_line, place
from facewarden.data import Delivery
from facewarden.errors import SinkUnavailable


class ConsoleSink:
    """Prints one line per revision; names cannot change colours or move the cursor."""

    def __init__(
        self, name: str, *, console: Console | None = None, clock: Clock = utc_now
    ) -> None:
        self._name = name
        self._console = console or Console()
        self._clock = clock

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        return self._name

    def deliver(self, delivery: Delivery) -> None:
        """Print one line; see `Sink.deliver`."""
        alert = delivery.alert
        now = self._clock()
        latency_s = (now - alert.received_at).total_seconds()
        event = "candidate" if alert.revision == 1 else f"revision {alert.revision}"
        line = Text.assemble(
            (f"{alert.last_seen_at:%H:%M:%S.%f}"[:-3] + "Z", "dim"),
            " ",
            (f"{event:<11}", "bold yellow"),
            (one_line(alert.subject_name), "bold"),
            f" [{one_line(alert.watchlist)}] at {place(alert)}, ",
            (f"{alert.similarity:.3f}", "bold"),
            f" (needs {alert.threshold:.3f}), looks {alert.looks}",
            (doubt(alert), "bold"),
            ", ",
            (f"after {latency_s:.2f} s", "dim"),
        )
        try:
            self._console.print(line, soft_wrap=True)
        except (OSError, ValueError, SystemExit) as problem:
            # A closed pipe; rich exits on it where it owns the stream.
            raise SinkUnavailable("the terminal is gone", found=type(problem).__name__) from None

    def close(self) -> None:
        """Nothing to release: the terminal is not ours."""
