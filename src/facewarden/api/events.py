"""What the event stream tells."""

from enum import StrEnum

from pydantic import Field

from facewarden.api.alerts import Alert
from facewarden.api.wire import Wire


class EventKind(StrEnum):
    """What happened."""

    ALERT = "alert"
    CAMERA = "camera"
    RELOAD = "reload"
    BEAT = "beat"


class CameraEvent(Wire):
    """A camera, or the whole watch of a deployment, has changed its state."""

    deployment_id: int
    camera_id: str = Field(description="Empty: the watch itself.")
    state: str = Field(examples=["watching", "down", "restarting"])
    problem: str = Field(description="Why, in one line; may be empty.")


class StreamEvent(Wire):
    """One message of the stream, the same through both doors.

    alert: an alert was raised, has a new revision, or was reviewed. camera: a
    camera or a watch has changed its state; these are not told again. reload: read the lists again,
    too much has happened to tell it one by one. beat: nothing happened, the stream is alive.
    """

    kind: EventKind
    id: str = Field(description="Send the last one as Last-Event-ID to go on from there.")
    alert: Alert | None = None
    camera: CameraEvent | None = None
