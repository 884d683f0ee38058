"""What the event stream tells."""

from enum import StrEnum

from pydantic import Field

from facewarden.api.alerts import Alert
from facewarden.api.wire import Wire


class EventKind(StrEnum):
    """What happened."""

    ALERT = "alert"
    RELOAD = "reload"
    BEAT = "beat"


class Event(Wire):
    """One message of the stream, the same through both doors.

    alert: an alert was raised, has a new revision, or was reviewed. reload: read the lists again,
    too much has happened to tell it one by one. beat: nothing happened, the stream is alive.
    """

    kind: EventKind
    id: str = Field(description="Send the last one as Last-Event-ID to go on from there.")
    alert: Alert | None = None
