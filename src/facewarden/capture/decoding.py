"""Decodes packets, skipping and counting the damaged ones."""

import av
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facewarden.capture.container import in_words


class Decoding:
    """Damage seen so far in one stream.

    Attributes:
        damaged: packets, or stretches of the file, that could not be used.
        hopeless: of these, how many in a row since the last picture.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self.hopeless = 0
        self._last = ""

    def frames(self, packet: "Packet[VideoStream]") -> list[VideoFrame]:
        """Return the pictures that this packet completes; none if it is damaged."""
        try:
            frames: list[VideoFrame] = packet.decode()
        except av.FFmpegError as error:
            self.note(error)
            return []
        if frames:
            self.hopeless = 0
        return frames

    def note(self, error: av.FFmpegError) -> None:
        """Count a damaged part."""
        self.damaged += 1
        self.hopeless += 1
        self._last = in_words(error, {})

    @property
    def problem(self) -> str:
        """The damage in words, empty where there was none."""
        if not self.damaged:
            return ""
        return f"damaged parts skipped: {self.damaged}, last: {self._last}"
