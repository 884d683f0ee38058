"""Which frames are due for analysis."""

import math


class DueFrames:
    """Picks frames at an analysed rate by stream time, on a grid that starts at the first frame.

    Args:
        analyse_fps: frames a second; None takes every frame.
    """

    # Matroska stores time in whole milliseconds: a frame may seem up to 1 ms early.
    TOLERANCE_S = 0.001

    def __init__(self, analyse_fps: float | None) -> None:
        self._fps = analyse_fps
        self._start_s: float | None = None
        self._last = -1

    def due(self, at_s: float) -> bool:
        """Whether the frame at this stream time is the first one at or after its grid point."""
        if self._fps is None:
            return True
        if self._start_s is None:
            self._start_s = at_s
        point = math.floor((at_s - self._start_s + self.TOLERANCE_S) * self._fps)
        if point <= self._last:
            return False
        self._last = point
        return True
