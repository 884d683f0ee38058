"""The folder that holds store, key, lock and socket: nobody else may put anything into it."""

import os
import stat
from pathlib import Path

from facewarden.errors import StoreError


def private_folder(path: Path) -> None:
    """Make a folder of mode 0700, or check the one that is there.

    Raises:
        StoreError: it cannot be made, everybody may write to it, or it belongs to somebody else
            than this user or root: they could put a link where a file of ours will be written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    except OSError as error:
        raise StoreError(
            f"the folder {path} cannot be made",
            found=error.strerror or str(error),
            remedy="choose a directory that this user may write to",
        ) from error
    if found.st_mode & stat.S_IWOTH:
        raise StoreError(
            f"everybody may write to the folder {path}",
            expected="mode 0700",
            found=f"mode {stat.S_IMODE(found.st_mode):04o}",
            remedy=f"chmod 700 {path}, or choose another data_dir",
        )
    if found.st_uid not in {0, os.geteuid()}:
        raise StoreError(
            f"the folder {path} belongs to somebody else",
            expected=f"user {os.geteuid()}",
            found=f"user {found.st_uid}",
            remedy="choose another data_dir",
        )
