"""What a preparation has looked at so far, on the disk, so that a killed one goes on."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.errors import InputError

CHUNK = 32
"""Photographs between two writes; the embedder takes their faces in one call, and a chunk is done
whole or again, so that what a batch holds does not depend on interruptions."""

FOLDER = "unfinished"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one photograph gave.

    Attributes:
        digest: SHA-256 of the file, "" where it could not be read.
        fault: why there is no face; "" where there is one.
        quality: in [0, 1].
        landmarks: ten numbers, x1 y1 ... x5 y5 px of the crop; none without a face.
    """

    digest: str
    fault: str
    quality: float
    landmarks: tuple[float, ...]


class Journal:
    """Crops, templates and a line for each photograph, in the order of the sources.

    Args:
        folder: of the prepared data; the journal lies in a folder inside, and goes at the end.
        purpose: what was asked for; a journal of another purpose is not continued.
        size_px: side of the crops.
        dimension: length of a template.

    Raises:
        InputError: a journal of another purpose is there.
    """

    def __init__(
        self, folder: Path, purpose: Mapping[str, Any], *, size_px: int, dimension: int
    ) -> None:
        self._folder = folder / FOLDER
        self._size_px, self._dimension = size_px, dimension
        self._entries: list[Entry] = []
        written = json.dumps(purpose, indent=1, sort_keys=True)
        mark = self._folder / "purpose.json"
        if mark.exists():
            if mark.read_text(encoding="utf-8") != written:
                raise InputError(
                    f"{folder} holds an unfinished preparation of other photographs or settings",
                    remedy=f"repeat it as it was begun, or remove {self._folder}",
                )
            self._resume()
        else:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.mkdir(exist_ok=True, mode=0o700)
            for name in ("crops", "templates", "entries"):
                (self._folder / name).write_bytes(b"")
            mark.write_text(written, encoding="utf-8")

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What has been looked at, in order."""
        return tuple(self._entries)

    def add(
        self,
        entries: Sequence[Entry],
        crops: Sequence[NDArray[np.uint8]],
        templates: Sequence[Float32],
    ) -> None:
        """Append a chunk; crops and templates are those of its entries that have a face."""
        _append(self._folder / "crops", b"".join(crop.tobytes() for crop in crops))
        _append(self._folder / "templates", b"".join(one.tobytes() for one in templates))
        lines = "".join(json.dumps(asdict(entry)) + "\n" for entry in entries)
        _append(self._folder / "entries", lines.encode())
        self._entries += entries

    def crops(self) -> NDArray[np.uint8]:
        """Return (m, S, S, 3) uint8 RGB, mapped, of the m entries that have a face."""
        shape = (self._faces(), self._size_px, self._size_px, 3)
        if not shape[0]:
            return np.zeros(shape, np.uint8)
        return np.memmap(self._folder / "crops", np.uint8, "r", shape=shape)

    def templates(self) -> Float32:
        """Return (m, d) float32 unit rows of the m entries that have a face."""
        found = np.fromfile(self._folder / "templates", np.float32)
        return found.reshape(self._faces(), self._dimension)

    def remove(self) -> None:
        """Delete the journal, with its templates."""
        shutil.rmtree(self._folder)

    def _faces(self) -> int:
        return sum(not entry.fault for entry in self._entries)

    def _resume(self) -> None:
        """Read whole chunks and cut off what a kill left behind them."""
        text = (self._folder / "entries").read_text(encoding="utf-8")
        lines = text[: text.rfind("\n") + 1].splitlines(keepends=True)
        lines = lines[: len(lines) // CHUNK * CHUNK]
        for line in lines:
            read = json.loads(line)
            self._entries.append(Entry(**{**read, "landmarks": tuple(read["landmarks"])}))
        faces = self._faces()
        for name, size in (
            ("entries", sum(len(line.encode()) for line in lines)),
            ("crops", faces * self._size_px**2 * 3),
            ("templates", faces * self._dimension * 4),
        ):
            os.truncate(self._folder / name, size)


def fingerprint_of(files: Sequence[Path]) -> str:
    """Return a hash over names, sizes and times of files: whether they are still the same."""
    hashed = hashlib.sha256()
    for file in files:
        seen = file.stat()
        hashed.update(f"{os.fspath(file)!r} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return hashed.hexdigest()


def _append(file: Path, data: bytes) -> None:
    with file.open("ab") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
