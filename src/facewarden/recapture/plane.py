"""A flat medium before a pinhole camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32

Float64 = NDArray[np.float64]


def homography(
    *,
    tilt_deg: Float64,
    at_px: Float64,
    px_per_unit: float,
    focal_px: float,
    centre_px: tuple[float, float],
) -> Float64:
    """Return the (3, 3) mapping of places on the medium to the camera's pixels.

    Args:
        tilt_deg: (3,) rotation about the vertical axis, the horizontal axis and in the plane.
        at_px: (2,) where the medium's origin is seen.
        px_per_unit: size of one unit of the medium at its origin.
        focal_px, centre_px: of the camera.
    """
    yaw, pitch, roll = np.deg2rad(tilt_deg)
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    about_z = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    turned = about_y @ about_x @ about_z
    distance = focal_px / px_per_unit
    place = np.array([*(np.asarray(at_px) - centre_px) / px_per_unit, distance])
    camera = np.array([[focal_px, 0, centre_px[0]], [0, focal_px, centre_px[1]], [0, 0, 1]])
    mapping = camera @ np.column_stack([turned[:, 0], turned[:, 1], place])
    return np.asarray(mapping / mapping[2, 2])


def places(mapping: Float64, size: tuple[int, int]) -> tuple[Float32, Float32]:
    """Return for each pixel of a camera of this width and height where on the medium it looks.

    Returns:
        Two (H, W) float32, in units of the medium; `mapping` is from the medium to pixels.
    """
    back = np.linalg.inv(mapping)
    x = np.arange(size[0], dtype=np.float64)
    y = np.arange(size[1], dtype=np.float64)
    # float32 holds a place to 1e-4 of the finest period that is drawn on a medium.
    rows = [
        (row[0] * x).astype(np.float32)[None, :] + (row[1] * y + row[2]).astype(np.float32)[:, None]
        for row in back
    ]
    depth = 1 / rows[2]
    return rows[0] * depth, rows[1] * depth


def steps(mapping: Float64, at: tuple[float, float]) -> Float64:
    """Return the (2, 2) change of the place on the medium with a step of one pixel, at a pixel."""
    back = np.linalg.inv(mapping)
    x, y, w = back @ [at[0], at[1], 1.0]
    return np.array(
        [
            [(back[0, k] * w - x * back[2, k]) / w**2 for k in (0, 1)],
            [(back[1, k] * w - y * back[2, k]) / w**2 for k in (0, 1)],
        ]
    )


def covered(mapping: Float64, corners: Float64, size: tuple[int, int]) -> Float32:
    """Return how much of each pixel a polygon on the medium covers, (H, W) float32 in [0, 1].

    Args:
        corners: (k, 2) of a convex polygon, in units of the medium.
    """
    seen = np.column_stack([corners, np.ones(len(corners))]) @ mapping.T
    points = seen[:, :2] / seen[:, 2:]
    mask = np.zeros((size[1], size[0]), np.uint8)
    shift = 6  # OpenCV's fixed point: 1/64 px
    fixed = np.round(np.clip(points, -1e4, 1e4) * (1 << shift)).astype(np.int32)
    cv2.fillConvexPoly(mask, fixed, 255, cv2.LINE_AA, shift)
    return np.asarray(mask, np.float32) / np.float32(255)
