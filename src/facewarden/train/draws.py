"""Random numbers that a checkpoint keeps."""

from typing import Any

import torch
from torch import Tensor, nn


class Draws(nn.Module):
    """A generator whose state is saved and restored with the module it is part of.

    It draws on the CPU, so that every device sees the same numbers.

    Args:
        seed: of the first draw.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def get_extra_state(self) -> Tensor:
        """Return what `state_dict` keeps."""
        return self.generator.get_state()

    def set_extra_state(self, state: Any) -> None:
        """Go on where the saved state stood."""
        self.generator.set_state(state.cpu())
