"""The templates of a gallery in memory, whole or as bytes."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32

LEVELS = 127
"""Steps on either side of zero in a signed byte."""


class KeptVectors(Protocol):
    """Unit vectors, a row each, in some form that gives them back exactly or nearly."""

    @classmethod
    def of(cls, vectors: Float32) -> Self:
        """Keep (r, d) unit vectors."""
        ...

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put parts of the same dimension one below the other, exactly as they are."""
        ...

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the chosen rows, by index or by mask, exactly as they are."""
        ...

    def restored(self, rows: NDArray[Any] | slice) -> Float32:
        """Return (n, d) the chosen rows as vectors."""
        ...

    @property
    def error(self) -> float:
        """The largest length of (vector - restored); no similarity is off by more."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        ...

    def __len__(self) -> int: ...


class WholeVectors:
    """Vectors as they are, 4 bytes a number."""

    def __init__(self, values: Float32) -> None:
        self._values = values

    @classmethod
    def of(cls, vectors: Float32) -> Self:
        """Keep (r, d) vectors."""
        return cls(np.ascontiguousarray(vectors, np.float32))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put parts one below the other."""
        return cls(np.concatenate([part._values for part in parts]))

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the chosen rows."""
        return type(self)(self._values[rows])

    def restored(self, rows: NDArray[Any] | slice) -> Float32:
        """Return (n, d) the chosen rows."""
        return self._values[rows]

    @property
    def error(self) -> float:
        """Nothing is lost."""
        return 0.0

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self._values.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._values.nbytes

    def __len__(self) -> int:
        return len(self._values)


class ByteVectors:
    """Vectors as signed bytes and a step for each, d + 2 bytes.

    A number x is kept as round(x / step), where step is the vector's largest number / 127. A byte
    times a float16 step is exact in float32, so that restoring adds no error.
    """

    def __init__(self, codes: NDArray[np.int8], step: NDArray[np.float16], error: float) -> None:
        self._codes = codes
        self._step = step
        self._error = error

    @classmethod
    def of(cls, vectors: Float32) -> Self:
        """Keep (r, d) unit vectors."""
        largest = np.abs(vectors).max(axis=1, initial=0)
        step = (largest / np.float32(LEVELS)).astype(np.float16)
        wide = step.astype(np.float32)[:, None]
        codes = np.clip(np.rint(vectors / wide), -LEVELS, LEVELS).astype(np.int8)
        lost = np.linalg.norm(vectors - codes * wide, axis=1)
        return cls(codes, step, float(lost.max(initial=0)))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put parts one below the other: bytes are copied, not made again."""
        return cls(
            np.concatenate([part._codes for part in parts]),
            np.concatenate([part._step for part in parts]),
            max(part._error for part in parts),
        )

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the chosen rows."""
        return type(self)(self._codes[rows], self._step[rows], self._error)

    def restored(self, rows: NDArray[Any] | slice) -> Float32:
        """Return (n, d) the chosen rows, nearly as they were."""
        return self._codes[rows] * self._step[rows].astype(np.float32)[:, None]

    @property
    def error(self) -> float:
        """The largest length of what rounding took from a vector."""
        return self._error

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self._codes.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._codes.nbytes + self._step.nbytes

    def __len__(self) -> int:
        return len(self._codes)
