"""An empty recording "cannot be played: found it is not a video, or it is damaged"; one of a format
that is not read was refused without saying which are.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Pillow

from facewarden.capture.container import HTTP_FORMATS, HTTP_STREAMS, RECORDING_FORMATS, RECORDINGS
from facewarden.capture.recording import Recording
from facewarden.errors import SourceFailed


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Path.touch, "a.mp4 cannot be played: the file is empty"),
        (
            lambda path: path.write_text("This is not a video.\n" * 99),
            "a.mp4 cannot be played: it is not a video, or it is damaged",
        ),
        (
            lambda path: Pillow.new("RGB", (64, 64)).save(path, "GIF"),
            f"a.mp4 cannot be played: it is not of a format that is allowed: {RECORDINGS}",
        ),
    ],
)
def test_why_it_cannot_be_played(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / "a.mp4")
    source = Recording(tmp_path / "a.mp4", camera_id="gate")
    with pytest.raises(SourceFailed) as refused:
        list(source.frames())
    assert str(refused.value) == words
    assert source.stats().problem in words


NAMES = {
    "matroska": "Matroska", "asf": "ASF", "ogg": "Ogg", "mpegvideo": "MPEG", "h264": "H.264",
    "hevc": "H.265", "m4v": "MPEG-4", "mpegts": "MPEG-TS", "mpjpeg": "MJPEG",
}  # fmt: skip
SOUND_AND_TEXT = {"aac", "mp3", "webvtt"}


@pytest.mark.parametrize(
    ("formats", "told"), [(RECORDING_FORMATS, RECORDINGS), (HTTP_FORMATS, HTTP_STREAMS)]
)
def test_every_format_is_told(formats: str, told: str) -> None:
    named = set(re.split(r", | or |bare ", told))
    for one in set(formats.split(",")) - SOUND_AND_TEXT:
        name = NAMES.get(one, one.upper())
        assert name in named or (one == "mov" and "MP4" in named)
