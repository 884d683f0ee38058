"""Says whether anything moves, so that still pictures need not be searched for faces."""

from datetime import datetime, timedelta

import cv2
import numpy as np

from facewarden.data import Float32, Image

_GRID = (80, 45)
# Pixels are sampled, four by four for every cell of the grid; their mean halves and halves again
# the noise of the sensor.
_SAMPLES = 4


class MotionGate:
    """Compares each picture with a slowly learnt background on a grid of 80x45 cells.

    For one camera and one thread.

    Args:
        threshold: share of the cells that must differ, in (0, 1]; the default is two cells, about
            the area of a face 40 px high in a picture of 1920x1080.
        hold_s: so long after the last movement pictures still pass: a person who stands still
            is still there.
        every_s: at least one picture passes in this time, movement or not.
        contrast: grey levels of 255 by which a cell must differ. 12 is above the noise of a
            camera in the dark after averaging.
        learn_s: time in which the background takes over most (63 %) of what has changed for good;
            what has not changed follows ten times as fast, so that nothing leaves a ghost.
    """

    def __init__(
        self,
        threshold: float = 0.0005,
        hold_s: float = 2.0,
        every_s: float = 10.0,
        *,
        contrast: float = 12.0,
        learn_s: float = 20.0,
    ) -> None:
        self._cells = max(1.0, threshold * _GRID[0] * _GRID[1])
        self._hold = timedelta(seconds=hold_s)
        self._every = timedelta(seconds=every_s)
        self._contrast = contrast
        self._learn_s = learn_s
        self._background: Float32 | None = None
        self._shape: tuple[int, ...] = ()
        self._seen_at: datetime | None = None
        self._moved_at: datetime | None = None
        self._passed_at: datetime | None = None

    def moving(self, image: Image, at: datetime) -> bool:
        """Whether this picture is to be analysed; call it for every picture, in order of time."""
        moved = self._differs(image, at)
        if moved:
            self._moved_at = at
        held = self._moved_at is not None and at - self._moved_at <= self._hold
        # A clock that was set back must not shut the gate.
        overdue = self._passed_at is None or not (
            timedelta(0) <= at - self._passed_at < self._every
        )
        if not (held or overdue):
            return False
        self._passed_at = at
        return True

    def _differs(self, image: Image, at: datetime) -> bool:
        """Compare with the background, then let it learn; the first picture only teaches."""
        cells = _cells(image)
        if self._background is None or image.shape != self._shape or self._seen_at is None:
            self._background, self._shape, self._seen_at = cells, image.shape, at
            return False
        difference = cells - self._background
        elapsed_s = max(0.0, (at - self._seen_at).total_seconds())
        changed = np.abs(difference) > self._contrast
        slowly, fast = -np.expm1(-elapsed_s / self._learn_s * np.array([1.0, 10.0], np.float32))
        self._background += difference * np.where(changed, slowly, fast)
        self._seen_at = at
        return bool(np.count_nonzero(changed) >= self._cells)


def _cells(image: Image) -> Float32:
    """Return (45, 80) means of sampled green values: green carries most of the luminance."""
    width, height = _GRID[0] * _SAMPLES, _GRID[1] * _SAMPLES
    green = image[:: max(1, image.shape[0] // height), :: max(1, image.shape[1] // width), 1]
    sampled = np.ascontiguousarray(green, dtype=np.float32)
    small: Float32 = cv2.resize(sampled, _GRID, interpolation=cv2.INTER_AREA).astype(np.float32)
    return small
