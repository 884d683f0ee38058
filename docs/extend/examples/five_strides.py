"""A network of five convolutions: small enough to read, too small to recognise well."""

from itertools import pairwise

from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.initialise import he_normal
from facewarden.train.backbones.normalised_conv import NormalisedConv


class FiveStrides(Backbone):
    """Halve the side five times, average what is left, project."""

    def __init__(self, *, embedding_size: int = 64, input_size: int = 112) -> None:
        super().__init__(embedding_size=embedding_size, input_size=input_size, smallest_px=32)
        widths = (3, 16, 32, 64, 128, 256)
        self.layers = nn.Sequential(
            *(
                NormalisedConv(inputs, outputs, 3, nn.PReLU(outputs), stride=2)
                for inputs, outputs in pairwise(widths)
            )
        )
        self.embed = nn.Linear(widths[-1], embedding_size)
        he_normal(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        maps: Tensor = self.layers(faces)  # (b, 256, S / 32, S / 32)
        embedded: Tensor = self.embed(maps.mean(dim=(2, 3)))
        return embedded
