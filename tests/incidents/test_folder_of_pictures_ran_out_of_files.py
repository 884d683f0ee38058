"""A folder called x.jpg in a looped folder of pictures cost a file handle in every round.

After a few hundred rounds nothing in the process could open a file: no camera, no store.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.alert.payload import encode
from facewarden.capture.folder import ImageFolder
from facewarden.capture.image import read_image
from facewarden.errors import ImageRefused


def test_a_refused_folder_is_closed(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    Pillow.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "b.png")
    with pytest.raises(ImageRefused, match="not a regular file"):
        read_image(tmp_path / "a.jpg")
    frames = ImageFolder(tmp_path, camera_id="a", loop=True).frames()
    next(frames)
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(20):
        next(frames)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_the_problem_of_a_file_name_that_is_not_utf8_can_be_told(tmp_path: Path) -> None:
    # In the state of a camera it reached MQTT, whose encoding failed and ended the whole watch.
    Pillow.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "a.png")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xf6.png")).write_bytes(b"text")
    source = ImageFolder(tmp_path, camera_id="a")
    assert len(list(source.frames())) == 1
    assert encode({"problem": source.stats().problem}).isascii()
