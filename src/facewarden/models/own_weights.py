"""The weights that our own training made; they lie in facewarden's own package."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from types import MappingProxyType

from facewarden.errors import ModelMissing
from facewarden.models.changes import changed

CLIP = "presentation-clip-v2"
"""The id kept for the presentation attack model of several looks."""

LOOKS = "sface-footage-v1"
"""The id kept for the embedder of what a watch sees."""

OWN: tuple[str, ...] = (CLIP, LOOKS)
"""Ids of those that ship: each has `models/own/ID.onnx` and `models/cards/ID.json`."""

BASES: Mapping[str, str] = MappingProxyType({LOOKS: "sface-2021dec-centred"})
"""Of those that ship as changes of another model's weights (`models/own/ID.npz`) the other's id."""


@dataclass(frozen=True, slots=True)
class Own:
    """A file of our own training.

    Attributes:
        file: the model, or what changed in the weights of `base`.
        base: id of the model that the training began with; empty for a whole file.
    """

    file: Traversable
    base: str = ""

    def model(self, base: bytes = b"") -> bytes:
        """Return the ONNX file; whoever stores it compares it with the card.

        Args:
            base: the file of the model that the training began with, where there is one.

        Raises:
            ModelRefused: the changes do not fit it.
            ModelMissing: the installed package is not whole.
        """
        try:
            content = self.file.read_bytes()
        except OSError as failure:
            raise ModelMissing(
                f"{self.file.name}, which comes with facewarden, cannot be read",
                found=failure.strerror or "",
                remedy="install facewarden again",
            ) from None
        return changed(base, content) if self.base else content
