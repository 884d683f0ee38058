"""The parts of a folder of prepared data that do not depend on what was prepared."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from facewarden.errors import InputError

ABOUT = "data.json"
LEFT_OUT = "left_out.csv"


def fingerprint_of(folder: Path, names: Sequence[str]) -> str:
    """Return SHA-256 over some files of a folder, in this order."""
    hashed = hashlib.sha256()
    for name in names:
        with (folder / name).open("rb") as file:
            while block := file.read(2**20):
                hashed.update(block)
    return hashed.hexdigest()


def read_about(folder: Path, version: int, *, holds: str, command: str) -> dict[str, Any]:
    """Return what data.json holds; it has a version and the side of the pictures in px.

    Args:
        holds: what the folder should hold, such as "faces".
        command: what prepares them.

    Raises:
        InputError: there is none, it cannot be read, or it is of another version.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        found, _ = about["version"], int(about["size_px"])
    except FileNotFoundError:
        raise InputError(
            f"{folder} holds no prepared {holds}",
            expected=f"a folder with {ABOUT}",
            remedy=f"{command} {folder}",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / ABOUT} cannot be read", found=str(error)) from None
    if found != version:
        raise InputError(
            f"{folder} was prepared by another version",
            expected=f"version {version}",
            found=str(found),
            remedy=f"prepare the {holds} again",
        )
    return dict(about)


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Write data.json whole, or not at all: it says that everything else is there."""
    beside = folder / f".{ABOUT}"
    beside.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(folder / ABOUT)


def open_table(path: Path) -> Any:
    """Open a CSV file to be written; names of files that are no UTF-8 come back as they were."""
    return path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
