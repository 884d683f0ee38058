"""A drawn face: something for a detector to find where no photograph may be shipped."""

import numpy as np

from facewarden.data import Float32, Image

# Ellipses in units of half the face's height about its centre, painted in this order:
# centre x, centre y, radius x, radius y, blue, green, red.
_FEATURES = (
    (0.0, -0.25, 0.85, 1.05, 30, 35, 45),  # hair
    (0.0, 0.0, 0.72, 0.98, 140, 165, 205),  # skin
    (-0.3, -0.32, 0.2, 0.035, 40, 50, 60),  # brows
    (0.3, -0.32, 0.2, 0.035, 40, 50, 60),
    (-0.3, -0.17, 0.14, 0.07, 235, 235, 235),  # eyes
    (0.3, -0.17, 0.14, 0.07, 235, 235, 235),
    (-0.3, -0.17, 0.065, 0.07, 40, 40, 40),  # pupils
    (0.3, -0.17, 0.065, 0.07, 40, 40, 40),
    (0.0, 0.1, 0.1, 0.16, 120, 145, 190),  # nose
    (-0.1, 0.2, 0.05, 0.03, 70, 85, 120),  # nostrils
    (0.1, 0.2, 0.05, 0.03, 70, 85, 120),
    (0.0, 0.5, 0.27, 0.08, 80, 80, 160),  # mouth
)
_SOFTNESS = 0.15


def draw_phantom(
    height_px: int, width_px: int, faces: tuple[tuple[float, float, float], ...]
) -> Image:
    """Draw upright faces on grey; YuNet finds those of 40 px and more with confidence above 0.9.

    Args:
        faces: of each, centre x, centre y and half its height, px.

    Returns:
        (height, width, 3) uint8 BGR; the same on every machine.
    """
    row, column = np.mgrid[:height_px, :width_px].astype(np.float32)
    picture = np.full((height_px, width_px, 3), 125, np.float32)
    for centre_x, centre_y, size in faces:
        x, y = (column - centre_x) / size, (row - centre_y) / size
        for *ellipse, blue, green, red in _FEATURES:
            weight = _weight(x, y, *ellipse)
            picture += weight * (np.array([blue, green, red], np.float32) - picture)
    return picture.astype(np.uint8)


def _weight(
    x: Float32, y: Float32, at_x: float, at_y: float, radius_x: float, radius_y: float
) -> Float32:
    distance = ((x - at_x) / radius_x) ** 2 + ((y - at_y) / radius_y) ** 2
    weight = np.clip((1 + _SOFTNESS - distance) / (2 * _SOFTNESS), 0, 1)
    return np.asarray(weight[..., None], np.float32)
