"""What JPEG leaves of a face, on the batch and on the device it lies on."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from facewarden.train.augment.step import drawn, require_range

# ITU-T T.81 (09/92), annex K, tables K.1 (luminance) and K.2 (chrominance).
LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
)  # fmt: skip
# ITU-T T.871 (05/11), clause 7: R, G, B to Y, Cb, Cr.
TO_YCBCR = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


@dataclass(frozen=True, slots=True)
class Jpeg:
    """Quantises 8x8 blocks as a JPEG file does, colours at half the resolution (4:2:0).

    The coding of the quantised numbers loses nothing, so it is left out.

    Attributes:
        low, high: quality on the scale of libjpeg, drawn between them in whole numbers; 5 to 100.
    """

    low: int = 20
    high: int = 90

    def __post_init__(self) -> None:
        require_range(self, "high", 5, 100, "")
        require_range(self, "low", 5, 100, "", upto="high")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        quality = drawn(self.low, self.high, len(images), generator, images.device).round()
        return jpeg(images, quality), landmarks


def jpeg(images: Tensor, quality: Tensor) -> Tensor:
    """Return (b, 3, S, S) float32 RGB as they come back from JPEG files.

    Args:
        images: (b, 3, S, S) float32 RGB in [0, 255].
        quality: (b,) from 1 to 100.
    """
    side = images.shape[-1]
    padded = functional.pad(images, (0, -side % 16, 0, -side % 16), mode="replicate")
    to_ycbcr = torch.tensor(TO_YCBCR, device=images.device)
    # Encoder and decoder hold every plane in whole numbers, so that it is rounded here as well.
    planes = torch.einsum("ij,bjyx->biyx", to_ycbcr, padded.round()).round()
    luma = _quantised(planes[:, :1] - 128, quality, LUMA)
    small = functional.avg_pool2d(planes[:, 1:], 2).round()
    colour = _quantised(small, quality, CHROMA)
    colour = functional.interpolate(colour, scale_factor=2, mode="bilinear", align_corners=False)
    back = torch.linalg.inv(to_ycbcr)
    found = torch.einsum("ij,bjyx->biyx", back, torch.cat([luma + 128, colour], 1))
    return found[..., :side, :side].round().clamp(0, 255)


def _quantised(planes: Tensor, quality: Tensor, table: tuple[int, ...]) -> Tensor:
    """Return (b, c, h, w) planes after the transform of T.81, A.3.3, rounding, and back."""
    batch, channels, height, width = planes.shape
    blocks = planes.reshape(batch, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    dct = _dct(planes.device)
    # The scaling of libjpeg's jpeg_quality_scaling.
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None, None]
    steps = torch.tensor(table, dtype=torch.float32, device=planes.device).reshape(8, 8)
    steps = ((steps * scale + 50) / 100).floor().clamp(1, 255)[:, None, None, None]
    rounded = (dct @ blocks @ dct.T / steps).round() * steps
    found = dct.T @ rounded @ dct
    return found.transpose(3, 4).reshape(planes.shape).round().clamp(-128, 127)


def _dct(device: torch.device) -> Tensor:
    """Return the (8, 8) orthonormal matrix of the discrete cosine transform."""
    place = torch.arange(8, dtype=torch.float32, device=device)
    matrix = torch.cos(math.pi / 16 * (2 * place[None] + 1) * place[:, None]) / 2
    matrix[0] /= math.sqrt(2)
    return matrix
