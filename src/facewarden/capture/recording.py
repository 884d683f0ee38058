"""Frames of a video file, every due one, none dropped."""

import math
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facewarden.capture.container import (
    RECORDINGS,
    DecoderSettings,
    PixelAspects,
    choose_video,
    in_words,
    open_recording,
)
from facewarden.capture.decoding import Decoding
from facewarden.capture.due import DueFrames
from facewarden.capture.media_clock import MediaClock, Stamps
from facewarden.capture.media_facts import creation_time, duration_s, expected_frames, frame_rate
from facewarden.capture.picture import SQUARE, PictureConverter
from facewarden.capture.source import SourceState, SourceStats
from facewarden.capture.tally import Tally
from facewarden.capture.timing import Timing
from facewarden.data import Frame
from facewarden.errors import SourceFailed

# After so many damaged parts without a picture between them the rest is given up: half a minute
# of packets at 25 a second.
_HOPELESS = 750
# A stream's last frame may fall short of its declared end by rounding and by late edits.
_END_TOLERANCE_S = 1.0

_PROBLEMS: dict[type[Exception], str] = {
    FileNotFoundError: "the file is gone",
    PermissionError: "the file may not be read",
    av.InvalidDataError: "it is not a video, or it is damaged",
    av.ArgumentError: f"it is not of a format that is allowed: {RECORDINGS}",
}


class Recording:
    """A video file as a source; for one reader.

    Args:
        path: a regular file.
        analyse_fps: frames a second of stream time that are due; None takes every frame.
        realtime: wait so that frames come no faster than they were recorded. Still none is
            dropped: a slow reader makes them late.
        loop: begin again at the end, for ever, with time going on.
        start: when the recording began, UTC; without it the container's creation time counts, and
            without that the time of opening.
        settings: of the decoder.
        timing: clocks.
    """

    def __init__(
        self,
        path: Path,
        *,
        camera_id: str,
        analyse_fps: float | None = None,
        realtime: bool = False,
        loop: bool = False,
        start: datetime | None = None,
        settings: DecoderSettings | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._path = path
        self._camera_id = camera_id
        self._analyse_fps = analyse_fps
        self._realtime = realtime
        self._loop = loop
        self._start = start
        self._pixel_aspect = SQUARE
        self._longest_s = 1.0 / analyse_fps if analyse_fps else math.inf
        self._settings = settings or DecoderSettings()
        self._timing = timing or Timing()
        self._tally = Tally()
        self._closed = threading.Event()

    @property
    def camera_id(self) -> str:
        """The camera's id in the configuration."""
        return self._camera_id

    @property
    def live(self) -> bool:
        """No: a recording waits for its reader."""
        return False

    def stats(self) -> SourceStats:
        """Return the counters; may be called from any thread."""
        return self._tally.stats()

    def close(self) -> None:
        """Make `frames` end; the thread that reads it releases the file."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """Yield every due frame in order of presentation.

        Damaged parts are skipped and counted in `stats().problem`.

        Raises:
            SourceFailed: the file cannot be opened, has no video, or yields no frame at all.
        """
        began_s = self._timing.monotonic()
        due, clock, picture = DueFrames(self._analyse_fps), MediaClock(), PictureConverter()
        start, sequence = self._start, 0
        try:
            while not self._closed.is_set():
                first = sequence
                with open_recording(self._path) as container:
                    now = self._timing.now()
                    start = start or creation_time(container, now) or now
                    for at_s, decoded in self._play(container, clock):
                        if due.due(at_s) and self._reached(began_s + at_s):
                            image = picture.bgr(decoded, self._pixel_aspect)
                            now = self._timing.now()
                            captured = start + timedelta(seconds=at_s)
                            self._tally.add(delivered=1)
                            yield Frame(self._camera_id, sequence, captured, now, image)
                        sequence += 1
                self._require_pictures(sequence - first)
                if not self._loop:
                    break
        except (av.FFmpegError, SourceFailed) as error:
            words = self._why(error)
            self._tally.become(SourceState.FAILED, problem=words)
            raise SourceFailed(f"{self._path.name} cannot be played: {words}") from error
        finally:
            if self._tally.stats().state is not SourceState.FAILED:
                self._tally.become(SourceState.ENDED)

    def _why(self, error: Exception) -> str:
        with suppress(OSError):
            if not self._path.stat().st_size:
                return "the file is empty"
        return in_words(error, _PROBLEMS)

    def _play(
        self, container: InputContainer, clock: MediaClock
    ) -> Iterator[tuple[float, VideoFrame]]:
        """Yield every frame of the file, once through, with its stream time."""
        video = choose_video(container, self._settings, live=False, analyse_fps=self._analyse_fps)
        aspects, stamps = PixelAspects(video), Stamps()
        rate, told_s = frame_rate(video), duration_s(container, video)
        if not self._loop:
            self._tally.expect(expected_frames(told_s, rate, self._analyse_fps))
        self._tally.become(SourceState.WATCHING)
        clock.begin(1.0 / rate)
        decoding = Decoding()
        for decoded in self._decoded(container, video, decoding):
            self._pixel_aspect = aspects.now()
            before_s = clock.next_s
            at_s = clock.at(stamps.time_s(decoded.pts, decoded.dts, decoded.time_base))
            if at_s - before_s > self._longest_s and video.codec_context.skip_frame == "NONREF":
                video.codec_context.skip_frame = "DEFAULT"  # too few are left for the rate due
            self._tally.add(decoded=1, watched_s=clock.next_s - before_s)
            yield at_s, decoded
            if self._closed.is_set():
                return
        problem = decoding.problem
        if not self._loop and clock.next_s < told_s - _END_TOLERANCE_S:
            cut = f"it ends after {clock.next_s:.1f} of {told_s:.1f} s: the file is cut off"
            problem = "; ".join(filter(None, (cut, problem)))
        self._tally.become(SourceState.WATCHING, problem=problem)

    def _decoded(
        self, container: InputContainer, video: VideoStream, decoding: Decoding
    ) -> Iterator[VideoFrame]:
        while decoding.hopeless < _HOPELESS:
            try:
                for packet in container.demux(video):
                    yield from decoding.frames(packet)
                    if decoding.hopeless >= _HOPELESS:
                        return
            except av.FFmpegError as error:
                decoding.note(error)
            else:
                return

    def _require_pictures(self, decoded: int) -> None:
        if not decoded and not self._closed.is_set():
            raise SourceFailed("it holds no picture that can be decoded")

    def _reached(self, at_s: float) -> bool:
        """Wait for the moment if frames come in real time; False if closed meanwhile."""
        wait_s = at_s - self._timing.monotonic() if self._realtime else 0.0
        return not (wait_s > 0 and self._timing.wait(self._closed, wait_s))
