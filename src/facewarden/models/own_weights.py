"""The weights that our own training made; they lie in facewarden's own package."""

from dataclasses import dataclass
from importlib.resources.abc import Traversable

from facewarden.errors import ModelMissing

CLIP = "presentation-clip-v2"
"""The id kept for the presentation attack model of several looks."""

OWN: tuple[str, ...] = (CLIP,)
"""Ids of those that ship: each has `models/own/ID.onnx` and `models/cards/ID.json`."""


@dataclass(frozen=True, slots=True)
class Own:
    """A file of our own training."""

    file: Traversable

    def read(self) -> bytes:
        """Return the file's bytes; whoever stores them compares them with the card.

        Raises:
            ModelMissing: the installed package is not whole.
        """
        try:
            return self.file.read_bytes()
        except OSError as failure:
            raise ModelMissing(
                f"{self.file.name}, which comes with facewarden, cannot be read",
                found=failure.strerror or "",
                remedy="install facewarden again",
            ) from None
