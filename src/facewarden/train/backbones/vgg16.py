"""VGG16: Simonyan and Zisserman, Very Deep Convolutional Networks, 2015 (arXiv 1409.1556)."""

from collections.abc import Sequence

from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.initialise import glorot_uniform

CONFIGURATION_D = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Channels of the 3x3 convolutions between the five pools: Table 1, column D."""


class VGG16(Backbone):
    """The thirteen convolutions of configuration D and a head of one fully connected layer.

    The paper's head of two layers of 4096 for a thousand classes comes back with `hidden`. First
    weights are Glorot's, with which the paper says it trains without a shallower net before it.

    Args:
        hidden: widths of the fully connected layers before the embedding.
        batch_norm: after every convolution. The paper, older than batch normalisation, has none.
    """

    def __init__(
        self,
        *,
        embedding_size: int = 256,
        input_size: int = 112,
        hidden: Sequence[int] = (),
        batch_norm: bool = True,
    ) -> None:
        super().__init__(embedding_size=embedding_size, input_size=input_size, smallest_px=32)
        layers: list[nn.Module] = []
        inputs = 3
        for stage in CONFIGURATION_D:
            for outputs in stage:
                layers.append(nn.Conv2d(inputs, outputs, 3, padding=1, bias=not batch_norm))
                layers += [nn.BatchNorm2d(outputs)] if batch_norm else []
                layers.append(nn.ReLU())
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.layers = nn.Sequential(*layers)  # (b, 512, S / 32, S / 32)
        width = 512 * (input_size // 32) ** 2
        head: list[nn.Module] = [nn.Flatten()]
        for outputs in hidden:
            head += [nn.Linear(width, outputs), nn.ReLU(), nn.Dropout(0.5)]  # section 3.1
            width = outputs
        self.head = nn.Sequential(*head, nn.Linear(width, embedding_size))
        glorot_uniform(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        embedded: Tensor = self.head(self.layers(faces))
        return embedded
