"""A trained surface network inside another one: its verdict as a map, its weights as they are."""

from typing import Self

import torch
from torch import Tensor, nn

from facewarden.errors import InputError
from facewarden.train.presentation.live_score import CalibratedScore, LinearScore
from facewarden.train.presentation.networks.clip_network import ClipNetwork
from facewarden.train.presentation.networks.surface import Surface


class SurfaceLogit(nn.Module):
    """What each place of a look adds to the logit of `live` by a surface network.

    Its score is linear in the mean of its maps, so that the mean over the places is the logit.
    Nothing of it is learnt here: a few people's clips would undo what thousands of photographs
    taught.

    Args:
        width: of the surface network.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, *, input_size: int, width: int) -> None:
        super().__init__()
        self.net = (
            Surface(input_size=input_size, width=width).requires_grad_(requires_grad=False).eval()
        )
        self.register_buffer("weight", torch.zeros(self.net.channels))
        self.register_buffer("bias", torch.zeros(()))

    def take(self, net: ClipNetwork, score: CalibratedScore) -> None:
        """Take the weights of a trained network and its score.

        Raises:
            InputError: it is another network, or its score is not linear.
        """
        linear = isinstance(score.score, LinearScore)
        if not isinstance(net, Surface) or net.channels != self.net.channels or not linear:
            raise InputError(
                "the run does not fit as the surface of another network",
                expected=f"the network surface, {self.net.channels} channels, loss softmax",
                found=f"{type(net).__name__}, {type(score.score).__name__}",
            )
        self.net.stages.load_state_dict(net.stages.state_dict())
        none = torch.zeros(1, net.channels)
        with torch.no_grad():
            self.weight.copy_((score.slope(net.head(none)) @ net.head.slope())[0])
            self.bias.copy_(score.logit(net.head(none))[0])

    def train(self, mode: bool = False) -> Self:  # noqa: ARG002, FBT001, FBT002  as torch has it
        """Stay in evaluation: no dropout, no statistics of other faces."""
        return super().train(mode=False)

    def forward(self, looks: Tensor) -> Tensor:
        """Return (n, 1, h, w) of (n, 3, S, S) RGB, 0 to 255."""
        maps = self.net.maps(looks[:, None])[:, :, 0]
        return torch.einsum("nchw,c->nhw", maps, self.weight)[:, None] + self.bias
