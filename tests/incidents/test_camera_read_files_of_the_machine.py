"""Whoever administers from elsewhere could name any path of the server's machine as a recording.

The trial of a camera then showed pictures and recordings that its user could read, and told for
any path whether there was something. Only folders that the settings name are open to them now, and
one answer is given for what is there and what is not. At the console it is as it was.
"""

from pathlib import Path

import pytest

from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.config.server import ServerSettings
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.store.open import Store
from unit.server.conftest import Login, address, app, client, context, login, store

__all__ = ["address", "app", "client", "context", "login", "store"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    allowed = tmp_path / "recordings"
    allowed.mkdir()
    (allowed / "a.mp4").write_bytes(b"not a video")
    (tmp_path / "secret.mp4").write_bytes(b"not a video")
    (allowed / "way-out").symlink_to(tmp_path)
    return Settings(
        store=StoreSettings(data_dir=tmp_path / "data"),
        server=ServerSettings(recordings=(allowed,)),
    )


def test_only_named_folders_are_open(tmp_path: Path, login: Login) -> None:
    administrator = login(Role.ADMINISTRATOR)

    def tried(source: str, **more: object) -> tuple[int, bytes]:
        body = {"id": "door", "setup": {"source": source, **more}}
        answer = administrator.post("/api/v1/cameras", json=body)
        return answer.status_code, answer.content

    outside = [
        str(tmp_path / "secret.mp4"),
        str(tmp_path / "nothing.mp4"),
        str(tmp_path),
        "/",
        "/proc/self/environ",
        "/dev/video0/../../etc/passwd",
        str(tmp_path / "recordings" / ".." / "secret.mp4"),
        str(tmp_path / "recordings" / "way-out" / "secret.mp4"),
        "~/x.mp4",
    ]
    told = {tried(source) for source in outside}
    assert len(told) == 1
    ((status, text),) = told
    assert status == 422
    assert b"secret" not in text
    assert tried("rtsp://192.0.2.1/", ca_file=str(tmp_path / "secret.mp4"))[0] == 422
    assert tried("rtsp://192.0.2.1/", ca_file="/etc/nothing.pem")[0] == 422
    body = {"id": "door", "setup": {"source": str(tmp_path / "secret.mp4")}}
    assert administrator.post("/api/v1/cameras/test", json=body).status_code == 422
    assert tried(str(tmp_path / "recordings" / "a.mp4"))[0] == 201


def test_what_was_set_up_at_the_console_stays(tmp_path: Path, login: Login, store: Store) -> None:
    source = str(tmp_path / "secret.mp4")
    store.cameras.create(CameraSettings(id="door", source=source))
    administrator = login(Role.ADMINISTRATOR)
    read = administrator.get("/api/v1/cameras/door")
    setup = read.json()["setup"] | {"name": "Door"}
    headers = {"If-Match": read.headers["etag"]}
    changed = administrator.put("/api/v1/cameras/door", json={"setup": setup}, headers=headers)
    assert changed.status_code == 200, changed.text
    assert store.cameras.get("door").settings.source == source
