"""What a camera does to the light: exposure that follows it, and noise."""

import cv2
import numpy as np

from facewarden.compose.recipe import SceneRecipe
from facewarden.data import Image

_BANK_MARGIN_PX = 256


class Sensor:
    """Brightens, darkens and adds noise; frames must come in order for the same result."""

    def __init__(self, recipe: SceneRecipe, random: np.random.Generator) -> None:
        self._random = random
        self._swing = recipe.swing
        self._phase = random.uniform(0, 2 * np.pi, 2)
        # Drawing 2.7 million normal numbers takes longer than everything else of a frame: one
        # larger field is drawn once and laid elsewhere on every frame.
        shape = (recipe.height_px + _BANK_MARGIN_PX, recipe.width_px + _BANK_MARGIN_PX)
        grey = random.normal(0, recipe.noise, shape).astype(np.float32)
        colour = random.normal(0, recipe.noise / 2, (*shape, 3)).astype(np.float32)
        self._noise = np.round(grey[..., None] + colour).astype(np.int16)

    def light(self, time_s: float) -> float:
        """Return the brightness at a moment, 1 on average."""
        slow, lamp = self._phase
        wave = 0.7 * np.sin(0.55 * time_s + slow) + 0.3 * np.sin(2.1 * time_s + lamp)
        return 1 + self._swing * float(wave)

    def expose(self, picture: Image, time_s: float) -> Image:
        """Return the picture as the sensor gives it."""
        height, width = picture.shape[:2]
        y, x = self._random.integers(0, _BANK_MARGIN_PX, 2)
        lit = cv2.convertScaleAbs(picture, alpha=self.light(time_s))
        noise = self._noise[y : y + height, x : x + width]
        return np.asarray(cv2.add(lit, noise, dtype=cv2.CV_8U), np.uint8)
