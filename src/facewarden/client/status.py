"""The routes of status."""

from facewarden.api.status import Doctor, Sink, Status
from facewarden.client.connection import Connection


class Looks:
    """The routes of status; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get_status(self) -> Status:
        """Tell what the server is doing."""
        return self._connection.call(Status, "GET", "/api/v1/status")

    def list_sinks(self) -> list[Sink]:
        """Tell how each sink does; for those who are not limited, since all lists share them."""
        return self._connection.call(list[Sink], "GET", "/api/v1/sinks")

    def get_doctor(self) -> Doctor:
        """Look whether everything is there that is needed; takes seconds the first time."""
        return self._connection.call(Doctor, "GET", "/api/v1/doctor")
