"""Notes in a file, such as one on another machine, or on a medium that only grows."""

import os
from pathlib import Path

from facewarden.errors import SinkUnavailable


class FileNotary:
    """Appends a line for each note, and has it on the disk before it says so."""

    def __init__(self, path: Path) -> None:
        self._path = path

    method = "file"

    @property
    def target(self) -> str:
        """The path."""
        return str(self._path)

    def note(self, text: bytes) -> str:
        """Append one line; the receipt is where it begins."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            handle = os.open(self._path, flags, 0o600)
            with os.fdopen(handle, "ab", buffering=0) as file:
                start = file.seek(0, os.SEEK_END)
                file.write(text + b"\n")
                os.fsync(file.fileno())
        except OSError as error:
            raise SinkUnavailable(
                f"the file of notes {self._path} cannot be written",
                found=error.strerror or type(error).__name__,
            ) from error
        return f"byte {start}"
