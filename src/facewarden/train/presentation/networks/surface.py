"""A small network of one look: what paper and screens do to light and texture."""

from typing import ClassVar

import torch
from torch import Tensor, nn

from facewarden.train.presentation.networks.clip_network import PooledNetwork, standardised

SHARPNESS = 2.0
"""Of the soft maximum, in a map's own unit, which batch normalisation makes about a deviation."""
LEVELS_DEVIATION = 64
"""Of a picture's levels, about; their mean is twice that."""


class Surface(PooledNetwork):
    """Seven convolutions of 3 x 3 in four stages, each of which halves the side.

    A look comes twice: brought to mean 0 and deviation 1, and as it is, since paper and panels
    lift blacks and dull colours.

    To the head go the mean over all places, since a screen's grid and paper's dull blacks are
    everywhere, and a soft maximum, since an edge or a finger is in one. The latter is a mean too,
    of maps in which places weigh by how much is there, so that each place's part in the verdict
    is known.

    Photographs are enough to learn from, and there are more of them than clips, of more people:
    `pad simulate --photographs`.

    Args:
        looks: 1.
        width: channels of the first stage; each further one has twice as many.
        dropout: share of the pooled channels that a step of the training does without.
    """

    takes: ClassVar[tuple[int, ...]] = (1,)

    def __init__(
        self,
        *,
        looks: int = 1,
        input_size: int = 224,
        embedding_size: int = 16,
        width: int = 16,
        dropout: float = 0.2,
    ) -> None:
        super().__init__(
            looks=looks, input_size=input_size, embedding_size=embedding_size, smallest_px=64
        )
        self.stages = nn.Sequential(
            _convolution(6, width, 2),
            *(
                layer
                for stage in (1, 2, 3)
                for layer in (
                    _convolution(width << (stage - 1), width << stage, 2),
                    _convolution(width << stage, width << stage, 1),
                )
            ),
            # Whole channels, so that what is dropped is dropped from the mean.
            nn.Dropout2d(dropout),
        )
        self.channels = 2 * (width << 3)
        self.make_head()

    def maps(self, clips: Tensor) -> Tensor:
        """See `ClipNetwork`; T' = 1, h = w = S / 16."""
        levels = clips / LEVELS_DEVIATION - 2
        found: Tensor = self.stages(torch.cat([standardised(clips), levels], 2)[:, 0])
        flat = found.flatten(2)
        weight = (SHARPNESS * flat).softmax(2) * int(flat.shape[2])
        return torch.cat([found, (weight * flat).reshape(found.shape)], 1)[:, :, None]


def _convolution(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
