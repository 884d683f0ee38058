"""Names for the array types that cross stage borders, and the checks of their shapes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import DataError

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Image = NDArray[np.uint8]
"""(H, W, 3) uint8, BGR."""


def require_shape(
    name: str, array: NDArray[Any], shape: tuple[int | None, ...], dtype: type[np.generic]
) -> None:
    """Raise DataError unless `array` has `dtype` and `shape` (None stands for any length)."""
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype != dtype:
        want_text = "x".join("any" if want is None else str(want) for want in shape)
        raise DataError(
            f"{name} has the wrong shape or type",
            expected=f"{want_text} {np.dtype(dtype).name}",
            found=f"{'x'.join(map(str, array.shape))} {array.dtype.name}",
        )
