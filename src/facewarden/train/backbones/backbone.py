"""What every network of the laboratory has in common."""

from torch import Tensor, nn

from facewarden.errors import ConfigError
from facewarden.train.backbones.preprocessing import CENTRED, Preprocessing

MAX_EMBEDDING = 65536
"""The most that a model card takes."""


class Backbone(nn.Module):
    """A network from faces to embeddings.

    `forward` takes float (b, 3, S, S), RGB, scaled as `preprocessing` says, and gives
    (b, embedding_size), not normalised.

    Args:
        embedding_size: length of an embedding, 2 to 65536.
        input_size: S, side of the aligned face, px.
        smallest_px: the least side that leaves the last stage something to look at.

    Raises:
        ConfigError: a size that the network cannot have.
    """

    def __init__(
        self,
        *,
        embedding_size: int,
        input_size: int,
        smallest_px: int,
        preprocessing: Preprocessing = CENTRED,
    ) -> None:
        super().__init__()
        if not 2 <= embedding_size <= MAX_EMBEDDING:
            raise ConfigError(
                "embedding_size is out of range",
                expected=f"2 to {MAX_EMBEDDING}",
                found=f"{embedding_size}",
            )
        if not smallest_px <= input_size <= 1024:
            raise ConfigError(
                f"input_size is out of range for {type(self).__name__}",
                expected=f"{smallest_px} to 1024 px",
                found=f"{input_size}",
                remedy="prepare the data in another size, or take another backbone",
            )
        self.embedding_size = embedding_size
        self.input_size = input_size
        self.preprocessing = preprocessing

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        raise NotImplementedError


def halved(side_px: int, times: int) -> int:
    """Return what `times` convolutions of stride 2, padded by half a kernel, leave of a side."""
    for _ in range(times):
        side_px = (side_px + 1) // 2
    return side_px
