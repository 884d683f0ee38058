"""Where a clip network looked: Selvaraju et al., Grad-CAM, 2017 (arXiv 1610.02391)."""

import torch
from torch import Tensor, nn

from facewarden.train.presentation.live_score import CalibratedScore
from facewarden.train.presentation.networks.clip_network import ClipNetwork, PooledNetwork, pooled

LOOKS_DIM = 5
"""Axes of clips; pictures have one less."""


def grad_cam(net: ClipNetwork, score: CalibratedScore, clips: Tensor) -> tuple[Tensor, Tensor]:
    """Return `live` (n,) and the attention (n, T', h, w), 0 or more, not normalised.

    Equations 1 and 2: the maps weighted by the mean slope of the verdict by them, what speaks
    against it cut off. The verdict is the logit of `live` where it is at least 0.5, else its
    opposite, so that what is shown is always what speaks for what was decided.

    Args:
        net: set to evaluation.
        clips: (n, T, 3, S, S) float32 RGB, 0 to 255.
    """
    with torch.enable_grad():
        maps = net.maps(clips).detach().requires_grad_()
        logit = score.logit(net.embed(maps, clips))
        (slope,) = torch.autograd.grad(_verdict(logit).sum(), maps)
    weights = slope.mean((2, 3, 4), keepdim=True)
    attention = (weights * maps).sum(1).clamp_min(0)
    return logit.sigmoid().detach(), attention.detach()


class ExplainedClip(nn.Module):
    """A network whose output is `live` and the attention of `grad_cam`, without a second pass.

    The embedding is linear in the mean of the maps, so that the slope of the score by every place
    is the same, and known: that of the score by the embedding, times the head's, divided by the
    count of places.
    """

    def __init__(self, net: PooledNetwork, score: CalibratedScore) -> None:
        super().__init__()
        self.net, self.score = net, score

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n,) and (n, T', h, w) of (n, T, 3, S, S) float32 RGB, 0 to 255.

        A network of one look takes (n, 3, S, S), as every model of single pictures does.
        """
        maps = self.net.maps(clips if clips.dim() == LOOKS_DIM else clips[:, None])
        embeddings = self.net.head(pooled(maps))
        logit = self.score.logit(embeddings)
        slope = self.score.slope(embeddings) @ self.net.head.slope()  # (n, C)
        places = maps.shape[2] * maps.shape[3] * maps.shape[4]
        sign = torch.where(logit >= 0, 1.0, -1.0)[:, None]
        weights = (sign * slope / places)[:, :, None, None, None]
        return logit.sigmoid(), (weights * maps).sum(1).clamp_min(0)


def _verdict(logit: Tensor) -> Tensor:
    return torch.where(logit >= 0, logit, -logit)
