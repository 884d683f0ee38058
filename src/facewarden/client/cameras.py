"""The routes of cameras."""

from collections.abc import Iterator

from facewarden.api.cameras import Camera, CameraTrial, ChangedCamera, NewCamera
from facewarden.client.connection import Connection, Seen


class Cameras:
    """The routes of cameras; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_cameras(self) -> Iterator[Camera]:
        """List the cameras by id, with how they do."""
        return self._connection.pages(Camera, "/api/v1/cameras")

    def create_camera(self, new: NewCamera) -> Seen[Camera]:
        """Add a camera; 409 where there is one of this id."""
        return self._connection.seen(Camera, "POST", "/api/v1/cameras", body=new, once=True)

    def try_settings(self, new: NewCamera) -> CameraTrial:
        """Open a camera that is not kept yet for a moment: what it sends, or what is wrong."""
        return self._connection.call(CameraTrial, "POST", "/api/v1/cameras/test", body=new)

    def get_camera(self, camera_id: str) -> Seen[Camera]:
        """Return a camera."""
        return self._connection.seen(
            Camera, "GET", "/api/v1/cameras/{camera_id}", {"camera_id": camera_id}
        )

    def change_camera(self, camera_id: str, wanted: ChangedCamera, etag: str) -> Seen[Camera]:
        """Set a camera up anew."""
        return self._connection.seen(
            Camera,
            "PUT",
            "/api/v1/cameras/{camera_id}",
            {"camera_id": camera_id},
            body=wanted,
            etag=etag,
        )

    def remove_camera(self, camera_id: str, etag: str) -> None:
        """Forget a camera; its alerts and sightings stay until they expire."""
        self._connection.send(
            "DELETE", "/api/v1/cameras/{camera_id}", {"camera_id": camera_id}, etag=etag
        )

    def try_camera(self, camera_id: str) -> CameraTrial:
        """Open a camera for a moment: what it sends, or what is wrong; takes a few seconds."""
        return self._connection.call(
            CameraTrial, "POST", "/api/v1/cameras/{camera_id}/test", {"camera_id": camera_id}
        )
