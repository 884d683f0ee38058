"""Recordings named in another script were told apart as "camera" and "camera-2" only."""

from pathlib import Path

from facewarden.cli.watch import with_sources
from facewarden.config.settings import Settings


def test_the_name_is_the_file_s(tmp_path: Path) -> None:
    files = ["вход.mp4", "出口.mp4", "gate 2.mp4", f"{'n' * 200}.mp4"]
    for name in files:
        (tmp_path / name).touch()
    cameras = with_sources(Settings(), [str(tmp_path / name) for name in files], {}).cameras
    assert [(camera.id, camera.name) for camera in cameras] == [
        ("camera", "вход"),
        ("camera-2", "出口"),
        ("gate-2", "gate 2"),
        ("n" * 50, "n" * 100),
    ]
