"""Poor looks at prepared faces: what `facewarden train footage` composes and training may take."""

import csv
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.errors import InputError, StoreFull
from facewarden.train.atomic_file import FULL
from facewarden.train.data.prepared import POINTS, Prepared
from facewarden.train.prepared_folder import (
    ABOUT,
    fingerprint_of,
    open_table,
    read_about,
    write_about,
)

VERSION = 1
FOLDER, IMAGES, TABLE = "footage", "looks.u8", "looks.csv"
FILES = (TABLE, IMAGES)
"""That the fingerprint is of, in this order."""
COLUMNS = ("look", "row", "clip", "frame", *POINTS)
COMMAND = "facewarden train footage"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a prepared face.

    Attributes:
        row: of the face among those prepared.
        crop: (S, S, 3) uint8 RGB, aligned as the prepared faces are.
        landmarks: (5, 2) float32 px of the crop.
    """

    row: int
    clip: int
    frame: int
    crop: NDArray[np.uint8]
    landmarks: Float32


@dataclass(frozen=True, slots=True)
class Looks:
    """m looks at prepared faces.

    Attributes:
        images: (m, S, S, 3) uint8 RGB, mapped: only what is touched is read.
        row_of: (m,) int64, the prepared face that each is a look at.
        landmarks: (m, 5, 2) float32 px of the crop.
        about: how they were composed.
    """

    images: NDArray[np.uint8]
    row_of: Int64
    landmarks: Float32
    about: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over both files, as it was when they were written."""
        return str(self.about["fingerprint"])

    def __len__(self) -> int:
        return len(self.row_of)

    @classmethod
    def open(cls, prepared: Prepared) -> "Looks":
        """Open the looks that lie beside prepared faces.

        Raises:
            InputError: there are none, they are of other faces, or their files do not fit together.
        """
        folder = prepared.folder / FOLDER
        about = read_about(folder, VERSION, holds="footage", command=f"{COMMAND} for")
        if about["faces"] != prepared.fingerprint:
            raise InputError(
                f"{folder} holds footage of other faces",
                expected=prepared.fingerprint,
                found=str(about["faces"]),
                remedy=f"remove it; {COMMAND} composes anew",
            )
        try:
            with (folder / TABLE).open(encoding="utf-8", newline="") as lines:
                rows = list(csv.DictReader(lines))
            row_of = np.array([int(row["row"]) for row in rows], np.int64)
            points = [[float(row[name]) for name in POINTS] for row in rows]
            side = prepared.size_px
            images = np.memmap(folder / IMAGES, np.uint8, "r").reshape(-1, side, side, 3)
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise InputError(
                f"the footage in {folder} cannot be read",
                found=str(error),
                remedy=f"remove it; {COMMAND} composes anew",
            ) from None
        if not len(images) == len(rows) == about["looks"] or row_of.max() >= len(prepared):
            raise InputError(
                f"{IMAGES} and {TABLE} in {folder} do not fit together",
                expected=f"{about['looks']} looks at {len(prepared)} faces",
                found=f"{len(images)} and {len(rows)}",
                remedy=f"remove {folder}; {COMMAND} composes anew",
            )
        return cls(images, row_of, np.array(points, np.float32).reshape(-1, 5, 2), about)


def require_none(prepared: Prepared) -> None:
    """Check that no looks lie beside the faces, before minutes are spent on them.

    Raises:
        InputError: some do.
    """
    if (prepared.folder / FOLDER / ABOUT).exists():
        raise InputError(
            f"{prepared.folder / FOLDER} is there already", remedy="remove it to compose anew"
        )


def store(prepared: Prepared, looks: Iterable[Look], about: dict[str, Any]) -> int:
    """Write looks beside the prepared faces as they come; return how many there were.

    Raises:
        InputError: some are there already, or none came.
        StoreFull: the disk is full; nothing is left of them.
    """
    folder = prepared.folder / FOLDER
    require_none(prepared)
    if folder.exists():  # of a call that was killed
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    try:
        count = _written(folder, looks)
        sizes = {"size_px": prepared.size_px, "looks": count}
        made = {"faces": prepared.fingerprint, "fingerprint": fingerprint_of(folder, FILES)}
        write_about(folder, {"version": VERSION, **sizes, **about, **made})
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise StoreFull(f"the disk is full: {folder} was not written") from None
        raise
    return count


def _written(folder: Path, looks: Iterable[Look]) -> int:
    path, count = folder / IMAGES, 0
    with path.open("wb") as images, open_table(folder / TABLE) as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        for count, look in enumerate(looks, start=1):
            images.write(np.ascontiguousarray(look.crop).tobytes())
            points = (f"{value:.3f}" for value in look.landmarks.ravel().tolist())
            writer.writerow((count - 1, look.row, look.clip, look.frame, *points))
    if not count:
        raise InputError(
            "no face was found in the footage",
            expected="the photographs that the faces were prepared from",
        )
    return count
