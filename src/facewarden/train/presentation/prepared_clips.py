"""Prepared clips as the laboratory reads them: looks of faces on the disk, and what they show."""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64
from facewarden.errors import InputError

VERSION = 1
LOOKS, TIMES, TABLE, ABOUT, LEFT_OUT = (
    "looks.bin", "times.npy", "clips.csv", "data.json", "left_out.csv",
)  # fmt: skip
COLUMNS = ("path", "subject", "species", "instrument", "session", "part", "first", "count")


@dataclass(frozen=True, slots=True)
class PreparedClips:
    """n clips of m looks in all.

    Attributes:
        looks: (m, S, S, 3) uint8 RGB, mapped: only what is touched is read.
        at_s: (m,) float32, seconds since the clip of each look began.
        first, count: (n,) int64, where each clip's looks begin and how many they are.
        paths: (n,) of the clips, as the list that they are from names them.
        subjects: (n,) whose face each clip shows.
        species: (n,) kind of attack; empty for a bona fide presentation.
        instruments, parts: (n,) what the list says, or empty.
        about: what data.json holds.
    """

    folder: Path
    looks: NDArray[np.uint8]
    at_s: NDArray[np.float32]
    first: Int64
    count: Int64
    paths: tuple[str, ...]
    subjects: tuple[str, ...]
    species: tuple[str, ...]
    instruments: tuple[str, ...]
    parts: tuple[str, ...]
    about: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> "PreparedClips":
        """Open a folder that `facewarden train presentation prepare` has made.

        Raises:
            InputError: there is none, it is not finished, of another version, or its files do not
                fit together.
        """
        about = _about(folder)
        side = int(about["size_px"])
        try:
            with (folder / TABLE).open(encoding="utf-8", newline="") as lines:
                rows = list(csv.DictReader(lines))
            at_s = np.load(folder / TIMES, allow_pickle=False)
            looks = np.memmap(folder / LOOKS, np.uint8, mode="r", shape=(len(at_s), side, side, 3))
            first = np.array([int(row["first"]) for row in rows], np.int64)
            count = np.array([int(row["count"]) for row in rows], np.int64)
            columns = [tuple(row[name] for row in rows) for name in COLUMNS[:6]]
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise InputError(
                f"the prepared clips in {folder} cannot be read",
                found=f"{type(error).__name__}: {error}",
                remedy="prepare them again",
            ) from None
        ends = first + count
        if not rows or (first < 0).any() or (count < 1).any() or ends.max() > len(at_s):
            raise InputError(
                f"{TABLE} and {TIMES} in {folder} do not fit together",
                expected=f"clips within {len(at_s)} looks",
                remedy="prepare them again",
            )
        paths, subjects, species, instruments, _, parts = columns
        return cls(
            folder, looks, at_s, first, count, paths, subjects, species, instruments, parts, about
        )

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def size_px(self) -> int:
        """Side S of the looks."""
        return int(self.looks.shape[1])

    @property
    def fingerprint(self) -> str:
        """SHA-256 over clips.csv, times.npy and looks.bin, as they were when they were written."""
        return str(self.about["fingerprint"])

    @property
    def attack(self) -> NDArray[np.bool_]:
        """(n,) which are attacks."""
        return np.array([bool(name) for name in self.species], np.bool_)

    def times(self, clip: int) -> NDArray[np.float32]:
        """Return the (count,) seconds of a clip's looks."""
        first = int(self.first[clip])
        return self.at_s[first : first + int(self.count[clip])]


def fingerprint(folder: Path) -> str:
    """Return SHA-256 over clips.csv, times.npy and looks.bin."""
    hashed = hashlib.sha256()
    for name in (TABLE, TIMES, LOOKS):
        with (folder / name).open("rb") as file:
            while block := file.read(2**20):
                hashed.update(block)
    return hashed.hexdigest()


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        version, _ = about["version"], int(about["size_px"])
    except FileNotFoundError:
        raise InputError(
            f"{folder} holds no prepared clips",
            expected=f"a folder with {ABOUT}",
            remedy=f"facewarden train presentation prepare CLIPS.csv {folder}",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / ABOUT} cannot be read", found=str(error)) from None
    if version != VERSION:
        raise InputError(
            f"{folder} was prepared by another version",
            expected=f"version {VERSION}",
            found=str(version),
            remedy="prepare the clips again",
        )
    return dict(about)
