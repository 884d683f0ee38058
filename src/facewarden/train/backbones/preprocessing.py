"""How a network is fed; it stays with the network, so that training and export cannot disagree."""

from dataclasses import dataclass

from facewarden.errors import DataError


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The input is (pixel - mean) * scale of RGB pixels from 0 to 255, as a card's input says it.

    Raises:
        DataError: a scale that is not positive.
    """

    mean: float
    scale: float

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise DataError("a scale must be positive", found=f"{self.scale}")


CENTRED = Preprocessing(127.5, 1 / 127.5)
"""Pixels from -1 to 1: ArcFace's code and its successors' ((x - 127.5) / 127.5)."""

CENTRED_128 = Preprocessing(127.5, 1 / 128)
"""Pixels from -0.996 to 0.996: (x - 127.5) / 128, as MobileFaceNet, SphereFace, CosFace, SFace."""
