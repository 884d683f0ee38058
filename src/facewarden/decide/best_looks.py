"""The best looks of one track, kept small while the person is in view; in memory only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from facewarden.data import Snapshot, Templates

MOST_LOOKS: Final = 12
"""As many looks as a track gets before it is spared (`decision.max_looks`), so that by default
every one is there. A picture has 5.1 kB (95 % below 6.0) and a template 0.5 kB: 67 kB
a track (2026-11-22, 300 photographs of lfw-dev)."""


@dataclass(frozen=True, slots=True)
class KeptLook:
    """One embedded look of a track.

    Attributes:
        number: which look of the track, from 1.
        seen_at: capture time, UTC.
        quality: in [0, 1].
        template: (1, d), of this look alone.
        picture: of the face and what is close around it.
    """

    number: int
    seen_at: datetime
    quality: float
    template: Templates
    picture: Snapshot


class BestLooks:
    """At most so many looks, those of the highest quality; of equal ones the earlier."""

    __slots__ = ("_kept", "_most")

    def __init__(self, most: int = MOST_LOOKS) -> None:
        self._most = most
        self._kept: list[KeptLook] = []

    def wants(self, quality: float) -> bool:
        """Return whether a look of this quality would be kept, before its picture is made."""
        return len(self._kept) < self._most or quality > self._kept[-1].quality

    def add(self, look: KeptLook) -> None:
        """Keep a look, where it is among the best."""
        self._kept.append(look)
        self._kept.sort(key=lambda one: (-one.quality, one.number))
        del self._kept[self._most :]

    def best_first(self) -> tuple[KeptLook, ...]:
        """Return what is kept."""
        return tuple(self._kept)
