"""The routes of health."""

from facewarden.api.health import Live, Ready
from facewarden.client.connection import Connection


class Health:
    """The routes of health; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self) -> Live:
        """Tell that the process answers."""
        return self._connection.call(Live, "GET", "/health/live")

    def ready(self) -> Ready:
        """Tell whether what is needed to serve is there; 503 where it is not."""
        return self._connection.call(Ready, "GET", "/health/ready")
