"""Only one process of this machine at a time does a thing for a store."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from facewarden.errors import StoreBusy, StoreError
from facewarden.store.private import private_folder


class WriterLock:
    """Held from construction until `release`, the end of a `with`, or the process's death.

    The kernel holds it (flock) and frees it whatever way the process ends; the file itself stays
    and means nothing.

    Args:
        path: a file beside the store, made when absent (mode 0600).
        doing: what is done, for the message.

    Raises:
        StoreBusy: another process has it; names its pid.
        StoreError: the file cannot be made.
    """

    def __init__(self, path: Path, doing: str = "watches") -> None:
        self._path = path
        private_folder(path.parent)
        try:
            # The file is emptied below: a link in its place must not lead there.
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(
                f"the lock {path} cannot be made",
                found=error.strerror or str(error),
                remedy="choose a directory that this user may write to",
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            self._descriptor = -1
            raise StoreBusy(
                f"another process {doing} for this store",
                found=f"process {holder or 'unknown'}",
                remedy="stop it first, or give this one another store",
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have it; safe to call twice."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
