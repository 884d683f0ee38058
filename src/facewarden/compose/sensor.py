"""What a camera does to the light: focus, exposure that follows it, noise, resolution."""

import cv2
import numpy as np

from facewarden.compose.darkness import exposed
from facewarden.compose.recipe import SceneRecipe
from facewarden.data import Image

_BANK_MARGIN_PX = 256


class Sensor:
    """Brightens, darkens and adds noise; frames must come in order for the same result."""

    def __init__(self, recipe: SceneRecipe, random: np.random.Generator) -> None:
        self._random = random
        self._swing = recipe.swing
        self._recipe = recipe
        self._phase = random.uniform(0, 2 * np.pi, 2)
        # Drawing 2.7 million normal numbers takes longer than everything else of a frame: one
        # larger field is drawn once and laid elsewhere on every frame.
        shape = (recipe.height_px + _BANK_MARGIN_PX, recipe.width_px + _BANK_MARGIN_PX)
        grey = random.normal(0, recipe.noise, shape).astype(np.float32)
        colour = random.normal(0, recipe.noise / 2, (*shape, 3)).astype(np.float32)
        self._noise = np.round(grey[..., None] + colour).astype(np.int16)
        self._normal = (
            random.standard_normal((*shape, 3), np.float32)
            if recipe.light < 1
            else np.zeros((0, 0, 3), np.float32)
        )

    def light(self, time_s: float) -> float:
        """Return the brightness at a moment, 1 on average."""
        slow, lamp = self._phase
        wave = 0.7 * np.sin(0.55 * time_s + slow) + 0.3 * np.sin(2.1 * time_s + lamp)
        return 1 + self._swing * float(wave)

    def expose(self, picture: Image, time_s: float) -> Image:
        """Return the picture as the sensor gives it."""
        height, width = picture.shape[:2]
        blur_px, light = self._recipe.defocus_px, self._recipe.light
        if blur_px:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur_px), np.uint8)
        y, x = self._random.integers(0, _BANK_MARGIN_PX, 2)
        here = slice(y, y + height), slice(x, x + width)
        lit = np.asarray(cv2.convertScaleAbs(picture, alpha=self.light(time_s)), np.uint8)
        if light < 1:
            seen = exposed(lit, light, self._normal[here])
        else:
            seen = np.asarray(cv2.add(lit, self._noise[here], dtype=cv2.CV_8U), np.uint8)
        return self._resolved(seen)

    def _resolved(self, picture: Image) -> Image:
        """Take away what a camera of fewer pixels does not see."""
        share = 1 / self._recipe.downscale
        if share == 1:
            return picture
        few = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(few, picture.shape[1::-1]), np.uint8)
