"""The similarity transform as Umeyama (1991) derives it: geometry/similarity.py's slow twin."""

import numpy as np
from numpy.typing import NDArray


def similarity_transform(
    points: NDArray[np.float64], template: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One (2, 3) transform by singular value decomposition, eqs. 34-43."""
    source_mean, target_mean = points.mean(axis=0), template.mean(axis=0)
    source, target = points - source_mean, template - target_mean
    covariance = target.T @ source / len(points)
    left, values, right = np.linalg.svd(covariance)
    sign = np.diag([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = left @ sign @ right
    scale = np.trace(np.diag(values) @ sign) / source.var(axis=0).sum()
    shift = target_mean - scale * rotation @ source_mean
    return np.column_stack([scale * rotation, shift])
