"""A source whose camera hangs sideways or upside down."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from facewarden.capture.source import Source, SourceStats
from facewarden.data import Frame
from facewarden.errors import DataError

_CODES = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class TurnedSource:
    """Another source, each of its pictures turned clockwise; for one reader.

    Args:
        source: whose pictures lie wrong although the stream does not say so.
        clockwise_deg: 90, 180 or 270.

    Raises:
        DataError: another angle.
    """

    def __init__(self, source: Source, clockwise_deg: int) -> None:
        if clockwise_deg not in _CODES:
            raise DataError(
                "pictures turn by quarters",
                expected=", ".join(map(str, _CODES)),
                found=str(clockwise_deg),
            )
        self._source = source
        self._code = _CODES[clockwise_deg]

    @property
    def camera_id(self) -> str:
        """The camera's id in the configuration."""
        return self._source.camera_id

    @property
    def live(self) -> bool:
        """Whether frames are lost when nobody takes them."""
        return self._source.live

    def frames(self) -> Iterator[Frame]:
        """Yield the source's frames, turned."""
        for frame in self._source.frames():
            yield replace(frame, image=np.asarray(cv2.rotate(frame.image, self._code), np.uint8))

    def stats(self) -> SourceStats:
        """Return the source's counters; may be called from any thread."""
        return self._source.stats()

    def close(self) -> None:
        """Close the source; may be called from any thread."""
        self._source.close()
