"""Files with people in them, written where the operator asks."""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user may read; one that is there keeps its mode.

    Raises:
        OSError: it cannot be written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
