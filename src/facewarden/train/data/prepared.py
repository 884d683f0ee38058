"""Prepared faces as the laboratory reads them: crops on the disk, labels, landmarks, splits."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.errors import InputError
from facewarden.train.data.splits import PARTS
from facewarden.train.prepared_folder import fingerprint_of, read_about

VERSION = 1
IMAGES, TABLE, SPLITS = "faces.npy", "faces.csv", "splits"
POINTS = tuple(f"{axis}{point}" for point in range(1, 6) for axis in "xy")
COLUMNS = ("row", "subject", "source", "sha256", "quality", *POINTS)


@dataclass(frozen=True, slots=True)
class Prepared:
    """n aligned faces of people.

    Attributes:
        images: (n, S, S, 3) uint8 RGB, mapped: only what is touched is read.
        labels: (n,) int64, place of each face's person in `subjects`.
        subjects: names, sorted.
        landmarks: (n, 5, 2) float32 px of the crop, in the order of `Faces.landmarks`.
        quality: (n,) float32 in [0, 1].
        sources: path of each photograph below the root it was prepared from.
        about: what data.json holds.
    """

    folder: Path
    images: NDArray[np.uint8]
    labels: Int64
    subjects: tuple[str, ...]
    landmarks: Float32
    quality: Float32
    sources: tuple[str, ...]
    about: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> "Prepared":
        """Open a folder that `facewarden train prepare` has made.

        Raises:
            InputError: there is none, it is not finished, of another version, or its files do not
                fit together.
        """
        about = read_about(
            folder, VERSION, holds="faces", command="facewarden train prepare PHOTOGRAPHS"
        )
        try:
            images = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
            rows = _rows(folder / TABLE)
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise InputError(
                f"the prepared data in {folder} cannot be read",
                found=str(error),
                remedy="prepare it again",
            ) from None
        side = about["size_px"]
        if images.shape != (len(rows), side, side, 3) or images.dtype != np.uint8:
            raise InputError(
                f"{IMAGES} and {TABLE} in {folder} do not fit together",
                expected=f"{len(rows)}x{side}x{side}x3 uint8",
                found=f"{'x'.join(map(str, images.shape))} {images.dtype}",
                remedy="prepare it again",
            )
        subjects = tuple(sorted({row["subject"] for row in rows}))
        number = {name: place for place, name in enumerate(subjects)}
        points = [[float(row[name]) for name in POINTS] for row in rows]
        return cls(
            folder,
            images,
            np.array([number[row["subject"]] for row in rows], np.int64),
            subjects,
            np.array(points, np.float32).reshape(-1, 5, 2),
            np.array([float(row["quality"]) for row in rows], np.float32),
            tuple(row["source"] for row in rows),
            about,
        )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size_px(self) -> int:
        """Side S of the crops."""
        return int(self.images.shape[1])

    @property
    def fingerprint(self) -> str:
        """SHA-256 over faces.csv and faces.npy, as it was when they were written."""
        return str(self.about["fingerprint"])

    def splits(self) -> tuple[str, ...]:
        """Return the names of the recorded splits, sorted."""
        return tuple(sorted(path.stem for path in (self.folder / SPLITS).glob("*.csv")))

    def split(self, name: str) -> dict[str, Int64]:
        """Return the rows of each part, train, validation and test, ascending; a part may be empty.

        Raises:
            InputError: there is no such split, or it is not of these faces.
        """
        path = self.folder / SPLITS / f"{name}.csv"
        if name not in self.splits():
            raise InputError(
                f"{self.folder} has no split {name}",
                expected=", ".join(self.splits()) or "none was recorded",
                remedy="prepare it with --split",
            )
        found: dict[str, list[int]] = {part: [] for part in PARTS}
        try:
            with path.open(encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines):
                    found[row["part"]].append(int(row["row"]))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path} is not a split",
                expected="the columns row and part, which is " + ", ".join(PARTS),
                found=f"{type(error).__name__} {error}",
            ) from None
        rows = {part: np.array(sorted(numbers), np.int64) for part, numbers in found.items()}
        every = np.concatenate(list(rows.values()))
        if len(np.unique(every)) < len(every) or ((every < 0) | (every >= len(self))).any():
            raise InputError(
                f"{path} is not a split of these faces",
                expected=f"each row once, from 0 to {len(self) - 1}",
            )
        return rows

    def verify(self) -> None:
        """Read all bytes and compare them with the fingerprint.

        Raises:
            InputError: they have changed since they were written.
        """
        found = fingerprint(self.folder)
        if found != self.fingerprint:
            raise InputError(
                f"the faces in {self.folder} are not those that were prepared",
                expected=self.fingerprint,
                found=found,
                remedy="prepare them again",
            )


def fingerprint(folder: Path) -> str:
    """Return SHA-256 over faces.csv and faces.npy."""
    return fingerprint_of(folder, (TABLE, IMAGES))


def _rows(path: Path) -> Sequence[dict[str, str]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        return list(csv.DictReader(lines))
