"""AlexNet whose convolutions are factored into space and time."""

from torch import Tensor, nn

from facewarden.train.presentation.networks.clip_network import (
    PooledNetwork,
    standardised,
    times_first,
)
from facewarden.train.presentation.networks.factored import FactoredLayer, drawn

LAYERS = ((96, 11, 4, 2), (256, 5, 1, 2), (384, 3, 1, 1), (384, 3, 1, 1), (256, 3, 1, 1))
"""Outputs, side of the kernel, stride and padding: Krizhevsky et al., ImageNet Classification with
Deep Convolutional Neural Networks, 2012, section 3.5, without the two groups."""
POOLED_AFTER = (0, 1, 4)
"""The layers that overlapping pooling (3, stride 2; section 3.4) follows."""


class AlexNet2Plus1d(PooledNetwork):
    """The five convolutions of AlexNet, each as (1, k, k) and (3, 1, 1); time is never shortened.

    The drawing of the network that this project took as its model (Figure 2 of its paper) was not
    to be found. What is public stands in its place: AlexNet's layers, and Tran et al.'s rule for
    how many channels stand between the parts of a factored convolution. Batch normalisation takes
    the place of AlexNet's response normalisation, as in their R(2+1)D. After global average pooling
    comes the first fully connected layer, whose output is the embedding.

    Args:
        looks: T.
        input_size: S; at least 63 px, of which the last map is one place.
    """

    def __init__(self, *, looks: int = 5, input_size: int = 224, embedding_size: int = 128) -> None:
        super().__init__(
            looks=looks, input_size=input_size, embedding_size=embedding_size, smallest_px=63
        )
        layers: list[nn.Module] = []
        inputs = 3
        for place, (outputs, side, stride, padding) in enumerate(LAYERS):
            layers.append(FactoredLayer(inputs, outputs, side=side, stride=stride, padding=padding))
            if place in POOLED_AFTER:
                layers.append(nn.MaxPool3d((1, 3, 3), (1, 2, 2)))
            inputs = outputs
        self.layers = nn.Sequential(*layers)
        drawn(self)
        self.channels = inputs
        self.make_head()

    def maps(self, clips: Tensor) -> Tensor:
        """See `ClipNetwork`; T' = T."""
        maps: Tensor = self.layers(times_first(standardised(clips)))
        return maps
