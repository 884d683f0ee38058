"""Alerts as lines of a file."""

import errno
import fcntl
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from facewarden.alert.clock import Clock, utc_now
from facewarden.alert.payload import encode, payload
from facewarden.data import Delivery
from facewarden.errors import SinkUnavailable

_TURN_S = 5.0
"""How long another writer of the file is waited for; the outbox tries again later."""
_LOOK_AGAIN_S = 0.005


@dataclass(frozen=True, slots=True)
class JsonlOptions:
    """Which file.

    Attributes:
        path: created with mode 0600 where it is not there; its folder must exist.
        include_snapshot: whether each line holds the picture, in base64.
    """

    path: Path
    include_snapshot: bool = True


class JsonlSink:
    """Appends one line of JSON per alert, on the disk before it counts as delivered.

    A line that could not be written whole is taken back; one that a crash tore is closed before
    the next is written. Several writers take turns, so that none takes another's half line for a
    torn one. A file that was rotated away is left and the path opened anew.
    """

    def __init__(self, name: str, options: JsonlOptions, *, clock: Clock = utc_now) -> None:
        self._name = name
        self._options = options
        self._clock = clock
        self._file = -1

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        return self._name

    def deliver(self, delivery: Delivery) -> None:
        """Append one line; see `Sink.deliver`."""
        body = payload(delivery, self._clock(), with_snapshot=self._options.include_snapshot)
        try:
            self._append(encode(body) + b"\n")
        except OSError as problem:
            self.close()
            raise SinkUnavailable(
                f"{self._options.path.name} cannot be written", found=problem.strerror or ""
            ) from None

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            file, self._file = self._file, -1
            os.close(file)

    def _append(self, line: bytes) -> None:
        self._open()
        _lock(self._file)
        try:
            self._write(line)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _write(self, line: bytes) -> None:
        size = os.fstat(self._file).st_size
        torn = size > 0 and os.pread(self._file, 1, size - 1) != b"\n"
        rest = memoryview(b"\n" + line if torn else line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, size)
            raise

    def _open(self) -> None:
        path = self._options.path
        if self._file >= 0 and not _is(path, self._file):
            self.close()
        if self._file < 0:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
            self._file = os.open(path, flags | os.O_NONBLOCK, 0o600)
            if not stat.S_ISREG(os.fstat(self._file).st_mode):
                # A pipe would fill up, and then hold this thread for ever.
                raise OSError(errno.EINVAL, "not a regular file")
            # Without this the name of a new file may be lost with the power.
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _lock(file: int) -> None:
    """Wait for our turn.

    Raises:
        OSError: it did not come.
    """
    until = time.monotonic() + _TURN_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


def _is(path: Path, file: int) -> bool:
    """Say whether `path` still names the open file."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(file)
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
