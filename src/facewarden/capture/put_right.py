"""A source whose pictures lie wrong or are squeezed, though neither stream nor file says so."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from facewarden.capture.source import Source, SourceStats
from facewarden.data import Frame, Image
from facewarden.errors import DataError

_CODES = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class PutRightSource:
    """Another source, each of its pictures given its shape, then turned; for one reader.

    Args:
        source: whose pictures they are.
        clockwise_deg: 0, 90, 180 or 270.
        aspect: width to height of what the camera sees, before it is turned; none leaves pictures
            as they come. A picture is made wider or higher, never smaller.

    Raises:
        DataError: another angle.
    """

    def __init__(
        self, source: Source, *, clockwise_deg: int = 0, aspect: Fraction | None = None
    ) -> None:
        if clockwise_deg not in (0, *_CODES):
            raise DataError(
                "pictures turn by quarters",
                expected=", ".join(map(str, (0, *_CODES))),
                found=str(clockwise_deg),
            )
        self._source = source
        self._code = _CODES.get(clockwise_deg)
        self._aspect = aspect

    @property
    def camera_id(self) -> str:
        """The camera's id in the configuration."""
        return self._source.camera_id

    @property
    def live(self) -> bool:
        """Whether frames are lost when nobody takes them."""
        return self._source.live

    def frames(self) -> Iterator[Frame]:
        """Yield the source's frames, put right."""
        for frame in self._source.frames():
            image = frame.image if self._aspect is None else shaped(frame.image, self._aspect)
            if self._code is not None:
                image = np.asarray(cv2.rotate(image, self._code), np.uint8)
            yield replace(frame, image=image)

    def stats(self) -> SourceStats:
        """Return the source's counters; may be called from any thread."""
        return self._source.stats()

    def close(self) -> None:
        """Close the source; may be called from any thread."""
        self._source.close()


def shaped(image: Image, aspect: Fraction) -> Image:
    """Return a picture wider or higher, so that its width to its height is `aspect`."""
    height, width = image.shape[:2]
    size = max(width, round(height * aspect)), max(height, round(width / aspect))
    if size == (width, height):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
