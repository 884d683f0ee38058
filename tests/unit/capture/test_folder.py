from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.capture.folder import ImageFolder
from facewarden.capture.source import SourceState
from facewarden.errors import SourceFailed

START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def grey(path: Path, value: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.new("L", (6, 4), value).save(path)
    return path


def values(source: ImageFolder) -> list[int]:
    return [int(frame.image[0, 0, 0]) for frame in source.frames()]


def test_pictures_in_order_of_name_at_their_pace(tmp_path: Path) -> None:
    for name, value in (("b.png", 2), ("a.PNG", 1), ("c.bmp", 3), ("sub/0.png", 9)):
        grey(tmp_path / name, value)
    (tmp_path / "notes.txt").write_text("no picture")
    source = ImageFolder(tmp_path, camera_id="f", analyse_fps=2.0, start=START)
    frames = list(source.frames())
    assert [int(f.image[0, 0, 0]) for f in frames] == [1, 2, 3]
    assert [f.captured_at - START for f in frames] == [timedelta(seconds=x / 2) for x in range(3)]
    assert [f.sequence for f in frames] == [0, 1, 2]
    stats = source.stats()
    assert (stats.state, stats.expected_frames) == (SourceState.ENDED, 3)
    assert (stats.delivered, stats.watched_s, stats.problem) == (3, 1.5, "")
    assert values(ImageFolder(tmp_path, camera_id="f", recursive=True)) == [1, 2, 3, 9]


def test_unreadable_pictures_are_counted_and_named(tmp_path: Path) -> None:
    grey(tmp_path / "a.png", 1)
    (tmp_path / "b.jpg").write_text("no picture")
    (tmp_path / "c.jpg").mkdir()
    grey(tmp_path / "d.png", 4)
    source = ImageFolder(tmp_path, camera_id="f")
    assert values(source) == [1, 4]
    assert "left out: 2" in source.stats().problem
    assert "c.jpg" in source.stats().problem


@pytest.mark.parametrize("content", ["nothing", "text only", "damaged only", "no folder"])
def test_no_picture_at_all_fails(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "f"
    if content != "no folder":
        folder.mkdir()
    if content == "text only":
        (folder / "a.txt").write_text("x")
    if content == "damaged only":
        (folder / "a.jpg").write_text("x")
    source = ImageFolder(folder, camera_id="f")
    with pytest.raises(SourceFailed, match="no picture"):
        list(source.frames())
    assert source.stats().state is SourceState.FAILED


def test_loop_goes_on_in_time_until_closed(tmp_path: Path) -> None:
    grey(tmp_path / "a.png", 1)
    grey(tmp_path / "b.png", 2)
    source = ImageFolder(tmp_path, camera_id="f", loop=True, start=START)
    seen = []
    for frame in source.frames():
        seen.append(frame)
        if len(seen) == 5:
            source.close()
    assert [int(f.image[0, 0, 0]) for f in seen] == [1, 2, 1, 2, 1]
    assert np.ptp([f.captured_at.timestamp() for f in seen]) == 4.0
    assert source.stats().state is SourceState.ENDED
