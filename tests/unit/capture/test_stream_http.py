"""LiveStream against real HTTP cameras on loopback, in health and in trouble."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facewarden.capture.address import Address, AddressKind, parse_address
from facewarden.capture.source import SourceState
from facewarden.capture.stream import LiveStream
from facewarden.capture.timing import Timing, utc_now
from facewarden.data import Frame
from http_camera import HttpCamera, content, guarded, make_certificate
from video_factory import QUARTERS, make_video

PATIENCE_S = 15.0


@pytest.fixture
def camera() -> Iterator[HttpCamera]:
    camera = HttpCamera({})
    camera.start()
    yield camera
    camera.stop()


@pytest.fixture
def opened() -> Iterator[Callable[..., LiveStream]]:
    streams: list[LiveStream] = []

    def open_stream(url: str, **options: Any) -> LiveStream:
        login = {key: options.pop(key) for key in ("username", "password") if key in options}
        address = parse_address(url, **login)
        options = {"stall_timeout_s": 1.0, "first_retry_s": 0.1, "longest_retry_s": 0.3} | options
        streams.append(LiveStream(address, camera_id="c", **options))
        return streams[-1]

    yield open_stream
    for stream in streams:
        stream.close()


def take(stream: LiveStream, count: int) -> list[Frame]:
    """Return the next frames; fail rather than wait for ever."""
    watchdog = threading.Timer(PATIENCE_S, stream.close)
    watchdog.start()
    frames = []
    for frame in stream.frames():
        frames.append(frame)
        if len(frames) == count:
            break
    watchdog.cancel()
    assert len(frames) == count, stream.stats().problem
    return frames


def until(stream: LiveStream, true: Callable[[], bool]) -> None:
    """Let the stream run until something is true."""
    reader = threading.Thread(target=lambda: [None for _ in stream.frames()], daemon=True)
    reader.start()
    end = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    assert true(), stream.stats()


def test_mjpeg(camera: HttpCamera, opened: Callable[..., LiveStream]) -> None:
    camera.answers["/v"] = camera.mjpeg(fps=20)
    stream = opened(camera.url("/v"))
    frames = take(stream, 20)
    assert stream.live
    image = frames[-1].image
    assert image.shape == (64, 96, 3)
    assert np.abs(image[60, [5, 90]].astype(int) - list(QUARTERS.values())[2:]).max() <= 12
    # MJPEG carries no time: pictures are taken when they come, not at the 25 a second that
    # FFmpeg makes up.
    span_s = (frames[-1].captured_at - frames[5].captured_at).total_seconds()
    assert span_s == pytest.approx(14 / 20, abs=0.3)
    assert all(frame.captured_at <= frame.received_at for frame in frames)
    assert [f.sequence for f in frames] == sorted({f.sequence for f in frames})
    stats = stream.stats()
    assert (stats.state, stats.problem, stats.reconnects) == (SourceState.WATCHING, "", 0)


def test_only_due_frames_are_delivered(
    camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    camera.answers["/v"] = camera.mjpeg(fps=40)
    stream = opened(camera.url("/v"), analyse_fps=10.0)
    frames = take(stream, 6)
    span_s = (frames[-1].captured_at - frames[0].captured_at).total_seconds()
    assert span_s == pytest.approx(0.5, abs=0.15)
    assert stream.stats().decoded >= 18


def test_a_slow_reader_gets_the_newest_and_the_others_are_counted(
    camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    camera.answers["/v"] = camera.mjpeg(fps=50)
    stream = opened(camera.url("/v"))
    frames = stream.frames()
    next(frames)
    time.sleep(0.6)
    late = next(frames)
    stats = stream.stats()
    assert stats.dropped >= 10
    assert late.sequence >= stats.dropped
    assert (late.received_at - late.captured_at).total_seconds() < 0.2
    assert stats.delivered == 2
    assert abs(stats.decoded - stats.delivered - stats.dropped) <= 2


def test_a_wall_clock_that_is_set_disturbs_neither_pace_nor_order(
    camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    set_by = timedelta(0)
    camera.answers["/v"] = camera.mjpeg(fps=40)
    timing = Timing(now=lambda: utc_now() + set_by)
    stream = opened(camera.url("/v"), analyse_fps=10.0, timing=timing)
    lags_s, began_s = [], time.monotonic()
    for number, frame in enumerate(stream.frames()):
        lags_s.append((frame.received_at - frame.captured_at).total_seconds())
        set_by = timedelta(days=-1 if number == 4 else 1 if number == 8 else 0)
        if number == 12:
            break
    assert time.monotonic() - began_s == pytest.approx(1.2, abs=0.5)
    assert max(lags_s) < 0.5
    assert min(lags_s) >= 0.0


def test_it_starts_without_the_camera_and_finds_it_when_it_comes(
    camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    camera.answers["/v"] = camera.mjpeg()
    url = camera.url("/v")
    camera.stop()
    stream = opened(url)
    until(stream, lambda: stream.stats().state is SourceState.DOWN)
    assert stream.stats().problem == "nobody listens at this address"
    camera.start()
    until(stream, lambda: stream.stats().state is SourceState.WATCHING)
    stats = stream.stats()
    assert (stats.problem, stats.reconnects) == ("", 0)
    assert stats.down_s > 0


@pytest.mark.parametrize("trouble", ["ends", "hangs"])
def test_it_comes_back(camera: HttpCamera, opened: Callable[..., LiveStream], trouble: str) -> None:
    then = camera.hang if trouble == "hangs" else None
    camera.answers["/v"] = camera.mjpeg(frames=10, then=then)
    stream = opened(camera.url("/v"))
    until(stream, lambda: stream.stats().reconnects >= 3)
    stats = stream.stats()
    assert stats.watched_s > 0
    assert stats.down_s > 0
    assert len(camera.requests) >= 4


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("404", "has no stream at this path"),
        ("500", "an error of its own"),
        ("text", "not of a format allowed: MJPEG, HLS"),
        ("picture", "of a format allowed|of a format that is allowed|too large|ended"),
        ("hangs", "does not answer in time"),
        ("drips", "does not answer in time"),
    ],
)
def test_what_is_wrong_is_said(
    camera: HttpCamera, opened: Callable[..., LiveStream], trouble: str, words: str
) -> None:
    camera.answers |= {
        "/500": lambda request: request.send_error(500),
        "/text": content(b"hello\n" * 1000, "text/html"),
        "/picture": content(b"\x89PNG\r\n\x1a\n" + bytes(5000), "image/png"),
        "/hangs": camera.hang,
        "/drips": camera.drip,
    }
    stream = opened(camera.url(f"/{trouble}"))
    until(stream, lambda: stream.stats().state is SourceState.DOWN)
    problem = stream.stats().problem
    assert "127.0.0.1" not in problem
    assert re.search(words, problem)


def test_login(camera: HttpCamera, opened: Callable[..., LiveStream]) -> None:
    password = "p@ss:w/rd#1 é%"
    camera.answers["/v"] = guarded("ad min", password, camera.mjpeg())
    stream = opened(camera.url("/v"), username="ad min", password=password)
    take(stream, 2)


def test_a_wrong_password_is_not_tried_again_at_once(
    camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    camera.answers["/v"] = guarded("admin", "right", camera.mjpeg())
    stream = opened(camera.url("/v"), username="admin", password="hunter2")
    until(stream, lambda: stream.stats().state is SourceState.DOWN)
    tried = len(camera.requests)
    time.sleep(1.0)
    assert len(camera.requests) == tried
    assert stream.stats().problem == "the camera refuses the user name or password"


def test_tls(tmp_path: Path, opened: Callable[..., LiveStream]) -> None:
    certificate = make_certificate(tmp_path)
    camera = HttpCamera({}, certificate).start()
    camera.answers["/v"] = camera.mjpeg()
    try:
        take(opened(camera.url("/v"), ca_file=certificate[0]), 2)
        take(opened(camera.url("/v"), verify_tls=False), 2)
        unknown = opened(camera.url("/v"))
        until(unknown, lambda: unknown.stats().state is SourceState.DOWN)
        assert "certificate" in unknown.stats().problem
        assert unknown.stats().decoded == 0
    finally:
        camera.stop()


def playlist(segments: list[str], first: int = 0, *, ended: bool = False) -> bytes:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1"]
    lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first}")
    for segment in segments:
        lines += ["#EXTINF:1.0,", segment]
    return "\n".join([*lines, "#EXT-X-ENDLIST" if ended else ""]).encode()


def test_pixels_become_square(
    tmp_path: Path, camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    video = make_video(tmp_path / "a.ts", frames=50, pixel_aspect=Fraction(2))
    camera.answers["/v"] = content(video.read_bytes(), "video/mp2t")
    frames = take(opened(camera.url("/v")), 2)
    assert {frame.image.shape for frame in frames} == {(64, 192, 3)}


def test_hls_is_spread_over_time_not_swallowed_in_bursts(
    tmp_path: Path, camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    for number in range(3):
        video = make_video(
            tmp_path / f"{number}.ts",
            frames=25,
            container={"mpegts_flags": "initial_discontinuity"},
            pts=list(range(25 * number, 25 * number + 25)),
        )
        camera.answers[f"/{number}.ts"] = content(video.read_bytes(), "video/mp2t")
    names = [f"{number}.ts" for number in range(3)]
    camera.answers["/live.m3u8"] = content(
        playlist(names, ended=True), "application/vnd.apple.mpegurl"
    )
    stream = opened(camera.url("/live.m3u8"), analyse_fps=5.0, stall_timeout_s=5.0)
    began_s = time.monotonic()
    frames = take(stream, 10)
    took_s = time.monotonic() - began_s
    assert took_s > 1.0  # ten frames at five a second, though the file came at once
    gaps = np.diff([frame.captured_at.timestamp() for frame in frames[:5]])
    assert gaps == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize("leads_to", ["file", "absolute path", "concat", "data"])
def test_a_playlist_cannot_read_files(
    tmp_path: Path,
    camera: HttpCamera,
    opened: Callable[..., LiveStream],
    leads_to: str,
) -> None:
    secret = make_video(tmp_path / "secret.ts", frames=25)
    segment = {
        "file": f"file://{secret}",
        "absolute path": str(secret),
        "concat": f"concat:{secret}|{secret}",
        "data": "data:video/mp2t;base64,R0A=",
    }[leads_to]
    camera.answers["/x.m3u8"] = content(
        playlist([segment], ended=True), "application/vnd.apple.mpegurl"
    )
    stream = opened(camera.url("/x.m3u8"))
    until(stream, lambda: stream.stats().state is SourceState.DOWN)
    assert stream.stats().decoded == 0


def test_closing_ends_the_frames_at_once_and_the_thread_soon(
    camera: HttpCamera, opened: Callable[..., LiveStream]
) -> None:
    camera.answers["/v"] = camera.mjpeg(frames=3, then=camera.hang)
    stream = opened(camera.url("/v"))
    frames = stream.frames()
    next(frames)
    threading.Timer(0.2, stream.close).start()
    began_s = time.monotonic()
    assert len(list(frames)) <= 3
    assert time.monotonic() - began_s < 1.0
    end = time.monotonic() + 5
    while any(t.name == "capture c" for t in threading.enumerate()) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(thread.name == "capture c" for thread in threading.enumerate())
    assert stream.stats().state is SourceState.ENDED


def test_a_device_that_is_not_there(opened: Callable[..., LiveStream]) -> None:
    missing = Address(AddressKind.DEVICE, "/dev/video99", "/dev/video99")
    stream = LiveStream(missing, camera_id="c", first_retry_s=0.05)
    until(stream, lambda: stream.stats().state is SourceState.DOWN)
    assert stream.stats().problem == "there is no such device"
    stream.close()
