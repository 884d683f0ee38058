"""What the assess stage says about the looks of a picture."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from facewarden.data.arrays import Float32, require_shape
from facewarden.errors import DataError


@dataclass(frozen=True, slots=True)
class Assessment:
    """Quality of n aligned faces; higher is better, NaN where not assessed.

    Attributes:
        quality: (n,) float32 in [0, 1], the lowest of the four parts, after ISO/IEC 29794-5's
            idea that a sample is as good as its worst property.
        size, sharpness, pose, brightness: (n,) float32 in [0, 1], the parts.
        live: (n,) float32 in [0, 1], 1 for a bona fide presentation.

    Raises:
        DataError: columns of different length, or values outside [0, 1].
    """

    quality: Float32
    size: Float32
    sharpness: Float32
    pose: Float32
    brightness: Float32
    live: Float32

    def __post_init__(self) -> None:
        n = len(self.quality)
        for name in self.__slots__:
            column = getattr(self, name)
            require_shape(f"Assessment.{name}", column, (n,), np.float32)
            known = column[~np.isnan(column)]
            if known.size and (known.min() < 0 or known.max() > 1):
                raise DataError(f"Assessment.{name} is out of range", expected="[0, 1] or NaN")

    @classmethod
    def empty(cls) -> Self:
        """Nothing assessed."""
        none = np.zeros(0, np.float32)
        return cls(none, none, none, none, none, none)

    def __len__(self) -> int:
        return len(self.quality)

    def weakest(self, row: int) -> str:
        """Name the part that holds the quality of one look down."""
        parts = ("size", "sharpness", "pose", "brightness")
        return min(parts, key=lambda part: float(getattr(self, part)[row]))
