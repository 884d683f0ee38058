"""Files made to read other files through FFmpeg: playlists, scripts and references."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.capture.recording import Recording
from facewarden.errors import SourceFailed
from video_factory import make_video


def _hls(secret: Path) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n"


def _hls_file_url(secret: Path) -> str:
    return _hls(Path(f"file://{secret}"))


def _hls_concat(secret: Path) -> str:
    return f"#EXTM3U\n#EXTINF:9,\nconcat:{secret}|{secret}\n#EXT-X-ENDLIST\n"


def _ffconcat(secret: Path) -> str:
    return f"ffconcat version 1.0\nfile '{secret}'\n"


def _sdp(_secret: Path) -> str:
    return (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    )


def _dash(secret: Path) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        f"<BaseURL>{secret}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


def _ffmetadata(_secret: Path) -> str:
    return ";FFMETADATA1\ntitle=x\n"


def _subtitles(_secret: Path) -> str:
    return "1\n00:00:00,000 --> 00:00:01,000\nhello\n"


@pytest.mark.parametrize("name", ["holiday.mp4", "holiday.m3u8", "holiday.ffconcat"])
@pytest.mark.parametrize(
    "write",
    [_hls, _hls_file_url, _hls_concat, _ffconcat, _sdp, _dash, _ffmetadata, _subtitles],
)
def test_texts_that_lead_elsewhere_are_refused(
    tmp_path: Path, write: Callable[[Path], str], name: str
) -> None:
    secret = make_video(tmp_path / "secret.ts", frames=10)
    hostile = tmp_path / "inbox" / name
    hostile.parent.mkdir()
    hostile.write_text(write(secret))
    read_at = _last_read(secret)
    with pytest.raises(SourceFailed, match="cannot be played"):
        list(Recording(hostile, camera_id="r").frames())
    assert _last_read(secret) == read_at


def test_an_mp4_that_refers_to_another_file_shows_nothing_of_it(tmp_path: Path) -> None:
    """ISO/IEC 14496-12, 8.7.2: a data reference that is not self-contained."""
    secret = make_video(tmp_path / "secret.mp4", frames=10)
    hostile = tmp_path / "hostile.mp4"
    data = bytearray(secret.read_bytes())
    entry = data.index(b"url \x00\x00\x00\x01")  # flag 1: the media are in this file
    data[entry + 7] = 0
    hostile.write_bytes(
        data[: data.index(b"mdat") + 4] + bytes(64) + data[data.index(b"moov") - 4 :]
    )
    try:
        frames = list(Recording(hostile, camera_id="r").frames())
    except SourceFailed:
        frames = []
    assert not frames


def test_a_name_full_of_options_is_a_name(tmp_path: Path) -> None:
    for name in (
        "-i.mp4",
        "a,protocol_whitelist=file.mp4",
        "concat:a|b.mp4",
        "%03d.mp4",
        "a b'.mp4",
    ):
        video = make_video(tmp_path / "plain.mp4", frames=3)
        odd = tmp_path / name
        video.rename(odd)
        assert len(list(Recording(odd, camera_id="r").frames())) == 3


def _last_read(path: Path) -> int:
    """Time of the last access: set far back, so that any reading moves it."""
    if path.stat().st_atime_ns > 10**18:
        os.utime(path, ns=(10**9, path.stat().st_mtime_ns))
    return path.stat().st_atime_ns
