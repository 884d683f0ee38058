"""What is seen and how it moves, in one embedding."""

import torch
from torch import Tensor

from facewarden.train.presentation.networks.alexnet_2plus1d import AlexNet2Plus1d
from facewarden.train.presentation.networks.clip_network import ClipNetwork, Head, pooled
from facewarden.train.presentation.networks.flownet_s import FlowNetS


class Joined(ClipNetwork):
    """AlexNet (2+1)D on all looks and FlowNetS on the first and last, joined.

    Both are pooled over all places; the first fully connected layer sees the two side by side. The
    maps, and with them Grad-CAM, are AlexNet's.

    Args:
        looks: T.
        input_size: S, at least 64 px.
        width: of FlowNetS.
    """

    def __init__(
        self, *, looks: int = 5, input_size: int = 224, embedding_size: int = 128, width: int = 64
    ) -> None:
        super().__init__(
            looks=looks, input_size=input_size, embedding_size=embedding_size, smallest_px=64
        )
        self.seen = AlexNet2Plus1d(
            looks=looks, input_size=input_size, embedding_size=embedding_size
        )
        self.moved = FlowNetS(
            looks=looks, input_size=input_size, embedding_size=embedding_size, width=width
        )
        # Their own fully connected layers would learn nothing.
        del self.seen.head, self.moved.head
        self.channels = self.seen.channels
        self.head = Head(self.seen.channels + self.moved.channels, embedding_size)

    def maps(self, clips: Tensor) -> Tensor:
        """See `ClipNetwork`; T' = T."""
        return self.seen.maps(clips)

    def embed(self, maps: Tensor, clips: Tensor) -> Tensor:
        """See `ClipNetwork`."""
        both = torch.cat([pooled(maps), pooled(self.moved.maps(clips))], 1)
        embeddings: Tensor = self.head(both)
        return embeddings
