"""Makes small videos of known content with PyAV."""

from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from facewarden.data import Image

QUARTERS = {
    "top left": (30, 60, 200),
    "top right": (40, 180, 50),
    "bottom left": (200, 90, 40),
    "bottom right": (128, 128, 128),
}
"""BGR of the four quarters of every picture, so that turns and colours show."""


def quartered(width: int, height: int) -> Image:
    """Return a picture of four plain quarters."""
    image = np.zeros((height, width, 3), np.uint8)
    colours = list(QUARTERS.values())
    image[: height // 2, : width // 2] = colours[0]
    image[: height // 2, width // 2 :] = colours[1]
    image[height // 2 :, : width // 2] = colours[2]
    image[height // 2 :, width // 2 :] = colours[3]
    return image


def picture(index: int, width: int, height: int) -> Image:
    """Return the quarters with a white bar that walks one step a frame."""
    image = quartered(width, height)
    step = max(2, width // 16)
    at = (index * step) % width
    image[height // 4 : height // 3, at : at + step] = 255
    return image


def make_video(
    path: Path,
    *,
    frames: int = 50,
    fps: int = 25,
    width: int = 96,
    height: int = 64,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    pts: list[int] | None = None,
    creation: datetime | None = None,
    options: dict[str, object] | None = None,
    container: dict[str, str] | None = None,
    key_every: int = 25,
    sound: bool = False,
    pixel_aspect: Fraction | None = None,
) -> Path:
    """Write a video; `pts` are time stamps in frames where they are not 0, 1, 2, ..."""
    with av.open(str(path), "w", options=container or {}) as output:
        if creation is not None:
            output.metadata["creation_time"] = creation.isoformat()
        stream = output.add_stream(codec, rate=fps)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.gop_size = key_every
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
            stream.sample_aspect_ratio = pixel_aspect
        stream.options = options if options is not None else _fast(codec)
        audio = output.add_stream("aac", rate=8000, layout="mono") if sound else None
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(index, width, height), format="bgr24")
            frame.pts = pts[index] if pts else index
            frame.time_base = Fraction(1, fps)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if isinstance(audio, av.AudioStream):
            for index in range(frames // fps * 8):
                silence = av.AudioFrame(format="fltp", layout="mono", samples=1000)
                silence.sample_rate, silence.pts = 8000, index * 1000
                silence.planes[0].update(bytes(silence.planes[0].buffer_size))
                output.mux(audio.encode(silence))
            output.mux(audio.encode(None))
    return path


def turn(path: Path, degrees_clockwise: int) -> Path:
    """Write a display matrix into an MP4's track header, as phones do (ISO/IEC 14496-12, 8.3.2)."""
    cosine, sine = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees_clockwise]
    matrix = [cosine, sine, 0, -sine, cosine, 0, 0, 0, 0x4000]
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8  # version 0: times, ids, reserved, layer, volume
    for number, value in enumerate(matrix):
        scaled = value if number == 8 else value * 0x10000
        scaled = 0x40000000 if number == 8 else scaled
        data[at + 4 * number : at + 4 * number + 4] = scaled.to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    return path


def _fast(codec: str) -> dict[str, object]:
    return {"preset": "ultrafast", "crf": "18"} if codec == "libx264" else {}
