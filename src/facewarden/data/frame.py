"""One picture of one camera at one moment."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from facewarden.data.arrays import Image, require_shape
from facewarden.errors import DataError


def require_utc(name: str, moment: datetime) -> None:
    """Raise DataError unless `moment` is timezone-aware and in UTC."""
    if moment.tzinfo is None or moment.utcoffset() != UTC.utcoffset(None):
        raise DataError(f"{name} is not in UTC", expected="an aware UTC time", found=str(moment))


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture.

    Attributes:
        camera_id: the camera's id in the configuration.
        sequence: counts the decoded frames of one source, from 0; gaps are frames not analysed.
        captured_at: when the picture was taken, by the stream's own clock; UTC.
        received_at: when facewarden had it decoded, by this machine's clock; UTC.
        image: (H, W, 3) uint8 BGR.

    Raises:
        DataError: an image of another shape or type, or a time that is not UTC.
    """

    camera_id: str
    sequence: int
    captured_at: datetime
    received_at: datetime
    image: Image

    def __post_init__(self) -> None:
        require_shape("Frame.image", self.image, (None, None, 3), np.uint8)
        require_utc("Frame.captured_at", self.captured_at)
        require_utc("Frame.received_at", self.received_at)
