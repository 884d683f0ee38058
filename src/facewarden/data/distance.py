"""Euclidean distance and cosine of unit vectors: two ways to say the same.

For unit vectors |a - b|^2 = 2 - 2 a.b. Everywhere in facewarden stands the cosine, the similarity;
a distance is what some users think in, and is turned into similarity where it is read.
"""

import math

from facewarden.errors import DataError

LARGEST_DISTANCE = 2.0
"""Between unit vectors that point away from each other."""


def similarity_from_distance(distance: float) -> float:
    """Return the cosine in [-1, 1] of unit vectors at a Euclidean distance in [0, 2].

    Raises:
        DataError: a distance that unit vectors cannot have.
    """
    if not 0 <= distance <= LARGEST_DISTANCE:  # also refuses NaN
        raise DataError(
            "unit vectors have no such distance",
            expected="a Euclidean distance from 0 to 2",
            found=f"{distance:g}",
            remedy="distances of vectors that are not of length 1, as dlib's, do not apply",
        )
    return 1 - distance**2 / 2


def distance_from_similarity(similarity: float) -> float:
    """Return the Euclidean distance in [0, 2] of unit vectors with a cosine in [-1, 1]."""
    return math.sqrt(max(0.0, 2 - 2 * similarity))
