"""One connection to a live camera, from opening to breaking."""

import threading
from collections.abc import Iterator
from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facewarden.capture.address import Address
from facewarden.capture.container import (
    CLOCKLESS_FORMATS,
    DecoderSettings,
    PixelAspects,
    choose_video,
    open_stream,
)
from facewarden.capture.decoding import Decoding
from facewarden.capture.live_clock import LiveClock, PlayoutClock
from facewarden.capture.picture import SQUARE
from facewarden.capture.timing import Timing
from facewarden.errors import SourceFailed


class Connection:
    """Connects to a camera and yields its pictures as they come.

    Args:
        stall_timeout_s: every wait for the network ends after this time, and so does a connection
            that brings data but no picture.

    Attributes:
        pixel_aspect: how wide a pixel of the pictures is shown for its height.
    """

    def __init__(
        self,
        address: Address,
        *,
        stall_timeout_s: float,
        verify_tls: bool,
        ca_file: Path | None,
        settings: DecoderSettings,
        analyse_fps: float | None,
        timing: Timing,
    ) -> None:
        self._address = address
        self._stall_timeout_s = stall_timeout_s
        self._verify_tls = verify_tls
        self._ca_file = ca_file
        self._settings = settings
        self._analyse_fps = analyse_fps
        self._timing = timing
        self.pixel_aspect = SQUARE

    def frames(self, closed: threading.Event) -> Iterator[tuple[VideoFrame, float]]:
        """Yield frames and the monotonic times at which they were taken, until closed.

        Raises:
            av.FFmpegError: the camera cannot be reached, or broke the connection.
            SourceFailed: the stream holds no usable video, stalls, or ended.
        """
        container = open_stream(
            self._address,
            timeout_s=self._stall_timeout_s,
            verify_tls=self._verify_tls,
            ca_file=self._ca_file,
        )
        try:
            video = choose_video(
                container, self._settings, live=True, analyse_fps=self._analyse_fps
            )
            yield from self._pictures(container, video, closed)
        finally:
            container.close()

    def _pictures(
        self, container: InputContainer, video: VideoStream, closed: threading.Event
    ) -> Iterator[tuple[VideoFrame, float]]:
        names = set(container.format.name.split(","))
        has_clock = not names & CLOCKLESS_FORMATS
        playout = PlayoutClock() if "hls" in names else None
        clock, decoding = LiveClock(), Decoding()
        seen_s, aspects = self._timing.monotonic(), PixelAspects(video)
        for packet in container.demux(video):
            for frame in decoding.frames(packet):
                seen_s = self._timing.monotonic()
                pts_s = frame.time if has_clock else None
                if playout is not None and pts_s is not None:
                    hold_s = playout.wait_s(pts_s, seen_s)
                    if hold_s > 0 and self._timing.wait(closed, hold_s):
                        return
                    seen_s = self._timing.monotonic()
                self.pixel_aspect = aspects.now()
                yield frame, clock.captured(pts_s, seen_s)
            if closed.is_set():
                return
            if self._timing.monotonic() - seen_s > self._stall_timeout_s:
                damage = decoding.problem
                raise SourceFailed("the camera sends data but no picture", found=damage)
        raise SourceFailed("the stream ended")
