"""Biometric templates of one model."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from facewarden.data.arrays import Float32, require_shape
from facewarden.errors import DataError


@dataclass(frozen=True, slots=True)
class Templates:
    """n unit vectors and the model that made them; those of different models never meet.

    Attributes:
        vectors: (n, d) float32, each row of length 1 to within 1e-3.
        model_id: the id of the embedder's card.

    Raises:
        DataError: rows that are not finite unit vectors.
    """

    vectors: Float32
    model_id: str

    def __post_init__(self) -> None:
        require_shape("Templates.vectors", self.vectors, (None, None), np.float32)
        length = np.linalg.norm(self.vectors, axis=1)
        if not np.allclose(length, 1.0, atol=1e-3):
            raise DataError("Templates.vectors are not unit vectors", found=f"lengths {length}")

    @classmethod
    def normalised(cls, vectors: Float32, model_id: str) -> Self:
        """Scale rows to unit length; rows of zeros or with NaN are refused by the constructor."""
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return cls((vectors / np.maximum(length, 1e-12)).astype(np.float32), model_id)

    @classmethod
    def empty(cls, dimension: int, model_id: str) -> Self:
        """No template."""
        return cls(np.zeros((0, dimension), np.float32), model_id)

    def __len__(self) -> int:
        return len(self.vectors)

    def require_model(self, model_id: str) -> None:
        """Raise DataError unless these templates were made by `model_id`."""
        if self.model_id != model_id:
            raise DataError(
                "templates of different models cannot be compared",
                expected=model_id,
                found=self.model_id,
                remedy="enrol again with the model in use",
            )
