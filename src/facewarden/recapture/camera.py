"""The one camera through which bona fide and attack presentations pass alike."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image
from facewarden.recapture.light import developed
from facewarden.recapture.parameters import CameraParameters
from facewarden.recapture.sway import Sway

Float64 = NDArray[np.float64]

_BANK_PX = 96
_WHITE = 4095
_TURN_DEG = 0.6
_MOUNT_TREMOR = 0.15


class Camera:
    """Turns the light of a scene into stored pictures; frames must come in order.

    Exposure, mains flicker, white balance, Bayer mosaic, shot and read noise (the linear model of
    EMVA 1288, as in `compose/darkness.py`), tone, softness, sharpening, haze, and the levels and
    colours in which pictures are stored. Lens blur and the pixels' aperture act on what a scene
    shows finer than a pixel: `lattice.py`.
    """

    def __init__(self, parameters: CameraParameters, random: np.random.Generator) -> None:
        self._chosen = parameters
        self._random = random
        share = parameters.sensor_share
        self.size = (round(parameters.size[0] * share), round(parameters.size[1] * share))
        spreads = np.array(
            [parameters.shake_px * share] * 2 + [_TURN_DEG * min(1.0, parameters.shake_px / 4)]
        )
        self._sway = Sway(spreads, _MOUNT_TREMOR, random)
        width, height = self.size
        across = np.linspace(-1, 1, width, dtype=np.float32) * parameters.light_slope[0]
        down = np.linspace(-1, 1, height, dtype=np.float32) * parameters.light_slope[1]
        self._slope = 1 + across[None, :] + down[:, None]
        self._phase = float(random.uniform(0, 2 * np.pi))
        bank = random.standard_normal((height + _BANK_PX, width + _BANK_PX), np.float32)
        self._normal = bank
        self._gain = 1.0
        self._grade = _graded(parameters.levels, parameters.saturation)

    @property
    def focal_px(self) -> float:
        """Focal length in sensor pixels."""
        return self._chosen.focal * self.size[0]

    @property
    def centre_px(self) -> tuple[float, float]:
        """Where the optical axis meets the sensor."""
        return self.size[0] / 2, self.size[1] / 2

    def shake(self, time_s: float) -> Float64:
        """Return the (3, 3) mapping of the whole picture by the trembling of the camera."""
        dx, dy, turn_deg = self._sway.at(time_s)
        turn = np.deg2rad(turn_deg)
        cx, cy = self.centre_px
        cos, sin = np.cos(turn), np.sin(turn)
        return np.array(
            [
                [cos, -sin, cx + dx - cos * cx + sin * cy],
                [sin, cos, cy + dy - sin * cx - cos * cy],
                [0, 0, 1],
            ]
        )

    def meter(self, light: Float32, box: tuple[int, int, int, int]) -> None:
        """Set the exposure by the mean light of a part (left, top, right, bottom) of a scene."""
        left, top, right, bottom = box
        mean = float(light[max(0, top) : bottom, max(0, left) : right].mean())
        self._gain = self._chosen.brightness / max(mean, 1e-3)

    def taken(self, light: Float32, time_s: float, moved_px: tuple[float, float]) -> Image:
        """Return the picture of one moment, (H, W, 3) uint8 BGR.

        Args:
            light: (h, w, 3) float32, linear, of this camera's `size`.
            moved_px: how far what is looked at moves in one frame's time, sensor px.
        """
        chosen = self._chosen
        if chosen.haze:
            light = _hazy(light, chosen.haze)
        smear = _line(moved_px, chosen.shutter)
        if smear is not None:
            light = np.asarray(cv2.filter2D(light, -1, smear), np.float32)
        if chosen.mosaic:
            mono = self._exposed(self._mosaic(light), self._field(time_s))
            code = cv2.COLOR_BayerBGGR2BGR
            picture = developed(np.asarray(cv2.cvtColor(mono, code), np.uint16), chosen.gamma)
        else:
            balanced = light * np.array(
                [chosen.white_balance[0], 1, chosen.white_balance[1]], np.float32
            )
            raw = self._exposed(balanced, self._field(time_s)[..., None])
            picture = developed(raw, chosen.gamma)
        return self._finished(picture)

    def _field(self, time_s: float) -> Float32:
        """(h, w) gain: exposure, slope of the light, flicker of the mains over the rows."""
        chosen, height = self._chosen, self.size[1]
        rows = np.arange(height, dtype=np.float32) / height * chosen.flicker_periods
        wave = np.sin(2 * np.pi * (rows + chosen.flicker_hz * time_s) + self._phase)
        return np.asarray(
            self._slope * (self._gain * (1 + chosen.flicker * wave))[:, None], np.float32
        )

    def _mosaic(self, light: Float32) -> Float32:
        blue, red = self._chosen.white_balance
        mono = np.empty(light.shape[:2], np.float32)
        mono[0::2, 0::2] = light[0::2, 0::2, 0] * np.float32(blue)
        mono[0::2, 1::2] = light[0::2, 1::2, 1]
        mono[1::2, 0::2] = light[1::2, 0::2, 1]
        mono[1::2, 1::2] = light[1::2, 1::2, 2] * np.float32(red)
        return mono

    def _exposed(self, light: Float32, field: Float32) -> NDArray[np.uint16]:
        """Amplify, add noise and read 12 bits."""
        chosen = self._chosen
        electrons = light * (field * np.float32(chosen.full_well))
        height, width = self.size[1], self.size[0]
        y, x = self._random.integers(0, _BANK_PX, 2)
        normal = self._normal[y : y + height, x : x + width]
        if electrons.ndim == 3:
            normal = np.stack([normal, normal[::-1], normal[:, ::-1]], axis=-1)
        spread = np.sqrt(np.maximum(electrons, 0) + np.float32(chosen.read_noise**2))
        read = (electrons + spread * normal) * np.float32(_WHITE / chosen.full_well)
        return np.asarray(np.clip(read, 0, _WHITE), np.uint16)

    def _finished(self, picture: Image) -> Image:
        chosen = self._chosen
        if self.size != chosen.size:
            picture = np.asarray(
                cv2.resize(picture, chosen.size, interpolation=cv2.INTER_LINEAR), np.uint8
            )
        if chosen.softness_px > 0.2:  # below, a blur changes nothing
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), chosen.softness_px), np.uint8)
        if chosen.sharpening:
            blurred = cv2.GaussianBlur(picture, (0, 0), 1.4)
            picture = np.asarray(
                cv2.addWeighted(picture, 1 + chosen.sharpening, blurred, -chosen.sharpening, 0),
                np.uint8,
            )
        return np.asarray(cv2.transform(picture, self._grade), np.uint8)


def _hazy(light: Float32, haze: float) -> Float32:
    """Return a scene's light with a share of its mean over all of it."""
    spread = np.array(cv2.mean(light)[:3]) * haze
    return np.asarray((light + spread.astype(np.float32)) / np.float32(1 + haze), np.float32)


def _graded(levels: tuple[float, float], saturation: float) -> Float64:
    """Return the (3, 4) mapping of stored colours, BGR, to those of other levels and saturation."""
    black, white = levels
    # Rec. 601 luma, as in the compression that follows.
    grey = np.tile([0.114, 0.587, 0.299], (3, 1))
    colours = saturation * np.eye(3) + (1 - saturation) * grey
    return np.column_stack([(white - black) / 255 * colours, np.full(3, black)])


def _line(moved_px: tuple[float, float], shutter: float) -> Float32 | None:
    """Return the kernel of a straight even smear; None where it is shorter than a pixel."""
    dx, dy = (moved * shutter for moved in moved_px)
    length = float(np.hypot(dx, dy))
    if length < 1:
        return None
    reach = int(np.ceil(length / 2))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 4 * reach + 1):
        kernel[round(reach + step * dy), round(reach + step * dx)] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)
