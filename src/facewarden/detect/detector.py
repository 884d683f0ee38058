"""The detect stage: which faces are in a picture."""

from collections.abc import Sequence
from typing import Protocol

from facewarden.data import Faces, Image


class Detector(Protocol):
    """Finds faces and their five landmarks.

    `detect` takes a picture (H, W, 3) uint8 BGR of any size, scales it so that its longer side is
    at most `size_px` (never up), and returns the faces in px of the picture given, best first,
    overlapping ones suppressed. No face gives `Faces.empty()`. Calls may come from several
    threads at once.
    """

    @property
    def model_id(self) -> str:
        """The id of the detector's card."""
        ...

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        """Find the faces of one picture."""
        ...

    def detect_alike(
        self, images: Sequence[Image], *, size_px: int, min_confidence: float
    ) -> list[Faces]:
        """Find the faces of pictures of one size, together where the network can."""
        return [
            self.detect(image, size_px=size_px, min_confidence=min_confidence) for image in images
        ]
