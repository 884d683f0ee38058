"""Whether the server is alive and ready."""

from typing import Literal

from pydantic import Field

from facewarden.api.wire import Wire


class Live(Wire):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Wire):
    """What is needed to serve is there."""

    status: Literal["ready", "not ready"] = Field(description="ready, where every check passed.")
    store: bool = Field(description="The store can be read.")
