"""Opens recordings and streams with PyAV, and keeps FFmpeg to what the address allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from facewarden.capture.address import Address, AddressKind
from facewarden.capture.picture import SQUARE
from facewarden.errors import SourceFailed

# Containers and raw streams of recorders, phones and cameras. Not among them: everything that
# opens further files (hls, dash, concat, image2, sdp) or is text.
RECORDING_FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,h264,hevc,m4v,ivf,nut,dv,dhav,mjpeg"
)
RECORDINGS = (
    "MP4, MOV, Matroska, WebM, AVI, MPEG, MPEG-TS, FLV, ASF, Ogg, MXF, NUT, IVF, DV, DHAV, MJPEG, "
    "or bare H.264, H.265 or MPEG-4"
)
"""The same in words."""
HTTP_FORMATS = "mpjpeg,mjpeg,hls,mpegts,mov,matroska,flv,h264,hevc,aac,mp3,webvtt"
HTTP_STREAMS = "MJPEG, HLS, MPEG-TS, MP4, Matroska, FLV, or bare H.264 or H.265"
"""Those of them with pictures, in words."""
# Demuxers that make time stamps up from a nominal rate, whatever the camera really sends.
CLOCKLESS_FORMATS = frozenset({"mpjpeg", "mjpeg", "h264", "hevc", "m4v", "mpegvideo"})

# 8K is 7680x4320: room for it in either orientation.
MAX_PIXELS = 8192 * 8192

NARROWEST, WIDEST = Fraction(2, 5), Fraction(5, 2)
"""Shapes of a pixel that recorders and broadcasters use lie between; others are mistakes."""

# A camera announces its parameters in the first second; FFmpeg's own 5 s would delay the first
# picture. Packets read meanwhile are kept (no `nobuffer`: it would throw the first key frame away).
PROBE_US = "1000000"

# Encoders put at most three pictures that no other needs in a row (x264's default), so one in four
# is always left. On the clips of benchmarks/watch.py this saves a third of the decoding.
SPARSE = 4

_PROTOCOLS = {
    "rtsp": "rtsp,tcp",
    "rtsps": "rtsps,rtsp,tls,tcp",
    "http": "http,https,tcp,tls,crypto",
    "https": "https,tls,tcp,crypto",
}


@dataclass(frozen=True, slots=True)
class DecoderSettings:
    """How pictures are decoded.

    Attributes:
        threads: of the decoder; 1 costs the least processor time in all.
        max_pixels: larger pictures are refused before memory is taken for them.
        skip_frame: FFmpeg's AVDiscard: DEFAULT, or NONREF to skip pictures that no other needs,
            or NONKEY for key frames only. AUTO is NONREF where so few pictures are due that the
            rest will do, else DEFAULT.
    """

    threads: int = 1
    max_pixels: int = MAX_PIXELS
    skip_frame: Literal["AUTO", "DEFAULT", "NONREF", "NONKEY"] = "AUTO"


def open_recording(path: Path) -> InputContainer:
    """Open a video file; FFmpeg may read that file and nothing else.

    Raises:
        av.FFmpegError: not a video of the formats allowed.
    """
    options = {"protocol_whitelist": "file", "format_whitelist": RECORDING_FORMATS}
    return av.open(str(path), options=options, metadata_errors="replace")


def open_stream(
    address: Address,
    *,
    timeout_s: float,
    verify_tls: bool,
    ca_file: Path | None,
) -> InputContainer:
    """Connect to a camera; blocks for at most about twice `timeout_s`.

    Raises:
        av.FFmpegError: nobody answers, or not as expected. Its text may hold credentials:
            describe it with `in_words`.
    """
    options = {"analyzeduration": PROBE_US, "fpsprobesize": "0"}
    timeout = (timeout_s, timeout_s)
    if address.kind is AddressKind.DEVICE:
        return av.open(address.target, format="v4l2", options=options, timeout=timeout)
    scheme = address.target.split("://", 1)[0]
    options["protocol_whitelist"] = _PROTOCOLS[scheme]
    options["tls_verify"] = "1" if verify_tls else "0"
    if ca_file is not None:
        options["ca_file"] = str(ca_file)
    if address.kind is AddressKind.RTSP:
        # Over TCP no packet is lost or reordered, and firewalls let it through.
        options |= {"rtsp_transport": "tcp", "allowed_media_types": "video"}
    else:
        # Cameras are reached directly, whatever proxy this machine uses for the web; a playlist
        # is entered at its newest segment.
        options |= {"http_proxy": "", "format_whitelist": HTTP_FORMATS, "live_start_index": "-1"}
    return av.open(
        address.with_credentials(), options=options, timeout=timeout, metadata_errors="replace"
    )


def choose_video(
    container: InputContainer,
    settings: DecoderSettings,
    *,
    live: bool,
    analyse_fps: float | None = None,
) -> VideoStream:
    """Return the first video stream, its decoder set up; the others are not read.

    Args:
        analyse_fps: pictures that will be due in a second; None for all of them.

    Raises:
        SourceFailed: no video, no decoder for it, or pictures that are too large.
    """
    pictures = [stream for stream in container.streams.video if _is_moving(stream)]
    if not pictures:
        raise SourceFailed("there is no video in it", expected="a video stream")
    video = pictures[0]
    for stream in container.streams:
        if stream is not video:
            stream.discard = Discard.all
    decoder = video.codec_context
    if decoder is None:
        raise SourceFailed("its video coding is not known", remedy="use H.264 or H.265")
    _require_size(decoder.width, decoder.height, settings.max_pixels)
    decoder.thread_count = settings.threads
    # Frame threads hold back a picture per thread: latency that a live view must not have.
    decoder.thread_type = "SLICE" if live else "AUTO"
    # Of a bare recording, the time of a picture is told by counting: none may be left out.
    counted = not live and container.format.name in CLOCKLESS_FORMATS
    decoder.skip_frame = _skipped(settings, video, None if counted else analyse_fps)
    decoder.options = {"max_pixels": str(settings.max_pixels)}
    if live:
        decoder.flags |= Flags.low_delay
    return video


def pixel_aspect(video: VideoStream) -> Fraction:
    """Return how wide a pixel is shown for its height; 1 where the stream says nothing usable.

    A face that is squeezed to 0.7 of its width has a similarity of 0.86 to itself, at a half 0.61
    (median of 32 photographs of lfw-dev, 2026-11-23).
    """
    return _usable(video.sample_aspect_ratio, video)


class PixelAspects:
    """The shape of a stream's pixels, also after the stream changes it.

    What the container says counts until the coding says something else than with its first picture.
    """

    def __init__(self, video: VideoStream) -> None:
        self._video = video
        self._first = pixel_aspect(video)
        self._coded: list[Fraction | None] = []

    def now(self) -> Fraction:
        """Return how wide a pixel of the picture decoded last is shown for its height."""
        coded = self._video.codec_context.sample_aspect_ratio
        if not self._coded:
            self._coded.append(coded)
        return self._first if coded == self._coded[0] else _usable(coded, self._video)


def _usable(said: Fraction | None, video: VideoStream) -> Fraction:
    if said is None or not NARROWEST <= said <= WIDEST:
        return SQUARE
    shown = video.width * video.height * max(said, 1 / said)
    return said if shown <= MAX_PIXELS else SQUARE


def in_words(error: Exception, problems: Mapping[type[Exception], str]) -> str:
    """Say what failed without the file name that PyAV's text holds: it is a URL with a password."""
    for kind, words in problems.items():
        if isinstance(error, kind):
            return words
    if isinstance(error, SourceFailed):
        return str(error)
    if isinstance(error, av.FFmpegError):
        return error.strerror or type(error).__name__
    return type(error).__name__


def _skipped(
    settings: DecoderSettings, video: VideoStream, analyse_fps: float | None
) -> Literal["DEFAULT", "NONREF", "NONKEY"]:
    if settings.skip_frame != "AUTO":
        return settings.skip_frame
    rate = video.average_rate
    sparse = rate is not None and analyse_fps is not None and rate >= SPARSE * analyse_fps
    return "NONREF" if sparse else "DEFAULT"


def _is_moving(stream: VideoStream) -> bool:
    return not stream.disposition & Disposition.attached_pic


def _require_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise SourceFailed(
            "its pictures are too large",
            expected=f"at most {max_pixels} pixels",
            found=f"{width}x{height}",
        )
