"""Frames of a live camera: the newest one, for ever, however often the camera goes away."""

import errno
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import av
from av.video.frame import VideoFrame

from facewarden.capture.address import Address, AddressKind
from facewarden.capture.backoff import Backoff
from facewarden.capture.connection import Connection
from facewarden.capture.container import HTTP_STREAMS, DecoderSettings, in_words
from facewarden.capture.due import DueFrames
from facewarden.capture.picture import PictureConverter
from facewarden.capture.source import SourceStats
from facewarden.capture.timing import Timing
from facewarden.capture.uptime import Uptime
from facewarden.data import Frame
from facewarden.errors import SourceFailed

log = logging.getLogger("facewarden.capture")

# Cameras lock an account after a handful of wrong passwords: ask again only once a minute.
_REFUSED_RETRY_S = 60.0
# How long `close` waits for the reading thread; one that hangs on a dead camera ends by itself
# when its time-out strikes.
_CLOSE_S = 1.0

_PROBLEMS: dict[type[Exception], str] = {
    av.HTTPUnauthorizedError: "the camera refuses the user name or password",
    av.HTTPForbiddenError: "the camera forbids access",
    av.HTTPNotFoundError: "the camera has no stream at this path",
    av.HTTPServerError: "the camera reports an error of its own",
    ConnectionRefusedError: "nobody listens at this address",
    ConnectionResetError: "the camera broke the connection",
    BrokenPipeError: "the camera broke the connection",
    TimeoutError: "the camera does not answer in time",
    av.ExitError: "the camera does not answer in time",
    FileNotFoundError: "there is no such device",
    PermissionError: "the device may not be read",
    av.InvalidDataError: f"what comes is damaged, or not of a format allowed: {HTTP_STREAMS}",
    av.ArgumentError: f"what comes is not of a format that is allowed: {HTTP_STREAMS}",
    av.ProtocolNotFoundError: "the stream leads to a protocol that is not allowed",
}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A due frame that waits for its reader; still in the decoder's format."""

    frame: VideoFrame
    sequence: int
    captured_s: float
    arrived_s: float
    pixel_aspect: Fraction


class LiveStream:
    """An RTSP, HTTP (MJPEG, HLS, MPEG-TS) or V4L2 camera as a source; for one reader.

    A thread of its own reads the camera without rest, so that nothing queues up in the network;
    of the frames that are due the newest waits for the reader, and only that one is converted.
    Nothing of it fails for good: what is wrong stands in `stats()`, and the next attempt follows.

    Args:
        address: of kind rtsp, http or device.
        analyse_fps: frames a second that are due; None takes every frame.
        stall_timeout_s: so long without a picture means that the camera is gone.
        first_retry_s, longest_retry_s: of the back-off. With 6 s, the time to connect and the
            wait for a key frame, a camera is back within 10 s of its return.
        verify_tls: refuse https and rtsps cameras whose certificate no known authority signed.
        ca_file: PEM file of authorities to trust, or of the camera's own certificate.
        settings: of the decoder.
        timing: clocks and chance.
    """

    def __init__(
        self,
        address: Address,
        *,
        camera_id: str,
        analyse_fps: float | None = None,
        stall_timeout_s: float = 10.0,
        first_retry_s: float = 0.5,
        longest_retry_s: float = 6.0,
        verify_tls: bool = True,
        ca_file: Path | None = None,
        settings: DecoderSettings | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._camera_id = camera_id
        self._unreached = _unreached(address, verify_tls=verify_tls)
        self._pictured = False
        self._refused = ""
        self._analyse_fps = analyse_fps
        self._timing = timing or Timing()
        self._backoff = Backoff(first_retry_s, longest_retry_s, self._timing.chance)
        self._uptime = Uptime(self._timing.monotonic, stall_timeout_s)
        self._connection = Connection(
            address,
            stall_timeout_s=stall_timeout_s,
            verify_tls=verify_tls,
            ca_file=ca_file,
            settings=settings or DecoderSettings(),
            analyse_fps=analyse_fps,
            timing=self._timing,
        )
        self._closed = threading.Event()
        self._fresh = threading.Condition()
        self._taken: _Taken | None = None
        self._sequence = 0
        self._thread: threading.Thread | None = None

    @property
    def camera_id(self) -> str:
        """The camera's id in the configuration."""
        return self._camera_id

    @property
    def live(self) -> bool:
        """Yes: the newest frame wins."""
        return True

    def stats(self) -> SourceStats:
        """Return the counters; may be called from any thread."""
        return self._uptime.stats()

    def close(self) -> None:
        """Make `frames` end at once and the reading thread as soon as the camera lets it."""
        self._closed.set()
        with self._fresh:
            self._taken = None
            self._fresh.notify_all()
            thread = self._thread
        if thread is None:
            self._uptime.end()
        elif thread is not threading.current_thread():
            thread.join(_CLOSE_S)

    def frames(self) -> Iterator[Frame]:
        """Yield the newest due frame, each at most once, until closed."""
        self._start_reading()
        picture = PictureConverter()
        while (taken := self._next()) is not None:
            try:
                image = picture.bgr(taken.frame, taken.pixel_aspect)
            except (av.FFmpegError, SourceFailed) as error:
                self._refused, picture = in_words(error, _PROBLEMS), PictureConverter()
                continue
            # Read together, so that a wall clock that is set never shows between the two times.
            now, now_s = self._timing.now(), self._timing.monotonic()
            self._uptime.add(delivered=1)
            yield Frame(
                self._camera_id,
                taken.sequence,
                now - timedelta(seconds=now_s - taken.captured_s),
                now - timedelta(seconds=now_s - taken.arrived_s),
                image,
            )

    def _start_reading(self) -> None:
        with self._fresh:
            if self._thread is None and not self._closed.is_set():
                name = f"capture {self._camera_id}"
                self._thread = threading.Thread(target=self._read, name=name, daemon=True)
                self._thread.start()

    def _next(self) -> _Taken | None:
        with self._fresh:
            while self._taken is None and not self._closed.is_set():
                self._fresh.wait()
            taken, self._taken = self._taken, None
            return taken

    def _read(self) -> None:
        while not self._closed.is_set():
            wait_s = 0.0
            try:
                self._watch()
            except (av.FFmpegError, SourceFailed) as error:
                wait_s = self._backoff.next_s()
                if isinstance(error, av.HTTPUnauthorizedError | av.HTTPForbiddenError):
                    wait_s = max(wait_s, _REFUSED_RETRY_S)
                self._uptime.down(self._describe(error))
            except Exception as error:
                # Without this the thread would end and the camera stay blind, in silence.
                wait_s = self._backoff.next_s()
                self._uptime.down(f"unexpected {type(error).__name__}")
                log.exception("camera %s: unexpected failure while reading", self._camera_id)
            self._timing.wait(self._closed, wait_s)
        self._uptime.end()

    def _watch(self) -> None:
        """Read one connection until it breaks."""
        due = DueFrames(self._analyse_fps)
        self._pictured = False
        for frame, captured_s in self._connection.frames(self._closed):
            if self._refused:
                words, self._refused = self._refused, ""
                raise SourceFailed(f"its pictures cannot be converted: {words}")
            self._pictured = True
            self._backoff.reset()
            self._uptime.picture()
            if due.due(captured_s):
                with self._fresh:
                    if self._taken is not None:
                        self._uptime.add(dropped=1)
                    self._taken = _Taken(
                        frame,
                        self._sequence,
                        captured_s,
                        self._timing.monotonic(),
                        self._connection.pixel_aspect,
                    )
                    self._fresh.notify_all()
            self._sequence += 1

    def _describe(self, error: Exception) -> str:
        if isinstance(error, OSError) and error.errno == errno.EIO:
            return "the stream ended" if self._pictured else self._unreached
        return in_words(error, _PROBLEMS)


def _unreached(address: Address, *, verify_tls: bool) -> str:
    """Say what EIO may mean before the first picture.

    It is all that FFmpeg says of an unknown host, of a handshake that fails, and of an answer that
    ends or leads elsewhere for ever.
    """
    if address.kind is AddressKind.DEVICE:
        return "the device gives no pictures"
    causes = ["the stream ended before a picture came"]
    if address.encrypted and verify_tls:
        causes.insert(0, "the camera's certificate is not trusted")
    host = urlsplit(address.target).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        causes.insert(0, "the camera's host name is not known")
    return ", or ".join(causes)
