"""How the parts are."""

from pydantic import Field

from facewarden.api.wire import Wire


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
    deliveries_waiting: int
    streams: int = Field(description="Clients that follow the alerts.")
    decode_failures: int = Field(description="Uploads that were no picture, since the start.")
    jobs_running: int
