"""A link called watch.lock in the data folder emptied the file it led to when a watch began.

And where everybody could write to the folder, everybody could put it there. The socket was open to
others between its making and its chmod; pictures were exported readable for all.
"""

import os
import stat
from pathlib import Path

import pytest

from facewarden.cli.private_file import write_private
from facewarden.errors import StoreError
from facewarden.pipeline.control import ControlServer
from facewarden.store.database import create_private
from facewarden.store.key import TemplateKey
from facewarden.store.writer_lock import WriterLock


def test_the_lock_follows_no_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept", encoding="utf-8")
    (tmp_path / "watch.lock").symlink_to(precious)
    with pytest.raises(StoreError, match="cannot be made"):
        WriterLock(tmp_path / "watch.lock")
    assert precious.read_text(encoding="utf-8") == "kept"


def test_a_folder_open_to_everybody_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o1777)
    with pytest.raises(StoreError, match="chmod 700"):
        WriterLock(folder / "watch.lock")
    with pytest.raises(StoreError, match="everybody may write"):
        create_private(folder / "facewarden.sqlite")
    with pytest.raises(StoreError, match="everybody may write"):
        TemplateKey.load(folder / "facewarden.key", env={}, create=True)
    assert not list(folder.iterdir())
    folder.chmod(0o775)  # a group is somebody's decision
    create_private(folder / "facewarden.sqlite")


def test_nothing_is_open_to_others_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0)
    try:
        # Without the chmod that follows: what matters is how the file comes into being.
        monkeypatch.setattr(Path, "chmod", lambda *_: None)
        server = ControlServer(tmp_path / "s", lambda _: {})
        server.start()
        mode = (tmp_path / "s").stat().st_mode
        server.stop()
        write_private(tmp_path / "picture.jpg", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((tmp_path / "picture.jpg").stat().st_mode) == 0o600
