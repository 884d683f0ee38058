"""A display that shows a picture or a clip: the light that it sends to the camera."""

import cv2
import numpy as np

from facewarden.compose.h264 import compressed
from facewarden.data import Float32, Image
from facewarden.recapture.film import Film
from facewarden.recapture.lattice import Lattice, is_visible, laid
from facewarden.recapture.light import GAMMA, linear
from facewarden.recapture.medium import Seen
from facewarden.recapture.pan import panned
from facewarden.recapture.panel import pentile, stripes
from facewarden.recapture.parameters import ScreenParameters

_LEAD = 5
"""Frames of a photograph played as a clip, before those that are filmed."""


class Screen:
    """A panel with its bezel; its plane is measured in face heights from the face's centre."""

    def __init__(
        self,
        film: Film,
        parameters: ScreenParameters,
        *,
        fps: int,
        frames: int,
        still: bool,
        rows: int,
    ) -> None:
        """Show a film.

        Args:
            frames: how many of them are to be shown.
            still: whether only one of the film is.
            rows: height of the sensor, over which the bands of the refresh are counted.
        """
        self._chosen = parameters
        self._fps = fps
        self._rows = rows
        lead = 0
        if not still and len(film.frames) == 1:
            # Played from its middle: the first picture of a clip is compressed as a photograph is.
            lead = _LEAD
            film = panned(film, parameters.pan, fps=fps, frames=lead + frames)
        shown = [film.still(parameters.moment)] if still else list(film.frames)
        self._fine = film.face_px
        left, up, right, down = parameters.extent
        # Encoders take even sizes only.
        size = (_even((left + right) * self._fine), _even((up + down) * self._fine))
        mapping = film.placed(parameters.extent, self._fine)
        cut = (
            np.asarray(
                cv2.warpPerspective(
                    frame, mapping, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
                ),
                np.uint8,
            )
            for frame in shown
        )
        self._frames: list[Image] = list(
            compressed(cut, size=size, fps=fps, quality=parameters.quality)
        )[lead:]
        self._lattice = Lattice(pentile() if parameters.pentile else stripes())
        periods_per_px = 0.5 if parameters.pentile else 1.0
        self._periods = periods_per_px * parameters.face_mm / parameters.pitch_mm
        self._mirrored = _mirrored_room(parameters)

    @property
    def panel(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge of the panel on its plane."""
        left, up, right, down = self._chosen.extent
        return -left, -up, right, down

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The same of the whole device."""
        left, top, right, bottom = self.panel
        bezel = self._chosen.bezel
        return left - bezel[0], top - bezel[1], right + bezel[2], bottom + bezel[3]

    def shown(self, time_s: float) -> Image:
        """Return the picture that the panel shows at a moment."""
        if len(self._frames) == 1:
            return self._frames[0]
        rate = self._chosen.frame_rate
        played = int(time_s * rate + 1e-6) / rate
        return self._frames[min(len(self._frames) - 1, round(played * self._fps))]

    def light(self, seen: Seen, time_s: float) -> Float32:
        """Return the light of panel and bezel at each pixel, (h, w, 3) float32."""
        chosen = self._chosen
        fine = np.float32(self._fine)
        columns = (seen.x + np.float32(chosen.extent[0])) * fine - np.float32(0.5)
        rows = (seen.y + np.float32(chosen.extent[1])) * fine - np.float32(0.5)
        picture = cv2.remap(
            self.shown(time_s), columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        light = linear(np.asarray(picture, np.uint8), round(GAMMA * chosen.gamma, 2))
        light *= np.array(chosen.white, np.float32) * np.float32(1 - chosen.black)
        light += np.float32(chosen.black)
        tile = self._lattice.seen(self._periods * seen.steps, seen.aperture, seen.lens_px)
        if is_visible(tile):
            periods = np.float32(self._periods)
            light *= laid(tile, seen.x * periods, seen.y * periods)
        light *= self._bands(seen, time_s)
        inside = seen.inside(self.panel)[..., None]
        light = light * inside + np.float32(chosen.bezel_grey) * (1 - inside)
        return np.asarray(light + self._reflected(seen), np.float32)

    def _bands(self, seen: Seen, time_s: float) -> Float32:
        """(h, 1, 1) gain of the panel's light over the rows, read out one after the other."""
        chosen = self._chosen
        rows = np.arange(seen.x.shape[0], dtype=np.float32) + seen.corner[1]
        phase = rows / self._rows * chosen.bands + chosen.bands_hz * time_s
        wave = np.cos(2 * np.pi * phase)
        # Narrow dark bands: a panel is dark for the smaller part of its time.
        dark = np.clip(1.6 * wave - 0.6, 0, 1)
        return np.asarray(1 - chosen.banding * dark, np.float32)[:, None, None]

    def _reflected(self, seen: Seen) -> Float32:
        """(h, w, 3) or a number: what glass mirrors, which moves as the device is tilted."""
        chosen = self._chosen
        if not chosen.reflection:
            return np.full((1, 1, 1), chosen.veil, np.float32)
        # A mirror's picture turns by twice its tilt; 1 degree is about 1/30 of a face at arm's
        # length.
        x = seen.x - np.float32(chosen.reflection_at[0] + seen.tilt_deg[0] / 30)
        y = seen.y - np.float32(chosen.reflection_at[1] + seen.tilt_deg[1] / 30)
        half = self._mirrored.shape[0] / 2
        columns = x * np.float32(half / (2 * chosen.reflection_size[0])) + np.float32(half)
        rows = y * np.float32(half / (2 * chosen.reflection_size[1])) + np.float32(half)
        lit = cv2.remap(self._mirrored, columns, rows, cv2.INTER_LINEAR, borderValue=0)
        return np.asarray(lit, np.float32)[..., None] + np.float32(chosen.veil)


def _mirrored_room(parameters: ScreenParameters) -> Float32:
    """(n, n) float32: a window with its bars, or a lamp, twice as wide as `reflection_size`."""
    n = 96
    place = (np.arange(n, dtype=np.float32) + 0.5) / n * 4 - 2
    if parameters.reflection_square:
        inside = (np.abs(place) < 1).astype(np.float32) * (np.abs(place) > 0.06)
        lit = np.asarray(cv2.GaussianBlur(np.outer(inside, inside), (0, 0), 1.5), np.float32)
    else:
        lit = np.asarray(np.exp(-2 * (place[None, :] ** 2 + place[:, None] ** 2)), np.float32)
    return np.asarray(parameters.reflection * lit, np.float32)


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
