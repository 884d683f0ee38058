"""How alike to a watchlist the people are who raise no alert: counts of similarities, nothing else.

No template, no time, no camera and no name is written, and never a single track: counts stay in
memory until LEAST_AT_ONCE tracks of a list, a group of cameras and a model have come together, and
then their bins are written at once. Whoever reads the store before and after learns how alike fifty
people or more were to the most alike subject, and not which of them was how alike, nor when. What
has not come together when the watch ends is forgotten.
"""

import threading
from collections import Counter
from typing import Final, NamedTuple

from sqlalchemy import select

from facewarden.store.database import Database, insert_into
from facewarden.store.tables import impostor_bin

LEAST_AT_ONCE: Final = 50
LEAST_EVER: Final = 200
"""Fewer are not told: as `decide.site` says, they would mean nothing."""


class HistogramOf(NamedTuple):
    """What a histogram is of.

    Attributes:
        model: the embedder's id, engine and precision, in words; similarities of others differ.
    """

    watchlist: str
    camera_group: str
    model: str


class Impostors:
    """Histograms by watchlist, group of cameras and model."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: dict[HistogramOf, Counter[int]] = {}

    def add(self, of: HistogramOf, place: int) -> None:
        """Count a track in bin `place`.

        Raises:
            StoreBusy, StoreFull: the counts could not be written and are kept; this one was not
                counted, so that the call can be made again.
        """
        with self._lock:
            waiting = self._waiting.setdefault(of, Counter())
            full = waiting.total() >= LEAST_AT_ONCE
            taken = self._waiting.pop(of) if full else Counter[int]()
        try:
            if taken:
                self._write(of, taken)
        except BaseException:
            with self._lock:
                self._waiting.setdefault(of, Counter()).update(taken)
            raise
        with self._lock:
            self._waiting.setdefault(of, Counter())[place] += 1

    def counts(self, watchlist: str, model: str) -> dict[str, dict[int, int]]:
        """Return tracks by bin and group of cameras, of groups with LEAST_EVER tracks or more."""
        found: dict[str, dict[int, int]] = {}
        with self._database.read() as connection:
            for row in connection.execute(
                select(impostor_bin).where(
                    impostor_bin.c.watchlist == watchlist, impostor_bin.c.model == model
                )
            ):
                found.setdefault(row.camera_group, {})[row.bin] = row.tracks
        return {
            group: counts for group, counts in found.items() if sum(counts.values()) >= LEAST_EVER
        }

    def _write(self, of: HistogramOf, counts: Counter[int]) -> None:
        with self._database.write() as connection:
            for place, tracks in sorted(counts.items()):
                new = insert_into(connection, impostor_bin).values(
                    **of._asdict(), bin=place, tracks=tracks
                )
                connection.execute(
                    new.on_conflict_do_update(
                        index_elements=[*HistogramOf._fields, "bin"],
                        set_={"tracks": impostor_bin.c.tracks + new.excluded.tracks},
                    )
                )
