"""Writes prepared clips: the same looks give the same bytes."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.measure.clip_list import ClipEntry
from facewarden.train.prepared_folder import LEFT_OUT, open_table, write_about
from facewarden.train.presentation.prepared_clips import (
    COLUMNS,
    LOOKS,
    TABLE,
    TIMES,
    VERSION,
    fingerprint,
)


class ClipStore:
    """A folder of prepared clips that is being written.

    Args:
        folder: made if it is new; only its owner may read it.
        size_px: side of the looks.
    """

    def __init__(self, folder: Path, size_px: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._size_px = folder, size_px
        self._rows: list[tuple[object, ...]] = []
        self._times: list[float] = []
        self._out = (folder / LOOKS).open("wb")

    def add(
        self, entry: ClipEntry, looks: Sequence[NDArray[np.uint8]], at_s: Sequence[float]
    ) -> None:
        """Write a clip's looks, each (S, S, 3) uint8 RGB, in order of time.

        Args:
            at_s: seconds since the clip began, one for each look.
        """
        for look in looks:
            self._out.write(np.ascontiguousarray(look).tobytes())
        self._rows.append(
            (str(entry.path), entry.subject, entry.species, entry.instrument, entry.session,
             entry.part, len(self._times), len(looks))
        )  # fmt: skip
        self._times.extend(at_s)

    def finish(
        self, about: Mapping[str, Any], left_out: Sequence[tuple[ClipEntry, str]] = ()
    ) -> None:
        """Write the tables, and last what says that everything is there."""
        self.close()
        np.save(self._folder / TIMES, np.array(self._times, np.float32))
        self._table(TABLE, COLUMNS, self._rows)
        whys = [(str(entry.path), entry.subject, entry.species, why) for entry, why in left_out]
        self._table(LEFT_OUT, ("path", "subject", "species", "why"), whys)
        told = {
            "version": VERSION,
            "size_px": self._size_px,
            "clips": len(self._rows),
            "looks": len(self._times),
            **about,
            "fingerprint": fingerprint(self._folder),
        }
        write_about(self._folder, told)

    def close(self) -> None:
        """Close the file of looks."""
        self._out.close()

    def _table(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        with open_table(self._folder / name) as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
