"""How good a look is: size, sharpness, pose and brightness of an aligned face.

Each part is the share of the similarity of a genuine pair that is left when this property alone is
as bad as that of the look; so 1 is as good as a good photograph, 0 tells nothing, and the four have
one scale. The curves below were measured on 2026-11-22 by `python -m benchmarks.quality SHARED`:
250 genuine pairs of the shared half of LFW (1,500 for the turn of the head), one picture of each
degraded, default models. Quality is the lowest part: on looks made small, blurred and dark at once
it ranked what was left of similarity like the product of the parts (Spearman 0.71 and 0.70).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.assess.pose import angles_deg
from facewarden.data import Assessment, Faces, Float32

Float64 = NDArray[np.float64]
Curve = tuple[tuple[float, ...], tuple[float, ...]]

SIZE: Curve = ((0, 12, 16, 20, 24, 32, 40, 56, 80), (0, 0.40, 0.59, 0.71, 0.79, 0.9, 0.95, 0.98, 1))
SHARPNESS: Curve = (
    (-4.5, -3.82, -3.46, -3.16, -2.98, -2.75, -2.46, -2.09, -1.89, -1.7, -1.49),
    (0.0, 0.09, 0.24, 0.42, 0.55, 0.69, 0.82, 0.93, 0.97, 0.99, 1.0),
)
# LFW has 24 pairs beyond 40 deg, none near the profile: the fall to 0 there is drawn, not measured.
TURN: Curve = ((0, 22, 27, 35, 45, 90), (1.0, 1.0, 0.97, 0.95, 0.9, 0.0))
CONTRAST: Curve = (
    (0, 1.09, 1.73, 2.41, 4.56, 9.33, 18.6, 37.2),
    (0, 0.13, 0.44, 0.62, 0.84, 0.94, 0.98, 1),
)
OVEREXPOSED: Curve = (
    (0, 0.03, 0.2, 0.32, 0.47, 0.66, 0.77, 0.88, 0.94, 0.98, 1),
    (1, 0.99, 0.95, 0.91, 0.83, 0.69, 0.56, 0.41, 0.29, 0.25, 0),
)

# Of the 112x112 crop, what is face on nearly every look: brows to mouth, cheek to cheek.
_FACE = np.s_[32:104, 24:88]
_DENOISE_SIGMA_PX = 1.0


def sharpness(grey: Float32) -> Float64:
    """Return the (n,) mean fourth power of spatial frequency of (n, 112, 112) crops.

    Energy of the Laplacian over energy of the picture, both after a blur of one px that takes
    out most of the sensor's noise. Contrast and brightness cancel out, and any further blur
    lowers it, because it takes more from high frequencies than from low ones.
    """
    found = np.zeros(len(grey))
    for row, crop in enumerate(grey):
        smooth = cv2.GaussianBlur(crop, (0, 0), _DENOISE_SIGMA_PX)
        detail = cv2.Laplacian(smooth, cv2.CV_32F)[_FACE]
        found[row] = detail.var() / max(float(smooth[_FACE].var()), 1.0)
    return found


def contrast(grey: Float32) -> Float64:
    """Return the (n,) standard deviation of (n, 112, 112) crops, in grey levels of 255."""
    deviation: Float64 = grey[:, *_FACE].std(axis=(1, 2)).astype(np.float64)
    return deviation


def overexposed(crops: NDArray[np.uint8]) -> Float64:
    """Return the (n,) share of values of (n, 112, 112, 3) crops at the upper end of the scale."""
    share: Float64 = (crops[:, *_FACE] >= 254).mean(axis=(1, 2, 3))
    return share


def _on(curve: Curve, values: Float64) -> Float32:
    return np.interp(values, *curve).astype(np.float32)


class Quality:
    """Rates looks by measured curves; says nothing about liveness (NaN)."""

    def assess(self, crops: NDArray[np.uint8], faces: Faces) -> Assessment:
        """Rate n looks; see `Assessor`."""
        if not len(faces):
            return Assessment.empty()
        grey = np.stack([cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY) for crop in crops])
        grey = grey.astype(np.float32)
        turn = np.abs(angles_deg(faces.landmarks)[:, :2]).max(axis=1)
        parts = (
            _on(SIZE, faces.height_px.astype(np.float64)),
            _on(SHARPNESS, np.log10(np.maximum(sharpness(grey), 1e-6))),
            _on(TURN, turn),
            np.minimum(_on(CONTRAST, contrast(grey)), _on(OVEREXPOSED, overexposed(crops))),
        )
        lowest = np.minimum.reduce(parts)
        return Assessment(lowest, *parts, live=np.full(len(faces), np.nan, np.float32))
