"""Parameters and multiply-adds against published figures; the tolerance is that of each figure."""

import pytest
import torch
from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.catalogue import build
from facewarden.train.backbones.cost import Cost, cost, cost_of_layers
from facewarden.train.backbones.inception import TABLE_2, Inception
from facewarden.train.backbones.ir_resnet import BLOCKS_100, IRResNet
from facewarden.train.backbones.vgg16 import VGG16


class Tiny(Backbone):
    """Small enough to count by hand."""

    def __init__(self) -> None:
        super().__init__(embedding_size=5, input_size=8, smallest_px=8)
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.depthwise = nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.norm = nn.BatchNorm2d(4)
        self.linear = nn.Linear(64, 5)

    def forward(self, faces: Tensor) -> Tensor:
        embedded: Tensor = self.linear(self.norm(self.depthwise(self.conv(faces))).flatten(1))
        return embedded


def test_counted_by_hand() -> None:
    net = Tiny().train()
    assert cost_of_layers(net) == {
        "conv": Cost(3 * 4 * 9, 4 * 4 * 4 * 27),
        "depthwise": Cost(4 * 9 + 4, 4 * 4 * 4 * 9),
        "linear": Cost(64 * 5 + 5, 64 * 5),
    }
    assert cost(net) == Cost(108 + 40 + 8 + 325, 1728 + 576 + 320)
    assert net.training
    assert torch.equal(net.norm.running_mean, torch.zeros(4))  # type: ignore[arg-type]


PUBLISHED = {
    # Section 3.2 of the paper: "221 million MAdds and uses 0.99 million parameters".
    "mobilefacenet": ("mobilefacenet", 128, 112, 0.99e6, 221e6, 0.015),
    # Table 3 of the paper: 2.5 M parameters, 56 M MAdds, for a thousand classes at 224 px.
    "mobilenetv3-small": ("mobilenetv3-small", 1000, 224, 2.5e6, 56e6, 0.02),
    # FaceNet, Table 2: "total 7.5M, 1.6B", 128-d at 224 px.
    "inception": ("inception", 128, 224, 7.5e6, 1.6e9, 0.005),
    # Open Model Zoo, facenet-20180408-102900 (Sandberg's weights, batch normalisation folded):
    # 23.469 M parameters, 2.846 GFLOPs of two operations per multiply-add.
    "inception-resnet-v1": ("inception-resnet-v1", 512, 160, 23.469e6, 2.846e9 / 2, 0.005),
}


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_totals(case: str) -> None:
    name, embedding_size, input_size, parameters, multiply_adds, tolerance = PUBLISHED[case]
    found = cost(build(name, embedding_size=embedding_size, input_size=input_size))
    assert found.parameters == pytest.approx(parameters, rel=tolerance)
    assert found.multiply_adds == pytest.approx(multiply_adds, rel=tolerance)


def test_mobilenetv3_has_the_parameters_of_torchvisions() -> None:
    # torchvision's documentation of mobilenet_v3_small: num_params 2542856.
    assert (
        cost(build("mobilenetv3-small", embedding_size=1000, input_size=224)).parameters == 2542856
    )


def test_vgg16_with_the_papers_head() -> None:
    with torch.device("meta"):  # 138 M numbers that nobody needs to draw
        net = VGG16(embedding_size=1000, input_size=224, hidden=(4096, 4096), batch_norm=False)
    found = cost(net)
    # Table 2 of the paper, D: 138 M parameters; He et al., 2016, section 3.3: 15.3 G FLOPs, of
    # the convolutions.
    assert found.parameters == pytest.approx(138e6, rel=0.005)
    convolutions = found.multiply_adds - sum(
        layer.multiply_adds for name, layer in cost_of_layers(net).items() if "head" in name
    )
    assert convolutions == pytest.approx(15.3e9, rel=0.005)
    # torchvision's documentation of vgg16: num_params 138357544.
    assert found.parameters == 138357544


# Open Model Zoo: face-recognition-resnet34-arcface (LResNet34E-IR) and
# face-recognition-resnet100-arcface-onnx (LResNet100E-IR), two operations per multiply-add. Of 18
# and 50, which have the same blocks, it has none.
IR_PUBLISHED = {
    "34": ((3, 4, 6, 3), 34.129e6, 8.934e9 / 2),
    "100": (BLOCKS_100, 65.132e6, 24.2115e9 / 2),
}


@pytest.mark.parametrize("case", IR_PUBLISHED)
def test_ir_resnets(case: str) -> None:
    blocks, parameters, multiply_adds = IR_PUBLISHED[case]
    with torch.device("meta"):
        found = cost(IRResNet(blocks=blocks))
    assert found.parameters == pytest.approx(parameters, rel=0.002)
    assert found.multiply_adds == pytest.approx(multiply_adds, rel=0.003)


ROWS = {  # FaceNet, Table 2: parameters, multiply-adds of each row
    "conv1": (9e3, 119e6),
    "inception2": (115e3, 360e6),
    "rows.inception3a": (164e3, 128e6),
    "rows.inception3b": (228e3, 179e6),
    "rows.inception3c": (398e3, 108e6),
    "rows.inception4a": (545e3, 107e6),
    "rows.inception4b": (595e3, 117e6),
    "rows.inception4c": (654e3, 128e6),
    "rows.inception4d": (722e3, 142e6),
    "rows.inception4e": (717e3, 56e6),
    "rows.inception5a": (1.6e6, 78e6),
    "rows.inception5b": (1.6e6, 78e6),
    "embed": (131e3, 0.1e6),
}


def test_every_row_of_facenets_table() -> None:
    layers = cost_of_layers(Inception(embedding_size=128, input_size=224))
    found = {
        row: [
            sum(
                getattr(layer, what)
                for name, layer in layers.items()
                if f"{name}.".startswith(f"{row}.")
            )
            for what in ("parameters", "multiply_adds")
        ]
        for row in ROWS
    }
    for row, (parameters, multiply_adds) in ROWS.items():
        # the paper counts biases, which batch normalisation has made superfluous, and rounds
        assert found[row][0] == pytest.approx(parameters, rel=0.01, abs=600), row
        assert found[row][1] == pytest.approx(multiply_adds, rel=0.01, abs=0.5e6), row
    assert len(TABLE_2) + 3 == len(ROWS)
