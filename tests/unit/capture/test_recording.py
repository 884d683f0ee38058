import threading
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.capture.container import DecoderSettings
from facewarden.capture.recording import Recording
from facewarden.capture.source import SourceState
from facewarden.capture.timing import Timing
from facewarden.data import Frame, Image
from facewarden.errors import SourceFailed
from video_factory import QUARTERS, make_video, quartered, turn

START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def colours(image: Image) -> list[list[int]]:
    """BGR near the outer corners, where the walking bar never is."""
    height, width = image.shape[:2]
    rows, columns = (height // 8, height - 1 - height // 8), (width // 8, width - 1 - width // 8)
    return [image[y, x].tolist() for y in rows for x in columns]


def offset_s(frame: Frame) -> float:
    return (frame.captured_at - START).total_seconds()


@pytest.mark.parametrize(
    ("analyse_fps", "sequence"),
    [
        (None, list(range(50))),
        (5.0, list(range(0, 50, 5))),
        (10.0, [0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 30, 33, 35, 38, 40, 43, 45, 48]),
        (0.5, [0]),
        (60.0, list(range(50))),
    ],
)
def test_every_due_frame_and_no_other(
    tmp_path: Path, analyse_fps: float | None, sequence: list[int]
) -> None:
    video = make_video(tmp_path / "a.mp4")
    source = Recording(video, camera_id="r", analyse_fps=analyse_fps, start=START)
    frames = list(source.frames())
    assert [frame.sequence for frame in frames] == sequence
    assert [offset_s(frame) for frame in frames] == pytest.approx([i / 25 for i in sequence])
    stats = source.stats()
    assert (stats.state, stats.problem) == (SourceState.ENDED, "")
    assert (stats.decoded, stats.delivered) == (50, len(sequence))
    assert stats.expected_frames == len(sequence)
    assert stats.watched_s == pytest.approx(2.0)
    assert not source.live


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("a.mp4", {}, id="H.264 in MP4"),
        pytest.param("a.mkv", {}, id="Matroska"),
        pytest.param("a.avi", {"codec": "mpeg4"}, id="MPEG-4 in AVI"),
        pytest.param("a.ts", {}, id="MPEG-TS"),
        pytest.param("a.mov", {"codec": "mjpeg", "pixels": "yuvj420p"}, id="MJPEG, full range"),
        pytest.param("a.mp4", {"codec": "libx265"}, id="H.265"),
        pytest.param("a.mp4", {"pixels": "yuv420p10le"}, id="10 bits"),
        pytest.param("a.mp4", {"pixels": "yuv444p", "width": 95, "height": 63}, id="odd, 4:4:4"),
        pytest.param("a.mp4", {"pixels": "yuvj420p"}, id="yuvj420p"),
        pytest.param("a.webm", {"codec": "libvpx-vp9"}, id="VP9 in WebM"),
        pytest.param("a.h264", {}, id="raw H.264"),
        pytest.param("a.mp4", {"sound": True}, id="with sound"),
        pytest.param("no suffix", {"container_format": "mp4"}, id="name without suffix"),
    ],
)
def test_formats_and_colours(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    path = tmp_path / name
    renamed = options.pop("container_format", None)
    made = make_video(tmp_path / "made.mp4" if renamed else path, frames=25, **options)  # type: ignore[arg-type]
    if renamed:
        made.rename(path)
    frames = list(Recording(path, camera_id="r").frames())
    assert len(frames) == 25
    expected = np.array(list(QUARTERS.values()))
    assert np.abs(np.array(colours(frames[12].image)) - expected).max() <= 9


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_phone_videos_stand_upright(tmp_path: Path, degrees: int) -> None:
    video = turn(make_video(tmp_path / "a.mp4", frames=3), degrees)
    frame = next(iter(Recording(video, camera_id="r").frames()))
    expected = np.rot90(quartered(96, 64), -degrees // 90)
    assert frame.image.shape == expected.shape
    assert frame.image.flags.c_contiguous
    assert np.abs(np.array(colours(frame.image)) - colours(expected)).max() <= 9


def test_variable_rate_and_gaps_keep_their_times(tmp_path: Path) -> None:
    stamps = [0, 1, 2, 10, 11, 100, 200, 201]
    video = make_video(tmp_path / "a.mkv", frames=8, pts=stamps)
    frames = list(Recording(video, camera_id="r", start=START).frames())
    expected = [stamp / 25 for stamp in stamps]
    assert [offset_s(frame) for frame in frames] == pytest.approx(expected, abs=0.001)
    due = Recording(video, camera_id="r", start=START, analyse_fps=1.0)
    assert [offset_s(frame) for frame in due.frames()] == pytest.approx([0, 4, 8], abs=0.001)


def test_the_container_says_when_it_began(tmp_path: Path) -> None:
    made = datetime(2025, 12, 24, 18, 30, tzinfo=UTC)
    tagged = make_video(tmp_path / "a.mp4", frames=2, creation=made)
    assert next(iter(Recording(tagged, camera_id="r").frames())).captured_at == made
    plain = make_video(tmp_path / "b.mp4", frames=2)
    before = datetime.now(UTC)
    captured = next(iter(Recording(plain, camera_id="r").frames())).captured_at
    assert before <= captured <= datetime.now(UTC)


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now_s = 50.0
        self.waits: list[float] = []

    def wait(self, _event: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now_s += seconds
        return False

    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.now_s, wait=self.wait)


def test_realtime_waits_for_each_frame_and_drops_none_when_late(tmp_path: Path) -> None:
    clock = Clock()
    video = make_video(tmp_path / "a.mp4", frames=50)
    source = Recording(video, camera_id="r", analyse_fps=5.0, realtime=True, timing=clock.timing())
    seen = []
    for frame in source.frames():
        seen.append(frame.sequence)
        if frame.sequence == 20:
            clock.now_s += 0.7  # a slow reader
    assert seen == list(range(0, 50, 5))
    assert clock.waits == pytest.approx([0.2, 0.2, 0.2, 0.2, 0.1, 0.2])
    assert clock.now_s == pytest.approx(51.8)


def test_realtime_ends_when_closed_while_waiting(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", frames=50, pts=[i * 100 for i in range(50)])
    source = Recording(video, camera_id="r", realtime=True)
    seen: list[int] = []
    reader = threading.Thread(target=lambda: seen.extend(f.sequence for f in source.frames()))
    reader.start()
    while not source.stats().delivered:
        pass
    source.close()
    reader.join(5)
    assert not reader.is_alive()
    assert seen == [0]
    assert source.stats().state is SourceState.ENDED


def test_loop_goes_on_in_time(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", frames=25)
    source = Recording(video, camera_id="r", analyse_fps=5.0, loop=True, start=START)
    seen = []
    for frame in source.frames():
        seen.append(frame)
        if len(seen) == 12:
            source.close()
    assert [offset_s(f) for f in seen] == pytest.approx([i / 5 for i in range(12)])
    assert [f.sequence for f in seen] == list(range(0, 60, 5))
    assert source.stats().expected_frames == 0


def cut_off(folder: Path) -> Path:
    video = make_video(folder / "c.mp4", frames=250, container={"movflags": "faststart"})
    data = video.read_bytes()
    video.write_bytes(data[: len(data) * 6 // 10])
    return video


def holed(folder: Path) -> Path:
    video = make_video(folder / "h.mp4", frames=250, container={"movflags": "faststart"})
    data = bytearray(video.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = b"\xff" * 4000
    video.write_bytes(data)
    return video


def test_a_video_cut_off_yields_what_is_there_and_says_so(tmp_path: Path) -> None:
    source = Recording(cut_off(tmp_path), camera_id="r")
    frames = list(source.frames())
    assert 50 < len(frames) < 250
    stats = source.stats()
    assert stats.state is SourceState.ENDED
    assert "of 10.0 s: the file is cut off" in stats.problem


def test_damage_in_the_middle_is_skipped_and_counted(tmp_path: Path) -> None:
    source = Recording(holed(tmp_path), camera_id="r")
    frames = list(source.frames())
    assert frames[-1].sequence > 150
    assert source.stats().state is SourceState.ENDED
    assert "damaged parts skipped" in source.stats().problem


def _text(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("this is no video\n" * 100)
    return path


def _empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def _no_index(folder: Path) -> Path:
    video = make_video(folder / "noindex.mp4", frames=100)
    data = video.read_bytes()
    video.write_bytes(data[: data.rindex(b"moov") - 4])
    return video


def _sound_only(folder: Path) -> Path:
    path = folder / "sound.mp4"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 8000, "NONE", ""))
        sound.writeframes(bytes(16000))
    return path


def _picture(folder: Path) -> Path:
    path = folder / "picture.mp4"
    Pillow.new("RGB", (64, 48)).save(path, "PNG")
    return path


@pytest.mark.parametrize("make", [_text, _empty, _no_index, _sound_only, _picture])
def test_no_video_fails_in_one_line(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    source = Recording(make(tmp_path), camera_id="r")
    with pytest.raises(SourceFailed) as caught:
        list(source.frames())
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert source.stats().state is SourceState.FAILED
    assert source.stats().problem


def test_a_missing_file_fails(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="the file is gone"):
        next(Recording(tmp_path / "none.mp4", camera_id="r").frames())


def test_pictures_too_large_are_refused_before_decoding(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", frames=2, width=640, height=480)
    small = DecoderSettings(max_pixels=640 * 480 - 1)
    with pytest.raises(SourceFailed, match="at most 307199 pixels, found 640x480"):
        next(Recording(video, camera_id="r", settings=small).frames())
    fits = DecoderSettings(max_pixels=640 * 480)
    assert next(Recording(video, camera_id="r", settings=fits).frames()).image.shape == (
        480,
        640,
        3,
    )


def test_pictures_that_grow_in_the_middle_are_skipped(tmp_path: Path) -> None:
    small = make_video(tmp_path / "a.h264", frames=25, width=64, height=48)
    large = make_video(tmp_path / "b.h264", frames=25, width=640, height=480)
    both = tmp_path / "both.h264"
    both.write_bytes(small.read_bytes() + large.read_bytes() + small.read_bytes())
    frames = list(Recording(both, camera_id="r").frames())
    assert {frame.image.shape for frame in frames} == {(48, 64, 3), (480, 640, 3)}
    settings = DecoderSettings(max_pixels=64 * 48 * 10)
    source = Recording(both, camera_id="r", settings=settings)
    assert {frame.image.shape for frame in source.frames()} == {(48, 64, 3)}
    assert "damaged parts skipped" in source.stats().problem


@pytest.mark.parametrize("threads", [1, 2])
def test_decoder_threads(tmp_path: Path, threads: int) -> None:
    video = make_video(tmp_path / "a.mp4", frames=60)
    source = Recording(video, camera_id="r", settings=DecoderSettings(threads=threads))
    assert [f.sequence for f in source.frames()] == list(range(60))


def test_key_frames_only(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", frames=75, key_every=25)
    source = Recording(
        video, camera_id="r", start=START, settings=DecoderSettings(skip_frame="NONKEY")
    )
    assert [offset_s(frame) for frame in source.frames()] == pytest.approx([0.0, 1.0, 2.0])


def test_two_readings_of_one_file_agree(shared: Path) -> None:
    video = shared / "data" / "videos" / "person_d18.mp4"
    source = Recording(video, camera_id="r", analyse_fps=5.0, start=START)
    first = [(f.captured_at, f.image.sum()) for f in source.frames()]
    again = Recording(video, camera_id="r", analyse_fps=5.0, start=START)
    assert [(f.captured_at, f.image.sum()) for f in again.frames()] == first
    assert len(first) == source.stats().expected_frames
    assert first[1][0] - first[0][0] == pytest.approx(
        timedelta(seconds=0.2), abs=timedelta(seconds=0.05)
    )


@pytest.mark.parametrize(
    ("pixel_aspect", "size"),
    [
        pytest.param(Fraction(1), (64, 96), id="square"),
        pytest.param(Fraction(2), (64, 192), id="half of the columns, as small recorders store"),
        pytest.param(Fraction(16, 11), (64, 140), id="PAL shown as 16:9"),
        pytest.param(Fraction(8, 9), (72, 96), id="NTSC shown as 4:3"),
        pytest.param(Fraction(40), (64, 96), id="a mistake"),
    ],
)
def test_pixels_become_square(
    tmp_path: Path, pixel_aspect: Fraction, size: tuple[int, int]
) -> None:
    video = make_video(tmp_path / "a.mp4", frames=3, pixel_aspect=pixel_aspect)
    frames = list(Recording(video, camera_id="r").frames())
    assert {frame.image.shape for frame in frames} == {(*size, 3)}
    bottom = frames[0].image[-4, [5, -6]].astype(int)
    assert np.abs(bottom - list(QUARTERS.values())[2:]).max() <= 12


def test_a_picture_that_would_grow_too_large_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = make_video(tmp_path / "a.mp4", frames=1, pixel_aspect=Fraction(2))
    monkeypatch.setattr("facewarden.capture.container.MAX_PIXELS", 96 * 64 * 2 - 1)
    (frame,) = Recording(video, camera_id="r").frames()
    assert frame.image.shape == (64, 96, 3)
