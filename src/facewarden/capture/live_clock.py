"""When a live picture was taken, by the stream's clock tied to ours."""

from typing import Final

SLOW: Final = 0.5
"""A stream's clock that runs at less than this share of ours is none."""
SLOW_TIMES: Final = 3
"""So often in a row: a network that hangs once makes one seem slow."""


class LiveClock:
    """Ties the time stamps of one connection to this machine's monotonic clock.

    The frame that travelled fastest is the anchor, so that no picture is from the future and the
    jitter of the network stays out of the times. Where the stream's time nearly stands still, as
    with encoders that count pictures in ticks, the time of arrival takes its place. All values are
    seconds.

    Args:
        longest_lag_s: a picture that seems older than this means that the clocks have drifted, or
            that the stream's clock leapt: the anchor is set anew.
    """

    def __init__(self, longest_lag_s: float = 1.0) -> None:
        self._longest_lag_s = longest_lag_s
        self._anchor: tuple[float, float] | None = None
        self._slow = 0

    def captured(self, pts_s: float | None, arrived_s: float) -> float:
        """Return the monotonic time at which a picture that arrived now was taken."""
        if pts_s is None or self._slow >= SLOW_TIMES:
            return arrived_s
        if self._anchor is not None:
            streamed_s, passed_s = pts_s - self._anchor[0], arrived_s - self._anchor[1]
            lag_s = passed_s - streamed_s
            if 0.0 <= lag_s <= self._longest_lag_s:
                return arrived_s - lag_s
            # A clock that leapt back, such as that of a film shown in a loop, is not a slow one.
            self._slow = self._slow + 1 if 0.0 <= streamed_s < SLOW * passed_s else 0
        self._anchor = (pts_s, arrived_s)
        return arrived_s


class PlayoutClock:
    """Spreads pictures that come in bursts (HLS segments) over the time they show.

    Args:
        longest_wait_s: a picture further ahead means that the stream's clock leapt; HLS segments
            are usually 2 to 10 s long.
        longest_lag_s: as for LiveClock.
    """

    def __init__(self, longest_wait_s: float = 30.0, longest_lag_s: float = 1.0) -> None:
        self._longest_wait_s = longest_wait_s
        self._longest_lag_s = longest_lag_s
        self._offset_s: float | None = None

    def wait_s(self, pts_s: float, now_s: float) -> float:
        """Return how long to hold this picture back."""
        if self._offset_s is not None:
            ahead_s = pts_s + self._offset_s - now_s
            if -self._longest_lag_s <= ahead_s <= self._longest_wait_s:
                return max(0.0, ahead_s)
        self._offset_s = now_s - pts_s
        return 0.0
