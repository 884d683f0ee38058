"""A token in the path of an address became part of the camera's id, on the screen and in the store.

The id was made from the address as typed; now it is made from the text that is shown to people.
"""

import pytest

from facewarden.cli.watch import with_sources
from facewarden.config.settings import Settings


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://camera/token=hunter2/video", "camera-video"),
        ("http://camera/video?auth=hunter2", "camera-video"),
        ("rtsp://guard:hunter2@camera:554/live", "camera-554-live"),
    ],
)
def test_the_id_holds_no_secret(address: str, name: str) -> None:
    (camera,) = with_sources(Settings(), [address], {}).cameras
    assert camera.id == name
