"""SFace: the network of the default embedder, so that it can be trained further.

The architecture is read off the OpenCV Zoo's file (face_recognition_sface_2021dec): MobileNet
(Howard et al., 2017, arXiv 1704.04861, Table 1) with PReLU, a first stride of 1, and ArcFace's
embedding structure BN - Dropout - FC - BN of the whole 7x7 map. The weights are of Zhong et al.,
SFace, 2021 (arXiv 2205.12010).
"""

from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone, halved
from facewarden.train.backbones.initialise import he_normal
from facewarden.train.backbones.normalised_conv import NormalisedConv
from facewarden.train.backbones.preprocessing import CENTRED_128

SEPARABLE = (  # channels, stride
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)
"""MobileNet's Table 1 without its first stride."""

EPS, HEAD_EPS = 1e-3, 2e-5
"""Of batch normalisation in the convolutions and in the head, as in the file."""

DROPOUT = 0.4
"""As in the file."""


class SFace(Backbone):
    """MobileNet for 112 px; 6.4 million of its 9.6 million parameters stand in its last layer.

    Args:
        dropout: share of the last map that is dropped in training.
    """

    def __init__(
        self, *, embedding_size: int = 128, input_size: int = 112, dropout: float = DROPOUT
    ) -> None:
        super().__init__(
            embedding_size=embedding_size,
            input_size=input_size,
            smallest_px=32,
            preprocessing=CENTRED_128,
        )
        layers: list[nn.Module] = [_conv(3, 32, 3)]  # (b, 32, 112, 112)
        inputs = 32
        for outputs, stride in SEPARABLE:
            layers.append(_conv(inputs, inputs, 3, stride=stride, groups=inputs))
            layers.append(_conv(inputs, outputs, 1))
            inputs = outputs
        self.layers = nn.Sequential(*layers)  # (b, 1024, 7, 7)
        side = halved(input_size, 4)
        self.head = nn.Sequential(
            nn.BatchNorm2d(inputs, HEAD_EPS),
            nn.Dropout(dropout),
            nn.Flatten(),
            nn.Linear(inputs * side * side, embedding_size),
            nn.BatchNorm1d(embedding_size, HEAD_EPS),
        )
        he_normal(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        embedded: Tensor = self.head(self.layers(faces))
        return embedded


def _conv(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
) -> NormalisedConv:
    return NormalisedConv(
        inputs, outputs, kernel, nn.PReLU(outputs), stride=stride, groups=groups, eps=EPS
    )
