"""What presentation attack detection says of one track: a living person, or a picture of one."""

from dataclasses import dataclass
from enum import StrEnum


class PresentationRule(StrEnum):
    """What a watchlist does about presentation attacks."""

    OFF = "off"
    ANNOTATE = "annotate"
    HOLD = "hold"


class PresentationVerdict(StrEnum):
    """The outcome, in the words of ISO/IEC 30107-3."""

    BONA_FIDE = "bona fide"
    ATTACK = "attack"
    UNSETTLED = "unsettled"
    NOT_ASSESSED = "not assessed"


@dataclass(frozen=True, slots=True)
class Presentation:
    """The verdict on one track, and what it is made of.

    Attributes:
        verdict: UNSETTLED while more looks may come; NOT_ASSESSED where no model could be asked.
        live: what all models say together, in [0, 1], higher is more like a bona fide
            presentation; None where none was asked.
        threshold: `live` below it is an attack.
        picture: the same of the model that sees one picture; None where it was not asked.
        clip: the same of the model that sees several looks; None where it was not asked.
        looks: of the track that the clip model saw.
        models: ids of those asked.
        reason: why it was not assessed, or not wholly, in words; empty where nothing is missing.
    """

    verdict: PresentationVerdict
    live: float | None = None
    threshold: float = 0.5
    picture: float | None = None
    clip: float | None = None
    looks: int = 0
    models: tuple[str, ...] = ()
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether it is one or the other."""
        return self.verdict in (PresentationVerdict.BONA_FIDE, PresentationVerdict.ATTACK)
