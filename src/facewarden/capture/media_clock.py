"""Stream time of a recording that never runs backwards."""

import math
from fractions import Fraction


class MediaClock:
    """Turns presentation time stamps into seconds since the first frame, ever growing.

    Args:
        longest_gap_s: a longer leap is taken for a damaged time stamp, not for a pause of the
            recorder.
    """

    def __init__(self, longest_gap_s: float = 3600.0) -> None:
        self._longest_gap_s = longest_gap_s
        self._frame_s = 0.0
        self._offset_s: float | None = None
        self._next_s = 0.0
        self._last_s = -math.inf

    @property
    def next_s(self) -> float:
        """Where the next frame is expected: the end, after the last one."""
        return self._next_s

    def begin(self, frame_s: float) -> None:
        """Take the next time stamp for what comes next: at the start, and again in every loop.

        Args:
            frame_s: the usual time between frames. It stands in for time stamps that are missing,
                run backwards (a stream restarted inside the file) or leap.
        """
        self._frame_s = frame_s
        self._offset_s = None

    def at(self, pts_s: float | None) -> float:
        """Return the stream time of the next frame in order of presentation."""
        at_s = self._next_s
        if pts_s is not None:
            if self._offset_s is not None:
                told_s = pts_s + self._offset_s
                if 0.0 < told_s - self._last_s <= self._longest_gap_s:
                    at_s = told_s
            self._offset_s = at_s - pts_s
        self._last_s, self._next_s = at_s, at_s + self._frame_s
        return at_s


class Stamps:
    """Chooses between the two time stamps of a picture, as FFmpeg's own players do.

    AVI has only times of decoding; what is made up from them for presentation runs to and fro.
    """

    def __init__(self) -> None:
        self._last: list[int | None] = [None, None]
        self._faults = [0, 0]

    def time_s(self, pts: int | None, dts: int | None, base: Fraction | None) -> float | None:
        """Return when the next picture is shown, seconds; None where nothing says so."""
        for index, stamp in enumerate((pts, dts)):
            last = self._last[index]
            if stamp is not None:
                self._faults[index] += last is not None and stamp <= last
                self._last[index] = stamp
        trusted = self._faults[0] <= self._faults[1] or dts is None
        stamp = pts if trusted and pts is not None else dts
        return None if stamp is None or base is None else float(stamp * base)
