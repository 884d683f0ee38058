"""Streams that change on the way, have no times, or are made of what FFmpeg cannot convert."""

import struct
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest

from facewarden.capture.address import parse_address
from facewarden.capture.recording import Recording
from facewarden.capture.stream import LiveStream
from facewarden.errors import SourceFailed
from http_camera import HttpCamera, content
from video_factory import make_video

WIDTH, HEIGHT = 32, 24


def _attribute(name: str, kind: str, data: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<I", len(data)) + data


def _exr() -> bytes:
    """Return an uncompressed OpenEXR picture of the channels A and Y, which FFmpeg calls yaf32."""
    channels = b"".join(name + struct.pack("<IB3xII", 2, 0, 1, 1) for name in (b"A\0", b"Y\0"))
    window = struct.pack("<4i", 0, 0, WIDTH - 1, HEIGHT - 1)
    header = struct.pack("<II", 20000630, 2)
    header += _attribute("channels", "chlist", channels + b"\0")
    header += _attribute("compression", "compression", b"\0")
    header += _attribute("dataWindow", "box2i", window)
    header += _attribute("displayWindow", "box2i", window)
    header += _attribute("lineOrder", "lineOrder", b"\0")
    header += _attribute("pixelAspectRatio", "float", struct.pack("<f", 1))
    header += _attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0))
    header += _attribute("screenWindowWidth", "float", struct.pack("<f", 1)) + b"\0"
    row = WIDTH * 4 * 2
    first = len(header) + 8 * HEIGHT
    places = b"".join(struct.pack("<Q", first + y * (8 + row)) for y in range(HEIGHT))
    grey = struct.pack("<f", 0.5) * (WIDTH * 2)
    return header + places + b"".join(struct.pack("<iI", y, row) + grey for y in range(HEIGHT))


def unconvertible(path: Path) -> Path:
    """Write a video on whose pictures FFmpeg 8's scaler aborts the process."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as output:
        stream = output.add_stream("exr", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gbrpf32le"
        stream.codec_context.open()
        for index in range(30):
            packet = av.Packet(_exr())
            packet.pts = packet.dts = index
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            output.mux(packet)
    return path


def test_pictures_that_cannot_be_converted_end_a_recording_in_one_line(tmp_path: Path) -> None:
    video = unconvertible(tmp_path / "a.mov")
    with pytest.raises(SourceFailed, match="pixel format cannot be converted: found yaf32le"):
        list(Recording(video, camera_id="r").frames())


def test_a_live_camera_of_them_is_down_and_tried_again(tmp_path: Path) -> None:
    camera = HttpCamera({})
    camera.start()
    camera.answers["/v.mov"] = content(
        unconvertible(tmp_path / "a.mov").read_bytes(), "video/quicktime"
    )
    address = parse_address(camera.url("/v.mov"))
    stream = LiveStream(address, camera_id="c", first_retry_s=0.1, longest_retry_s=0.3)
    reader = threading.Thread(target=lambda: [None for _ in stream.frames()], daemon=True)
    reader.start()
    problems, end = set(), time.monotonic() + 15
    while stream.stats().reconnects < 2 and time.monotonic() < end:
        problems.add(stream.stats().problem)
        time.sleep(0.01)
    stats = stream.stats()
    assert reader.is_alive()
    stream.close()
    reader.join(5)
    camera.stop()
    assert stats.reconnects >= 2
    assert stats.delivered == 0
    assert any("its pictures cannot be converted" in problem for problem in problems), problems


@pytest.mark.parametrize("squeezed_first", [False, True])
def test_pixels_that_change_their_shape_on_the_way(tmp_path: Path, squeezed_first: bool) -> None:
    whole = make_video(tmp_path / "whole.ts", frames=10, width=96, pixel_aspect=Fraction(1))
    half = make_video(tmp_path / "half.ts", frames=10, width=48, pixel_aspect=Fraction(2))
    parts = (half, whole) if squeezed_first else (whole, half)
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = list(Recording(both, camera_id="r").frames())
    assert len(frames) == 20
    assert {frame.image.shape for frame in frames} == {(64, 96, 3)}


def between(count: int, pyramid: str = "none") -> dict[str, object]:
    """Return options for so many pictures in a row to which no other refers, or few of them."""
    said = f"bframes={count}:b-adapt=0:b-pyramid={pyramid}:scenecut=0"
    return {"preset": "ultrafast", "x264-params": said}


def test_pictures_without_times_are_counted_all(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.h264", options=between(3))
    source = Recording(video, camera_id="r", analyse_fps=5.0)
    assert len(list(source.frames())) == 10
    assert source.stats().watched_s == pytest.approx(2.0, abs=0.1)


def test_times_that_run_to_and_fro_do_not_stretch_a_recording(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.avi", options=between(3, pyramid="normal"))
    source = Recording(video, camera_id="r", analyse_fps=5.0)
    assert len(list(source.frames())) == 10
    assert source.stats().watched_s == pytest.approx(2.0, abs=0.1)


def test_due_pictures_are_decoded_where_few_are_referred_to(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", frames=75, key_every=75, options=between(16))
    frames = list(Recording(video, camera_id="r", analyse_fps=5.0).frames())
    assert len(frames) >= 13  # of 15: those before the first gap shows are lost
