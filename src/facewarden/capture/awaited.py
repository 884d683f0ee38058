"""A source that is not there yet: a device to be plugged in, a recording to come."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from facewarden.capture.source import Source, SourceState, SourceStats
from facewarden.capture.timing import Timing
from facewarden.capture.uptime import Uptime
from facewarden.data import Frame
from facewarden.errors import FacewardenError, SourceFailed

TRY_EVERY_S: Final = 10.0


class AwaitedSource:
    """Counts as down until its source can be made, which is tried again and again; then is it.

    Args:
        make: makes the source; raises FacewardenError while there is none.
        problem: why there was none at first, in words.
        patient: try again; without it `frames` raises SourceFailed at once.
    """

    def __init__(
        self,
        make: Callable[[], Source],
        *,
        camera_id: str,
        problem: str,
        patient: bool = True,
        timing: Timing | None = None,
    ) -> None:
        self._make = make
        self._camera_id = camera_id
        self._patient = patient
        self._timing = timing or Timing()
        self._absence = Uptime(self._timing.monotonic, TRY_EVERY_S)
        self._absence.down(problem)
        self._closed = threading.Event()
        self._turn = threading.Lock()
        self._source: Source | None = None

    @property
    def camera_id(self) -> str:
        """The camera's id in the configuration."""
        return self._camera_id

    @property
    def live(self) -> bool:
        """Whether frames are lost when nobody takes them; until it is there, yes."""
        return self._source is None or self._source.live

    def stats(self) -> SourceStats:
        """Return the counters; may be called from any thread."""
        absent = self._absence.stats()
        if self._source is None:
            return absent if self._patient else replace(absent, state=SourceState.FAILED)
        found = self._source.stats()
        return replace(found, down_s=found.down_s + absent.down_s)

    def close(self) -> None:
        """Make `frames` end soon."""
        with self._turn:
            self._closed.set()
            source = self._source
        if source is not None:
            source.close()
        else:
            self._absence.end()

    def frames(self) -> Iterator[Frame]:
        """Yield the frames of the source, from when it is there.

        Raises:
            SourceFailed: it cannot be read, or is not there and not waited for.
        """
        if not self._patient:
            raise SourceFailed(self._absence.stats().problem)
        source = self._awaited()
        if source is not None:
            yield from source.frames()

    def _awaited(self) -> Source | None:
        """Return the source when it is there, None when closed before."""
        while not self._timing.wait(self._closed, TRY_EVERY_S):
            try:
                source = self._make()
            except FacewardenError as error:
                self._absence.down(str(error))
                continue
            with self._turn:
                if not self._closed.is_set():
                    self._absence.end()
                    self._source = source
                    return source
            source.close()
        return None
