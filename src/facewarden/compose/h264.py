"""Frames to H.264 and back."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import av
import numpy as np

from facewarden.data import Image
from facewarden.errors import InputError

ENCODER_THREADS = 2
"""x264 gives the same bytes on every machine only if the number of threads is the same."""


def write(
    frames: Iterable[Image],
    to: Path | IO[bytes],
    *,
    size: tuple[int, int],
    fps: int,
    quality: int,
    threads: int = ENCODER_THREADS,
) -> None:
    """Write frames as an H.264 clip (MP4), one by one.

    Args:
        frames: (H, W, 3) uint8 BGR of this size.
        size: width and height, px, even.
        quality: x264's constant rate factor, 0 (lossless) to 51.

    Raises:
        InputError: this build of FFmpeg has no H.264 encoder.
    """
    options = {"preset": "superfast", "crf": str(quality)}
    with av.open(str(to) if isinstance(to, Path) else to, "w", format="mp4") as container:
        try:
            stream = container.add_stream("libx264", rate=fps, options=options)
        except (av.codec.codec.UnknownCodecError, ValueError) as error:
            raise InputError(
                "the clip cannot be written: FFmpeg has no H.264 encoder",
                expected="libx264",
                remedy="install PyAV's own wheel (pip install --only-binary av av)",
            ) from error
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.thread_count = threads
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))


def compressed(
    frames: Iterable[Image], *, size: tuple[int, int], fps: int, quality: int
) -> Iterator[Image]:
    """Yield the frames as they are after H.264, in order; the clip stays in memory."""
    clip = io.BytesIO()
    write(frames, clip, size=size, fps=fps, quality=quality, threads=1)
    clip.seek(0)
    with av.open(clip, "r") as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
