"""Large uploads on the disk instead of in memory: in files without a name, sealed, few at once."""

import errno
import hashlib
import io
import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from facewarden.errors import StoreFull
from facewarden.server.problems import Unavailable

MOST: Final = 6
"""One that is worked on, four that wait (`jobs.WAITING`), one that arrives."""
OF_ONE: Final = 3
"""Of one person, so that they leave room for others."""
FREE_BYTES: Final = 512 << 20
"""Left on the disk, which is that of the store: alerts come first."""
_BLOCK: Final = 16


class Spool(io.RawIOBase):
    """Bytes on the disk that only this process can read: written once, then read anywhere.

    The file has no name, so that it is gone with the process however that ends, and what may stay
    of it on the medium was enciphered (AES-256 in counter mode, NIST SP 800-38A, 6.5) with a key
    that was in memory only. Nothing else writes to it, so that nothing but confidentiality is
    needed. Not for several threads at once.

    Args:
        folder: on whose disk it is.
        closed: called once, when it is closed.
    """

    def __init__(self, folder: Path, closed: Callable[[], None] = lambda: None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  closed below
        self._key = os.urandom(32)
        self._sealing = self._cipher(0)
        self._hash = hashlib.sha256()
        self._length = 0
        self._at = 0
        self._told = closed

    @property
    def length(self) -> int:
        """Bytes that were written."""
        return self._length

    @property
    def digest(self) -> str:
        """SHA-256 of what was written, hexadecimal."""
        return self._hash.hexdigest()

    def append(self, data: bytes) -> None:
        """Write what comes next.

        Raises:
            StoreFull: the disk is full.
        """
        sealed = memoryview(self._sealing.update(data))
        try:
            while sealed:
                written = os.pwrite(self._file.fileno(), sealed, self._length)
                self._length += written
                sealed = sealed[written:]
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise StoreFull("the disk is too full for an upload") from None
            raise
        self._hash.update(data)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Read into a buffer as much as there is."""
        view = memoryview(buffer).cast("B")
        sealed = os.pread(self._file.fileno(), len(view), self._at)
        skipped = self._at % _BLOCK
        opening = self._cipher(self._at // _BLOCK)
        opening.update(bytes(skipped))
        view[: len(sealed)] = opening.update(sealed)
        self._at += len(sealed)
        return len(sealed)

    def close(self) -> None:
        """Give the disk back."""
        if not self.closed:
            super().close()
            self._file.close()
            self._told()

    def _cipher(self, block: int) -> Any:
        # One key for each file, so that no block of the key stream is ever used twice.
        counter = modes.CTR(block.to_bytes(_BLOCK, "big"))
        return Cipher(algorithms.AES(self._key), counter).encryptor()


class Spools:
    """Hands out spools, a bounded number at once.

    Args:
        folder: on whose disk they are.
        free_bytes: that must be left there.
    """

    def __init__(
        self, folder: Path, *, most: int = MOST, of_one: int = OF_ONE, free_bytes: int = FREE_BYTES
    ) -> None:
        self._folder = folder
        self._most = most
        self._of_one = of_one
        self._free_bytes = free_bytes
        self._lock = threading.Lock()
        self._held: Counter[int] = Counter()

    def open(self, user_id: int, expected: int = 0) -> Spool:
        """Return a new one, for a user; it counts until it is closed.

        Args:
            expected: bytes that will come, as far as is known.

        Raises:
            Unavailable: too many are in use.
            StoreFull: there is too little room on the disk.
        """
        if shutil.disk_usage(self._folder).free - expected < self._free_bytes:
            raise StoreFull("the disk is too full for an upload")
        with self._lock:
            if self._held[user_id] >= self._of_one or self._held.total() >= self._most:
                raise Unavailable(
                    "too many archives are being worked on",
                    expected=f"at most {self._of_one} of yours, {self._most} of all",
                    remedy="try again when some are done",
                    headers={"Retry-After": "30"},
                )
            self._held[user_id] += 1
        try:
            return Spool(self._folder, lambda: self._give(user_id))
        except BaseException:
            self._give(user_id)
            raise

    def _give(self, user_id: int) -> None:
        with self._lock:
            self._held[user_id] -= 1
            if not self._held[user_id]:
                del self._held[user_id]
