"""What a site's own strangers say about the calibration, from counts of similarities alone."""

from collections.abc import Mapping

import numpy as np

BIN = 0.005
"""Width of a bin of similarity."""
LEAST_TRACKS = 200
"""Below so many tracks a site says nothing: the standard error of the lower quartile, with the
spread of 0.05 that best similarities have, is 0.005 here, one bin."""
HALF_TRUSTED = 500
"""Tracks with which a site's word weighs as much as the calibration's."""
MOST_UP = 0.05
"""Similarity by which a site may raise a threshold: people of a list who pass without alert look
like strangers that are very alike, and must not shut the list off."""


def site_shift(counts: Mapping[int, int]) -> float:
    """Return by how much a site's strangers are more alike than the calibration says.

    The lower quartile is compared, which has two reasons. People who are on the list and raise no
    alert stand at the upper end: with one track in four of them, the lower quartile of strangers
    moves by 0.01, the mean by 0.05. And it is where most of the counts are. The whole distribution
    is taken to move with it.

    Pooled with the calibration by weight: n tracks of the site weigh n / (n + HALF_TRUSTED). A
    site never lowers a threshold. Poor looks move the lower quartile down and leave the tail: on
    33 tracks of 10 real clips the quartile would have lowered thresholds by 0.013, and false
    alerts would have risen from 1.0 to 1.7 times the budget (2026-11-22, bench calibration).

    Args:
        counts: tracks by bin; bin b holds best similarities from b * BIN to (b + 1) * BIN above the
            ordinary one of the calibration (`InForce.ordinary`).

    Returns:
        In [0, MOST_UP]; 0 below LEAST_TRACKS.
    """
    total = sum(counts.values())
    if total < LEAST_TRACKS:
        return 0.0
    places = np.array(sorted(counts))
    reach = np.cumsum([counts[place] for place in places.tolist()])
    middle = (places + 0.5) * BIN

    found = float(np.interp(0.25 * total, reach - np.diff(reach, prepend=0) / 2, middle))
    weight = total / (total + HALF_TRUSTED)
    return float(np.clip(weight * found, 0.0, MOST_UP))
