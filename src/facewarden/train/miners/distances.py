"""How far the embeddings of a batch lie apart, and which pairs are of one subject."""

import torch
from torch import Tensor

from facewarden.train.losses.loss import unit


def squared_distances(embeddings: Tensor) -> Tensor:
    """Return (b, b) squared Euclidean distances of (b, d), each brought to length 1; 0 to 4."""
    units = unit(embeddings)
    return (2 - 2 * units @ units.T).clamp_min(0)


def same(labels: Tensor) -> Tensor:
    """Return (b, b) bool: two different pictures of one subject."""
    equal = labels[:, None] == labels[None, :]
    return equal & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)


def different(labels: Tensor) -> Tensor:
    """Return (b, b) bool: two subjects."""
    return labels[:, None] != labels[None, :]
