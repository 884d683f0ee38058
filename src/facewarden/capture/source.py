"""The capture stage: where frames come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from facewarden.data import Frame


class SourceState(StrEnum):
    """What a source is doing."""

    CONNECTING = "connecting"
    WATCHING = "watching"
    DOWN = "down"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceStats:
    """Counters of one source since it was made; a consistent copy.

    Attributes:
        decoded: frames decoded, whether delivered or not.
        delivered: frames handed to the pipeline.
        dropped: frames due for analysis that a newer one replaced before the pipeline took them.
        reconnects: how often a live source came back.
        watched_s, down_s: time with and without pictures; for recordings the media time.
        expected_frames: frames due for analysis in a recording, 0 where not known.
        problem: the latest failure in words, without credentials; empty when all is well.
    """

    state: SourceState
    decoded: int = 0
    delivered: int = 0
    dropped: int = 0
    reconnects: int = 0
    watched_s: float = 0.0
    down_s: float = 0.0
    expected_frames: int = 0
    problem: str = ""


class Source(Protocol):
    """A camera, stream, recording or folder of images.

    `frames` yields frames at no more than the source's analysed rate. A live source yields the
    newest frame and never ends by itself: it reconnects for ever. A recording yields every due
    frame, then ends; it raises SourceFailed when it cannot be read at all. `close` may be called
    from any thread and makes `frames` end soon.
    """

    @property
    def camera_id(self) -> str:
        """The camera's id in the configuration."""
        ...

    @property
    def live(self) -> bool:
        """Whether frames are lost when nobody takes them."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Yield frames until the end or until closed."""
        ...

    def stats(self) -> SourceStats:
        """Return the counters; may be called from any thread."""
        ...

    def close(self) -> None:
        """Stop and release everything."""
        ...
