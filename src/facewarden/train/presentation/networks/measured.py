"""A network of measured numbers, for looks that were laid over each other first."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.errors import ConfigError
from facewarden.train.presentation.networks.clip_network import PooledNetwork
from facewarden.train.presentation.networks.surface_logit import SurfaceLogit

CELLS = 32
"""A look is divided into so many cells a side where its light is measured; its side must divide."""
INNER = slice(CELLS // 4, 3 * CELLS // 4)
"""The cells of the face, where it is cut out at twice its box."""
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
SCALES = (1, 2, 4)
"""Px between the places whose colours are compared."""
LARGE = 0.95
"""The quantile of what moves much."""
LEAST = 1e-3


class Measured(PooledNetwork):
    """Plain numbers about motion and light, normalised, and one linear layer.

    - motion: what still moves in the face when the looks lie over each other. Nothing of a picture
      on paper does; of a living face, and of one that a screen plays, much.
    - light: levels, colours and sharpness of the middle look, in the face and around it. Paper and
      screens lift blacks, dull colours and blur.
    - surface, if wanted, in place of light: what a network that learnt from photographs says of the
      middle look. Beside it, a dozen people's light only taught who they were.

    So few weights cannot learn a dozen people's clips by heart, as networks of convolutions did;
    docs/train-presentation.md has the figures.

    The maps, by which it is explained, are the motion at each place, what each place of the middle
    look adds to the surface's logit, and the numbers as maps that are the same everywhere.

    Args:
        looks: T.
        input_size: S, a multiple of 32.
        surface: width of the surface network; 0 measures light.
    """

    def __init__(
        self,
        *,
        looks: int = 5,
        input_size: int = 224,
        embedding_size: int = 64,
        surface: int = 0,
    ) -> None:
        super().__init__(
            looks=looks, input_size=input_size, embedding_size=embedding_size, smallest_px=64
        )
        if input_size % CELLS:
            raise ConfigError(
                "input_size does not fit measured",
                expected=f"a multiple of {CELLS}",
                found=f"{input_size}",
            )
        side = 2 * CELLS
        _, moves = motion(torch.rand(2, looks, 3, side, side))
        lies = 1 if surface else light(torch.rand(2, 3, side, side)).shape[1]
        self.surface = SurfaceLogit(input_size=input_size, width=surface) if surface else None
        self.norm = nn.BatchNorm1d(moves.shape[1] + lies, affine=False)
        self.channels = 1 + self.norm.num_features
        self.make_head()

    def maps(self, clips: Tensor) -> Tensor:
        """See `ClipNetwork`; T' = T, h = w = S / 16."""
        apart, moves = motion(clips)
        middle = clips[:, self.looks // 2]
        logits = self.surface(middle) if self.surface is not None else None
        lies = light(middle) if logits is None else logits.mean((2, 3))
        normal = self._normalised(torch.cat([moves, lies], 1))
        side = self.input_size // 16
        like = (-1, -1, self.looks, side, side)
        places = functional.avg_pool2d(apart.flatten(0, 1), 8)
        places = places.reshape(-1, self.looks, 1, side, side)
        even = normal[:, :, None, None, None].expand(like)
        if logits is not None and not self.training:
            even = torch.cat([even[:, :-1], self._placed(logits)], 1)
        return torch.cat([places.transpose(1, 2), even], 1)

    def _placed(self, logits: Tensor) -> Tensor:
        """Return the last number as a map (n, 1, T, h, w): of the middle look, with its mean."""
        mean, deviation = self._known()
        before, after = self.looks // 2, self.looks - 1 - self.looks // 2
        of_middle = functional.pad(
            self.looks * (logits - mean[-1])[:, :, None], (0, 0, 0, 0, before, after)
        )
        return of_middle / deviation[-1]

    def _normalised(self, numbers: Tensor) -> Tensor:
        if self.training:
            normal: Tensor = self.norm(numbers)
            return normal
        # Written out: the exporter does not know how many there are, and needs to for the layer.
        mean, deviation = self._known()
        return (numbers - mean) / deviation

    def _known(self) -> tuple[Tensor, Tensor]:
        known = dict(self.norm.named_buffers())
        return known["running_mean"], (known["running_var"] + self.norm.eps).sqrt()


def motion(clips: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far each place is from the middle look, and numbers about that.

    Args:
        clips: (n, T, 3, S, S) RGB, laid over each other.

    Returns:
        (n, T, 1, S / 2, S / 2), in deviations of the look, and (n, m).
    """
    looks = clips.shape[1]
    grey = functional.avg_pool2d(clips.mean(2), 2)  # (n, T, s, s)
    side = int(grey.shape[-1])  # an exporter that follows the shapes must not follow this one
    quarter = side // 4
    face = slice(quarter - quarter // 7, side - quarter + quarter // 7)
    inner = grey[..., face, face]
    level = inner.mean((2, 3), keepdim=True)
    spread = (inner - level).square().mean((2, 3), keepdim=True).sqrt() + 4
    even = (grey - level) / spread
    middle = even[:, looks // 2, None]
    apart = (even - middle).abs()[:, :, None]
    face_even = even[..., face, face]
    others = [look for look in range(looks) if look != looks // 2]
    still = face_even[:, looks // 2, None]
    alike = (face_even[:, others] * still).mean((2, 3))
    step = face_even[:, others] - still
    coarse = functional.avg_pool2d(step, 4).abs().flatten(2)
    fine = step.abs().flatten(2)
    by_look = [alike, fine.mean(2), _large(fine), coarse.mean(2), _large(coarse), coarse.amax(2)]
    numbers = torch.cat([one for each in by_look for one in _over_looks(each)], 1)
    detail = face_even - functional.avg_pool2d(face_even, 5, 1, 2)
    sharp = detail[:, looks // 2].abs().mean((1, 2))[:, None]
    logs = (torch.cat([numbers, sharp, spread[:, looks // 2, :, 0]], 1).abs() + LEAST).log()
    return apart, torch.cat([numbers, logs], 1)


def light(pictures: Tensor) -> Tensor:
    """Return (n, 34) levels, colours and sharpness of (n, 3, S, S) RGB, 0 to 255."""
    red, green, blue = (pictures / 255).unbind(1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601
    channels = torch.stack([luma, blue - luma, red - luma], 1)
    cell = int(pictures.shape[-1]) // CELLS
    cells = functional.avg_pool2d(channels, cell)
    inner, whole = cells[..., INNER, INNER].flatten(2), cells.flatten(2)
    most = pictures.amax(1, keepdim=True)
    purity = functional.avg_pool2d((most - pictures.amin(1, keepdim=True)) / (most + 8), cell)
    pure = purity[..., INNER, INNER].flatten(2)
    numbers = [
        _quantiles(inner[:, 0], QUANTILES),
        *(torch.cat([part.mean(2), _deviation(part)], 1) for part in (inner, whole, pure)),
        *(_sharpness(channels, scale) for scale in SCALES),
    ]
    return torch.cat(numbers, 1)


def _over_looks(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return values.mean(1, keepdim=True), values.amax(1, keepdim=True), values.amin(1, keepdim=True)


def _large(values: Tensor) -> Tensor:
    return _quantiles(values.flatten(0, 1), (LARGE,)).reshape(-1, int(values.shape[1]))


def _quantiles(values: Tensor, shares: Sequence[float]) -> Tensor:
    """Return (n, q) of (n, m), the nearest value for each share."""
    last = int(values.shape[1]) - 1
    return values.sort(1).values[:, [round(share * last) for share in shares]]


def _deviation(values: Tensor) -> Tensor:
    centred = values - values.mean(2, keepdim=True)
    return (centred.square().mean(2) + LEAST**2).sqrt()


def _sharpness(channels: Tensor, scale: int) -> Tensor:
    """Return (n, 5): logs of the steps of luma and colours in the face, luma around, the ratio."""
    small = functional.avg_pool2d(channels, scale) if scale > 1 else channels
    here = small[..., :-1, :-1]
    steps = (small[..., 1:, :-1] - here).abs() + (small[..., :-1, 1:] - here).abs()
    side = int(steps.shape[-1])
    inside = slice(side // 4, 3 * side // 4)
    face = steps[..., inside, inside].mean((2, 3))
    around = (steps.mean((2, 3)) - face / 4) / 0.75
    logs = (torch.cat([face, around[:, :1]], 1) + LEAST).log()
    return torch.cat([logs, logs[:, :1] - logs[:, 3:]], 1)
