"""Where on a held medium each pixel of a camera looks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.recapture.camera import Camera
from facewarden.recapture.parameters import CameraParameters, HandParameters, SheetParameters
from facewarden.recapture.plane import homography, places, steps
from facewarden.recapture.sway import Sway

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """A medium at one moment.

    Attributes:
        corner: left and top of the part of the sensor in which it is seen, px.
        x, y: (h, w) float32 place on the flat medium for each pixel of that part, in heights of
            the face from its centre.
        steps: (2, 2) change of x and y with a pixel to the right and downwards, at the face.
        px_per_unit: pixels for one height of the face.
        aperture, lens_px: of the camera.
        face: where the face's centre is seen, sensor px.
        tilt_deg: (3,) rotation of the medium.
        shade: (h, w) light on a bent sheet against that on a flat one; a single 1 on a flat one.
    """

    corner: tuple[int, int]
    x: Float32
    y: Float32
    steps: Float64
    px_per_unit: float
    aperture: float
    lens_px: float
    face: tuple[float, float]
    tilt_deg: Float64
    shade: Float32

    def inside(self, bounds: tuple[float, float, float, float]) -> Float32:
        """Return how much of each pixel a rectangle on the medium covers, (h, w) in [0, 1]."""
        left, top, right, bottom = (np.float32(side) for side in bounds)
        nearest = np.minimum(
            np.minimum(self.x - left, right - self.x), np.minimum(self.y - top, bottom - self.y)
        )
        share = nearest * np.float32(self.px_per_unit) + np.float32(0.5)
        return np.asarray(np.clip(share, 0, 1), np.float32)


class Held:
    """A medium in a moving hand before a camera.

    Args:
        face_px: height of the face, sensor px. `face_at`: its centre, sensor px.
        bounds: left, top, right, bottom of all that is to be seen of it, in face heights.
        bend: of a sheet of paper; None for what is stiff.
    """

    def __init__(
        self,
        hand: HandParameters,
        camera: Camera,
        optics: CameraParameters,
        *,
        face_px: float,
        face_at: tuple[float, float],
        bounds: tuple[float, float, float, float],
        bend: SheetParameters | None,
        random: np.random.Generator,
    ) -> None:
        self._hand = hand
        self._camera = camera
        self._optics = optics
        self._face_px = face_px
        self._face_at = np.array(face_at)
        self._bounds = bounds
        spreads = np.array([*hand.sway_deg, *hand.sway])
        self._sway = Sway(spreads, hand.tremor, random)
        self._bend = bend if bend is not None and (bend.bend or bend.bend_sway) else None
        self._bending = Sway(np.ones(1), 0.0, random)

    def mapping(self, time_s: float) -> Float64:
        """Return the (3, 3) homography of the flat medium's plane to the sensor at a moment."""
        sway = self._sway.at(time_s)
        flat = homography(
            tilt_deg=self._tilt(sway),
            at_px=self._face_at + sway[3:5] * self._face_px,
            px_per_unit=self._face_px * (1 + float(sway[5])),
            focal_px=self._camera.focal_px,
            centre_px=self._camera.centre_px,
        )
        return np.asarray(self._camera.shake(time_s) @ flat)

    def seen(self, time_s: float) -> Seen | None:
        """Return what of it is seen at a moment; None where it is out of the picture."""
        mapping = self.mapping(time_s)
        part = self._part(mapping)
        if part is None:
            return None
        left, top, right, bottom = part
        shifted = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]]) @ mapping
        x, y = places(shifted, (right - left, bottom - top))
        shade = np.ones((1, 1), np.float32)
        if self._bend is not None:
            x, y, shade = _flattened(
                x,
                y,
                self._curvature(time_s),
                self._bend.bend_axis_deg,
                self._camera.focal_px / self._face_px,
            )
        face = mapping[:2, 2] / mapping[2, 2]
        at = (float(face[0]), float(face[1]))
        return Seen(
            corner=(left, top),
            x=x,
            y=y,
            steps=steps(mapping, at),
            px_per_unit=self._face_px,
            aperture=self._optics.aperture,
            lens_px=self._optics.lens_px,
            face=at,
            tilt_deg=self._tilt(self._sway.at(time_s)),
            shade=shade,
        )

    def _tilt(self, sway: Float64) -> Float64:
        return np.asarray(self._hand.tilt_deg) + sway[:3]

    def _curvature(self, time_s: float) -> float:
        assert self._bend is not None  # noqa: S101
        return self._bend.bend + self._bend.bend_sway * float(self._bending.at(time_s)[0])

    def _part(self, mapping: Float64) -> tuple[int, int, int, int] | None:
        """Return left, top, right, bottom px of the sensor within which the medium lies."""
        left, top, right, bottom = self._bounds
        corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]])
        width, height = self._camera.size
        mapped = corners @ mapping.T
        if (mapped[:, 2] <= 0.05).any():  # a corner beside or behind the camera
            return 0, 0, width, height
        points = mapped[:, :2] / mapped[:, 2:]
        low = np.maximum(np.floor(points.min(axis=0)) - 2, 0).astype(int)
        high = np.minimum(np.ceil(points.max(axis=0)) + 3, (width, height)).astype(int)
        if (high - low < 1).any():
            return None
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _flattened(
    x: Float32, y: Float32, curvature: float, axis_deg: float, distance: float
) -> tuple[Float32, Float32, Float32]:
    """Return the places on the flat sheet of places seen on a bent one, and its shading.

    The sheet is a part of a cylinder that touches the plane at the face's centre: what is a
    distance q across the axis from there is s = asin(k q) / k along the paper (here its series),
    and (1 - cos(k s)) / k, here k q^2 / 2, farther from the camera, so that it is seen nearer to
    the centre.

    Args:
        curvature: k, 1 / face height; negative if the edges come towards the camera.
        distance: of the camera, in face heights.
    """
    angle = np.deg2rad(axis_deg)
    across, along = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    q = across * x + along * y
    kq = np.clip(np.float32(curvature) * q, -0.9, 0.9)
    square = kq * kq
    farther = 1 + kq * q * np.float32(0.5 / distance)
    more = square * (np.float32(1 / 6) + square * np.float32(3 / 40)) * q
    shade = 1 + np.float32(0.35) * kq - np.float32(0.25) * square
    return (
        np.asarray(x * farther + across * more, np.float32),
        np.asarray(y * farther + along * more, np.float32),
        np.asarray(shade, np.float32),
    )
