from pathlib import Path

import pytest
from PIL import Image as Pillow

from facewarden.capture.address import parse_address
from facewarden.capture.folder import ImageFolder
from facewarden.capture.open import open_source
from facewarden.capture.recording import Recording
from facewarden.capture.source import Source
from facewarden.capture.stream import LiveStream
from video_factory import make_video


def test_each_kind_has_its_source(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", frames=50)
    Pillow.new("L", (8, 8), 5).save(tmp_path / "a.png")
    sources: list[tuple[str, type, bool]] = [
        (str(video), Recording, False),
        (str(tmp_path), ImageFolder, False),
        ("rtsp://127.0.0.1:9/x", LiveStream, True),
        ("https://127.0.0.1:9/x", LiveStream, True),
    ]
    for text, kind, live in sources:
        source: Source = open_source(parse_address(text), camera_id="front", analyse_fps=5.0)
        assert isinstance(source, kind)
        assert (source.camera_id, source.live) == ("front", live)
        source.close()


@pytest.mark.parametrize("name", ["a.mp4", "."])
def test_what_is_asked_for_arrives(tmp_path: Path, name: str) -> None:
    make_video(tmp_path / "a.mp4", frames=50)
    for number in range(10):
        Pillow.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
    source = open_source(parse_address(str(tmp_path / name)), camera_id="c", analyse_fps=5.0)
    frames = list(source.frames())
    assert len(frames) == 10
    assert (frames[9].captured_at - frames[0].captured_at).total_seconds() == pytest.approx(1.8)
