"""The similarity transform between two sets of points: rotation, one scale, translation."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.data.arrays import require_shape
from facewarden.errors import DataError

ARCFACE_112: tuple[tuple[float, float], ...] = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Where the five landmarks lie in a 112x112 px aligned face: Deng et al., ArcFace (CVPR 2019),
section 4.1, as published with its code; SFace and most embedders since were trained on it."""

DLIB_150: tuple[tuple[float, float], ...] = (
    (47.18, 46.02),
    (102.55, 45.62),
    (74.87, 78.55),
    (51.71, 103.75),
    (99.15, 103.99),
)
"""Where YuNet's landmarks lie on average in dlib's 150x150 px chip with padding 0.25: the mean over
508 images of lfw-dev without the 5 % that differ most, of which dlib's own five-point model made
chips (2026-11-22). Of a single face the points are 4.2 px from there (median): dlib aligns to
corners of the eyes and base of the nose, which it finds by itself."""


def similarity_transform(points: Float32, template: Float32) -> Float32:
    """Return the transforms that bring each set of points closest to the template.

    Least squares over rotation, scale and translation, without reflection: Umeyama (1991), eqs.
    40-42. In the plane it has a closed form: with points as complex numbers, z' = a z + b where
    a = sum(conj(z - mean z) (w - mean w)) / sum(|z - mean z|^2).

    Args:
        points: (n, k, 2) float32 px.
        template: (k, 2) float32 px.

    Returns:
        (n, 2, 3) float32, to be multiplied with (x, y, 1).

    Raises:
        DataError: wrong shapes, or points that all coincide or are not finite.
    """
    require_shape("template", template, (None, 2), np.float32)
    require_shape("points", points, (None, len(template), 2), np.float32)
    if not np.isfinite(points).all():
        raise DataError("landmarks are not finite")
    source = points[..., 0].astype(np.complex128) + 1j * points[..., 1]
    target = template[:, 0].astype(np.complex128) + 1j * template[:, 1]
    source_mean = source.mean(axis=1)
    source_centred = source - source_mean[:, None]
    spread = (np.abs(source_centred) ** 2).sum(axis=1)
    if not (spread > 1e-6).all():
        raise DataError("landmarks do not span a face", expected="points that do not coincide")
    turn = (source_centred.conj() * (target - target.mean())).sum(axis=1) / spread
    shift = target.mean() - turn * source_mean
    rows = [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    return np.moveaxis(np.array(rows, np.float32), -1, 0)


def roll_deg(landmarks: Float32) -> NDArray[np.float64]:
    """Return (n,) how far faces lean clockwise, as a viewer sees it, in (-180, 180] degrees.

    Of all five landmarks: the turn of `similarity_transform` from the upright template. One that
    does not span a face leans by 0.

    Args:
        landmarks: (n, 5, 2) px, in the order of `Faces.landmarks`; n may be 0.
    """
    points = landmarks[..., 0].astype(np.complex128) + 1j * landmarks[..., 1]
    x, y = np.array(ARCFACE_112).T
    upright = x - x.mean() + 1j * (y - y.mean())
    return np.asarray(np.degrees(np.angle((upright.conj() * points).sum(axis=1))), np.float64)
