"""A detector that fails, for tests of what that costs others."""

from facewarden.data import Faces, Image
from facewarden.detect.detector import Detector


class Refusing(Detector):
    """The real detector, which cannot take the pictures of one size."""

    def __init__(self, real: Detector, height_px: int) -> None:
        self._real = real
        self._height_px = height_px

    @property
    def model_id(self) -> str:
        return self._real.model_id

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        if len(image) == self._height_px:
            raise RuntimeError("cannot take this")
        return self._real.detect(image, size_px=size_px, min_confidence=min_confidence)
