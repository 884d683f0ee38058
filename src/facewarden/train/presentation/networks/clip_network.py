"""What every network that sees a clip has in common."""

from typing import ClassVar

import torch
from torch import Tensor, nn

from facewarden.errors import ConfigError

LOOKS = (2, 3, 5)
"""How many looks a network of clips may take: those that the seed compares."""


class ClipNetwork(nn.Module):
    """A network from T looks of one face to an embedding.

    `forward` takes float32 (n, T, 3, S, S), RGB, 0 to 255, in order of time, and gives
    (n, embedding_size), not normalised. It goes in two steps, so that what the network looked at
    can be asked for between them: `maps` makes features of places, `embed` pools them over all
    places and times.

    Args:
        looks: T; one of `takes`.
        input_size: S, side of a look, px.
        embedding_size: length of an embedding, 2 to 4096.
        smallest_px: the least side that leaves the last stage something to look at.

    Attributes:
        takes: how many looks there may be.
        channels: of the maps.

    Raises:
        ConfigError: a size that the network cannot have.
    """

    takes: ClassVar[tuple[int, ...]] = LOOKS
    channels: int

    def __init__(
        self, *, looks: int, input_size: int, embedding_size: int, smallest_px: int
    ) -> None:
        super().__init__()
        for name, value, fits, expected in (
            ("looks", looks, looks in self.takes, " or ".join(map(str, self.takes))),
            (
                "input_size",
                input_size,
                smallest_px <= input_size <= 512,
                f"{smallest_px} to 512 px",
            ),
            ("embedding_size", embedding_size, 2 <= embedding_size <= 4096, "2 to 4096"),
        ):
            if not fits:
                raise ConfigError(
                    f"{name} is out of range for {type(self).__name__}",
                    expected=expected,
                    found=f"{value}",
                )
        self.looks, self.input_size, self.embedding_size = looks, input_size, embedding_size

    def maps(self, clips: Tensor) -> Tensor:
        """Return (n, channels, T', h, w), what is pooled, of (n, T, 3, S, S)."""
        raise NotImplementedError

    def embed(self, maps: Tensor, clips: Tensor) -> Tensor:
        """Return (n, embedding_size) of the maps of these clips."""
        raise NotImplementedError

    def forward(self, clips: Tensor) -> Tensor:
        """Return (n, embedding_size) of (n, T, 3, S, S)."""
        return self.embed(self.maps(clips), clips)


class PooledNetwork(ClipNetwork):
    """A network whose embedding is linear in the mean of its maps.

    How each place of the maps moves the embedding then needs no second pass through the network.
    Subclasses set `channels` and call `make_head` when their layers are there.
    """

    head: "Head"

    def make_head(self) -> None:
        """Add the linear layer."""
        self.head = Head(self.channels, self.embedding_size)

    def embed(self, maps: Tensor, clips: Tensor) -> Tensor:  # noqa: ARG002  as every network
        """See `ClipNetwork`."""
        embeddings: Tensor = self.head(pooled(maps))
        return embeddings


class Head(nn.Module):
    """A fully connected layer and a batch normalisation without weights of its own.

    Maps are rectified, so that their means have much in common whatever is shown, and with two
    classes nothing drives that out of the embedding: all cosines to one representative would be
    near each other. Normalised, the embeddings of both classes lie about zero (Deng et al.,
    ArcFace, 2019, section 3.2, end with one too).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs, affine=False)

    def forward(self, means: Tensor) -> Tensor:
        """Return (n, outputs) of (n, inputs)."""
        normalised: Tensor = self.norm(self.layer(means))
        return normalised

    def slope(self) -> Tensor:
        """Return (outputs, inputs), the derivative of the output in evaluation mode."""
        variance = self.norm.running_var
        assert variance is not None  # noqa: S101  it keeps statistics
        slopes: Tensor = self.layer.weight / (variance + self.norm.eps).sqrt()[:, None]
        return slopes


def pooled(maps: Tensor) -> Tensor:
    """Return (n, C), the mean over times and places of (n, C, T, h, w)."""
    return maps.mean((2, 3, 4))


def standardised(clips: Tensor) -> Tensor:
    """Return each look less its own mean, divided by its own deviation; light is no evidence.

    The deviation is at least 1 / sqrt(count) of the look's numbers, as in FaceNet's prewhiten, so
    that an even picture stays even.

    Args:
        clips: (n, T, 3, S, S) float32.
    """
    count = clips[0, 0].numel()
    centred = clips - clips.mean((2, 3, 4), keepdim=True)
    spread = centred.square().mean((2, 3, 4), keepdim=True).sqrt()
    return centred / torch.clamp(spread, min=count**-0.5)


def times_first(clips: Tensor) -> Tensor:
    """Return (n, 3, T, S, S), as three-dimensional convolutions take it, of (n, T, 3, S, S)."""
    return clips.transpose(1, 2)
