"""Frames from a folder of still pictures."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from facewarden.capture.image import MAX_PIXELS, read_image
from facewarden.capture.source import SourceState, SourceStats
from facewarden.capture.tally import Tally
from facewarden.capture.timing import Timing
from facewarden.data import Frame
from facewarden.errors import ImageRefused, SourceFailed
from facewarden.text import shown

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"})


class ImageFolder:
    """A folder of pictures as a source, sorted by name; for one reader.

    Args:
        folder: where the pictures lie; files with other suffixes are not looked at.
        analyse_fps: pictures a second of stream time; None stands for one.
        recursive: look into folders inside it too.
        realtime: wait so that pictures come no faster than that.
        loop: begin again at the end, for ever, with time going on.
        start: time of the first picture, UTC; None takes the time of opening.
        max_pixels: larger pictures are left out.
        timing: clocks.
    """

    def __init__(
        self,
        folder: Path,
        *,
        camera_id: str,
        analyse_fps: float | None = None,
        recursive: bool = False,
        realtime: bool = False,
        loop: bool = False,
        start: datetime | None = None,
        max_pixels: int = MAX_PIXELS,
        timing: Timing | None = None,
    ) -> None:
        self._folder = folder
        self._camera_id = camera_id
        self._step_s = 1.0 / (analyse_fps or 1.0)
        self._recursive = recursive
        self._realtime = realtime
        self._loop = loop
        self._start = start
        self._max_pixels = max_pixels
        self._timing = timing or Timing()
        self._tally = Tally()
        self._closed = threading.Event()

    @property
    def camera_id(self) -> str:
        """The camera's id in the configuration."""
        return self._camera_id

    @property
    def live(self) -> bool:
        """No: a folder waits for its reader."""
        return False

    def stats(self) -> SourceStats:
        """Return the counters; may be called from any thread."""
        return self._tally.stats()

    def close(self) -> None:
        """Make `frames` end."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """Yield every picture that can be read.

        The others are counted, and the latest named, in `stats().problem`.

        Raises:
            SourceFailed: the folder cannot be read or holds no picture that can be.
        """
        try:
            yield from self._pictures(self._files())
        except SourceFailed as error:
            self._tally.become(SourceState.FAILED, problem=str(error))
            raise
        finally:
            if self._tally.stats().state is not SourceState.FAILED:
                self._tally.become(SourceState.ENDED)

    def _files(self) -> list[Path]:
        pattern = "**/*" if self._recursive else "*"
        files = sorted(
            path for path in self._folder.glob(pattern) if path.suffix.lower() in SUFFIXES
        )
        if not files:
            raise SourceFailed(
                f"{self._folder.name} holds no pictures", expected=" ".join(sorted(SUFFIXES))
            )
        return files

    def _pictures(self, files: list[Path]) -> Iterator[Frame]:
        start = self._start or self._timing.now()
        began_s = self._timing.monotonic()
        sequence, refused = 0, 0
        if not self._loop:
            self._tally.expect(len(files))
        self._tally.become(SourceState.WATCHING)
        while not self._closed.is_set():
            before = sequence
            for path in files:
                try:
                    image, _ = read_image(path, max_pixels=self._max_pixels)
                except ImageRefused as error:
                    refused += 1
                    words = f"pictures left out: {refused}, last: {shown(path.name)}: {error}"
                    self._tally.become(SourceState.WATCHING, problem=words)
                    continue
                at_s = sequence * self._step_s
                wait_s = began_s + at_s - self._timing.monotonic() if self._realtime else 0.0
                if wait_s > 0 and self._timing.wait(self._closed, wait_s):
                    return
                self._tally.add(decoded=1, delivered=1, watched_s=self._step_s)
                captured = start + timedelta(seconds=at_s)
                yield Frame(self._camera_id, sequence, captured, self._timing.now(), image)
                sequence += 1
                if self._closed.is_set():
                    return
            if sequence == before:
                raise SourceFailed(
                    f"{self._folder.name} holds no picture that can be decoded",
                    found=self._tally.stats().problem,
                )
            if not self._loop:
                return


def pictures_below(folder: Path) -> list[Path]:
    """Return the files in a folder and those inside it whose names end as pictures' do, sorted."""
    return sorted(
        file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()
    )
