"""Prepared clips as the laboratory reads them: looks of faces on the disk, and what they show."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64
from facewarden.errors import InputError
from facewarden.train.prepared_folder import fingerprint_of, read_about

VERSION = 1
LOOKS, TIMES, TABLE = "looks.bin", "times.npy", "clips.csv"
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
        about = read_about(
            folder,
            VERSION,
            holds="clips",
            command="facewarden train presentation prepare CLIPS.csv",
        )
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
    return fingerprint_of(folder, (TABLE, TIMES, LOOKS))
