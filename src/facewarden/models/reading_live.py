"""How the first output of a presentation attack detector is read."""

import numpy as np

from facewarden.data import Float32


def live_of(output: Float32) -> Float32:
    """Return (n,) scores, 1 for a living person.

    Args:
        output: (n,) such scores, taken as they are; or (n, 2) logits of real and spoof, whose
            softmax is taken.
    """
    if output.ndim == 1:
        return output
    exponent = np.exp(output - output.max(axis=1, keepdims=True))
    return np.asarray(exponent[:, 0] / exponent.sum(axis=1), np.float32)
