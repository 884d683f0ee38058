"""The client: one server, one API key."""

import ssl
from types import TracebackType
from typing import Final, Self

import httpx
from pydantic import SecretStr

from facewarden import __version__
from facewarden.client.alerts import Alerts
from facewarden.client.audit import Audit
from facewarden.client.cameras import Cameras
from facewarden.client.casework import Casework
from facewarden.client.connection import Connection
from facewarden.client.deployments import Deployments
from facewarden.client.events import Events
from facewarden.client.health import Health
from facewarden.client.jobs import Jobs
from facewarden.client.keys import Keys
from facewarden.client.lookups import Lookups
from facewarden.client.models import Models
from facewarden.client.references import References
from facewarden.client.reports import Reports
from facewarden.client.search import Searching
from facewarden.client.sightings import Sightings
from facewarden.client.status import Looks
from facewarden.client.subjects import Subjects
from facewarden.client.users import Users
from facewarden.client.watchlists import Watchlists

TIMEOUT_S: Final = 60.0
"""Removing a subject rewrites the store: some seconds for each GB."""


class Client:
    """Speaks to a facewarden server; the attributes are the topics of its REST interface.

        with Client("https://watch.example", key) as server:
            for alert in server.alerts.list_alerts(state=State.UNREVIEWED):
                print(alert.raised_at, alert.subject.name)

    Changes need the ETag of the state that was seen:

        seen = server.subjects.get_subject(17)
        server.subjects.change_subject(17, SubjectChange(notes="..."), seen.etag)

    Args:
        address: of the server, such as https://watch.example.
        key: an API key, fw_...; a SecretStr is not shown by accident.
        timeout_s: for each step of a request.
        tls: trusts other authorities than the system's; None: the system's.
    """

    def __init__(
        self,
        address: str,
        key: str | SecretStr,
        *,
        timeout_s: float = TIMEOUT_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        secret = key.get_secret_value() if isinstance(key, SecretStr) else key
        self._http = httpx.Client(
            base_url=address,
            headers={
                "Authorization": f"Bearer {secret}",
                "User-Agent": f"facewarden/{__version__}",
            },
            timeout=timeout_s,
            verify=tls if tls is not None else True,
        )
        connection = Connection(self._http)
        self.alerts = Alerts(connection)
        self.audit = Audit(connection)
        self.cameras = Cameras(connection)
        self.casework = Casework(connection)
        self.deployments = Deployments(connection)
        self.events = Events(connection)
        self.health = Health(connection)
        self.jobs = Jobs(connection)
        self.keys = Keys(connection)
        self.lookups = Lookups(connection)
        self.models = Models(connection)
        self.references = References(connection)
        self.reports = Reports(connection)
        self.search = Searching(connection)
        self.sightings = Sightings(connection)
        self.status = Looks(connection)
        self.subjects = Subjects(connection)
        self.users = Users(connection)
        self.watchlists = Watchlists(connection)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
