"""The routes of models."""

from facewarden.api.models import Model
from facewarden.client.connection import Connection


class Models:
    """The routes of models; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_models(self) -> list[Model]:
        """List the models by id, as their cards say."""
        return self._connection.call(list[Model], "GET", "/api/v1/models")
