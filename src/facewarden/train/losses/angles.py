"""From cosines to angles, safely where a vector lies on its centre.

The slope of acos is infinite at 1 and -1. Both functions keep a distance of the type's resolution
from there, beyond which the slope is 0: what is already as near as numbers tell needs no push.
"""

import math

import torch
from torch import Tensor


def angle_of(cosine: Tensor) -> Tensor:
    """Return the angle of a cosine, radians, in (0, pi)."""
    margin = torch.finfo(cosine.dtype).eps
    return cosine.clamp(-1 + margin, 1 - margin).acos()


def sine_of(cosine: Tensor) -> Tensor:
    """Return the sine of the angle of a cosine, above 0."""
    return (1 - cosine.square()).clamp_min(torch.finfo(cosine.dtype).eps).sqrt()


def falling_cosine(angle: Tensor) -> Tensor:
    """Return (-1)^k cos(angle) - 2k with k = floor(angle / pi): the cosine, falling for ever.

    SphereFace's psi (Liu et al., 2017, section 3.2): equal to the cosine up to pi, continuous, and
    lower the larger the angle, so that a margin never rewards what it should punish.
    """
    k = (angle.detach() / math.pi).floor()
    sign = 1 - 2 * k.remainder(2)
    return sign * angle.cos() - 2 * k
