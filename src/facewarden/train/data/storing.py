"""Writes prepared faces: the same photographs and settings give the same bytes."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64
from facewarden.train.data.journal import Entry
from facewarden.train.data.prepared import (
    COLUMNS,
    IMAGES,
    SPLITS,
    TABLE,
    VERSION,
    fingerprint,
)
from facewarden.train.data.sources import Labelled
from facewarden.train.data.splits import write_split
from facewarden.train.prepared_folder import LEFT_OUT, open_table, write_about


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A photograph that is not among the faces, and why."""

    photograph: Labelled
    why: str


def store_faces(
    folder: Path,
    crops: NDArray[np.uint8],
    crop_rows: Int64,
    photographs: Sequence[Labelled],
    entries: Sequence[Entry],
) -> None:
    """Write faces.npy and faces.csv.

    Args:
        crops: (m, S, S, 3) of which `crop_rows` (n,) are taken.
        photographs, entries: n, in the order of the rows.
    """
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)),
        "fortran_order": False,
        "shape": (len(crop_rows), *crops.shape[1:]),
    }
    # Written, not mapped: on a full disk a mapped page that cannot be kept ends the process.
    with (folder / IMAGES).open("wb") as out:
        np.lib.format.write_array_header_1_0(out, header)
        for place in crop_rows.tolist():
            out.write(np.ascontiguousarray(crops[place]).tobytes())
    with open_table(folder / TABLE) as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row, (one, entry) in enumerate(zip(photographs, entries, strict=True)):
            points = [f"{value:.3f}" for value in entry.landmarks]
            quality = f"{entry.quality:.4f}"
            writer.writerow((row, one.subject, one.source, entry.digest, quality, *points))


def store_left_out(folder: Path, left_out: Sequence[LeftOut]) -> None:
    """Write what is not among the faces, with the reason."""
    with open_table(folder / LEFT_OUT) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("source", "subject", "why"))
        writer.writerows((one.photograph.source, one.photograph.subject, one.why)
                         for one in left_out)  # fmt: skip


def store_splits(folder: Path, splits: Mapping[str, Int64]) -> None:
    """Write a file for each split."""
    (folder / SPLITS).mkdir(exist_ok=True)
    for name, part in splits.items():
        write_split(folder / SPLITS / f"{name}.csv", part)


def store_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Write data.json, which says that everything else is there."""
    written = {"version": VERSION, **about, "fingerprint": fingerprint(folder)}
    write_about(folder, written)
