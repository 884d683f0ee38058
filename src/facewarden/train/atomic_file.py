"""Files that are there as a whole or not at all, whatever happens while they are written."""

import errno
import os
from pathlib import Path

from facewarden.errors import StoreFull

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_whole(path: Path, content: bytes | memoryview, *, remedy: str = "") -> None:
    """Write a file that only this user may read; what stood there stays until all is on the disk.

    Raises:
        StoreFull: there is no room; what stood there is as it was.
        OSError: it cannot be written for another reason; what stood there is as it was.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno in FULL:
            raise StoreFull(f"the disk is full: {path} was not written", remedy=remedy) from None
        raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Bring the change of name to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
