"""The kinds of presentation that are simulated."""

from enum import StrEnum


class Species(StrEnum):
    """A bona fide presentation, or a kind of attack (ISO/IEC 30107-1: presentation attack species).

    Print: a photograph on paper. Warped: one that is bent. Cut: one through whose eye holes living
    eyes look. Display: a photograph on a screen. Replay: the clip on a screen.
    """

    BONA_FIDE = "bona fide"
    PRINT = "print"
    CUT = "cut"
    WARPED = "warped"
    DISPLAY = "display"
    REPLAY = "replay"

    @property
    def attack(self) -> bool:
        """Whether it is an attack presentation."""
        return self is not Species.BONA_FIDE

    @property
    def on_paper(self) -> bool:
        """Whether the medium is a sheet of paper."""
        return self in {Species.PRINT, Species.CUT, Species.WARPED}


ATTACKS = tuple(species for species in Species if species.attack)
