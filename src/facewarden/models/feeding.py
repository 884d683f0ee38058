"""From pictures to a model's input, as its card says."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.models.model_input import ModelInput


def feed(pictures: NDArray[np.uint8], side: ModelInput) -> Float32:
    """Return the input for n pictures, or n clips, of one size.

    Args:
        pictures: (n, height, width, 3) uint8 BGR, or (n, looks, height, width, 3).

    Returns:
        contiguous float32, n x 3 x height x width or n x height x width x 3 as the layout says;
        with looks after n where they were given.
    """
    ordered = pictures[..., ::-1] if side.colour == "rgb" else pictures
    channels_last = side.layout == "nhwc"
    batch = np.ascontiguousarray(
        ordered if channels_last else np.moveaxis(ordered, -1, -3), np.float32
    )
    if side.standardise == "image":
        return _standardised(batch)
    per_channel = (3,) if channels_last else (3, 1, 1)
    if side.mean != 0:
        batch -= _factor(side.mean, per_channel)
    if side.scale != 1:
        batch *= _factor(side.scale, per_channel)
    return batch


def _factor(value: float | tuple[float, float, float], shape: tuple[int, ...]) -> Float32:
    factor = np.array(value, np.float32)
    return factor.reshape(shape) if factor.ndim else factor


def _standardised(batch: Float32) -> Float32:
    axes = (-3, -2, -1)
    count = float(np.prod(batch.shape[-3:]))
    centred = batch - batch.mean(axis=axes, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=axes, keepdims=True))
    return np.asarray(centred / np.maximum(spread, 1 / np.sqrt(count)), np.float32)
