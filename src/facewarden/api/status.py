"""How the parts are."""

from pydantic import Field

from facewarden.api.wire import UtcTime, Wire


class Check(Wire):
    """One thing that was looked at."""

    name: str
    well: bool
    words: str = Field(description="What was found, or what is wrong and what to do.")


class Doctor(Wire):
    """Whether everything is there that is needed."""

    version: str
    well: bool
    checks: tuple[Check, ...]


class Status(Wire):
    """What the server itself is doing."""

    version: str
    deliveries_waiting: int | None = Field(
        description="Of all watchlists together; null for who is limited."
    )
    streams: int = Field(description="Clients that follow the alerts.")
    decode_failures: int = Field(description="Uploads that were no picture, since the start.")
    jobs_running: int


class Sink(Wire):
    """A place that alerts are delivered to, as the store knows it; whoever delivers."""

    name: str
    type: str = Field(description="Empty where the settings do not have it (any more).")
    waiting: int = Field(description="Deliveries that it has not accepted.")
    waiting_since: UtcTime | None = Field(description="Since when the oldest of them waits.")
    last_delivered_at: UtcTime | None = Field(description="As far back as alerts are kept.")
    last_problem: str = Field(
        description="Why the oldest of them was not accepted, in one line without secrets; empty "
        "where nothing waits or nothing was tried."
    )
    retry_at: UtcTime | None = Field(description="When that one is tried again.")
