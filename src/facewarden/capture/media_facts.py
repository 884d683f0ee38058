"""What a video file says about itself."""

import math
from datetime import UTC, datetime, timedelta

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from facewarden.capture.due import DueFrames

DEFAULT_FPS = 25.0
"""Stands in where a file says nothing of its rate: that of PAL, and FFmpeg's own."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What recorders without a clock say; there was no video file before."""
_A_DAY = timedelta(days=1)


def frame_rate(video: VideoStream) -> float:
    """Return the average frames a second."""
    return float(video.average_rate or video.guessed_rate or DEFAULT_FPS)


def duration_s(container: InputContainer, video: VideoStream) -> float:
    """Return how long the video says it is, 0 where it does not say."""
    if video.duration is not None and video.time_base is not None:
        return float(video.duration * video.time_base)
    tagged = video.metadata.get("DURATION", "")  # Matroska's statistics tags, hh:mm:ss.nnnnnnnnn
    try:
        hours, minutes, seconds = map(float, tagged.split(":"))
    except ValueError:
        # The container's own duration is that of its longest stream.
        alone = len(container.streams) == 1
        return container.duration / av.time_base if alone and container.duration else 0.0
    return hours * 3600 + minutes * 60 + seconds


def expected_frames(duration_s: float, rate: float, analyse_fps: float | None) -> int:
    """Return how many frames will be due, 0 where the duration is not known."""
    if analyse_fps is None or analyse_fps >= rate:
        return round(duration_s * rate)
    last_s = duration_s - 1.0 / rate
    return max(0, math.floor((last_s + DueFrames.TOLERANCE_S) * analyse_fps) + 1)


def creation_time(container: InputContainer, now: datetime) -> datetime | None:
    """Return when the recorder says it began, UTC; None where it does not or cannot be believed.

    Args:
        now: a recording that says it was made later was not; a day is allowed for recorders that
            write local time.
    """
    try:
        made = datetime.fromisoformat(container.metadata.get("creation_time", ""))
        made = made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return made if _EPOCH <= made <= now + _A_DAY else None
