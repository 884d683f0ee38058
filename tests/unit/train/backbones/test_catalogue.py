"""Every backbone: shapes, gradients, mixed precision, first weights, sizes it refuses."""

import pytest
import torch

from facewarden.errors import ConfigError
from facewarden.train.backbones.catalogue import BACKBONES, build
from facewarden.train.backbones.inception import L2Pool
from facewarden.train.backbones.preprocessing import Preprocessing

SIZES = {  # embedding size and side other than the defaults; small, for speed
    "mobilefacenet": (96, 50),
    "ir-resnet18": (64, 48),
    "ir-resnet50": (32, 33),
    "vgg16": (100, 70),
    "mobilenetv3-small": (80, 64),
    "inception": (72, 64),
    "inception-resnet-v1": (40, 90),
    "sface": (24, 48),
}


@pytest.fixture(autouse=True)
def fixed_draws() -> None:
    torch.manual_seed(1)


@pytest.mark.parametrize("name", BACKBONES)
def test_free_sizes_and_gradients_everywhere(name: str) -> None:
    embedding_size, side = SIZES[name]
    net = build(name, embedding_size=embedding_size, input_size=side).train()
    faces = torch.rand(3, 3, side, side) * 2 - 1
    embedded = net(faces)
    assert embedded.shape == (3, embedding_size)
    (embedded * torch.randn_like(embedded)).sum().backward()
    lost = [n for n, p in net.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not lost
    assert sum(float(p.grad.abs().sum()) > 0 for p in net.parameters() if p.grad is not None) > 10


@pytest.mark.parametrize("name", sorted(set(BACKBONES) - {"ir-resnet50"}))  # the blocks of 18
def test_mixed_precision_stays_near_the_full_one(name: str) -> None:
    embedding_size, side = SIZES[name]
    net = build(name, embedding_size=embedding_size, input_size=side).eval()
    faces = torch.rand(2, 3, side, side) * 2 - 1
    with torch.no_grad():
        full = net(faces)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = net(faces).float()
    assert torch.nn.functional.cosine_similarity(full, mixed).min() > 0.98


@pytest.mark.parametrize("name", BACKBONES)
def test_preprocessing_is_said(name: str) -> None:
    with torch.device("meta"):
        net = build(name, embedding_size=32, input_size=112)
    assert net.preprocessing.mean == 127.5
    assert (net.embedding_size, net.input_size) == (32, 112)
    low, high = ((pixel - 127.5) * net.preprocessing.scale for pixel in (0, 255))
    assert -1 <= low < -0.99
    assert 0.99 < high <= 1


def test_a_scale_is_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        Preprocessing(0, 0)


REFUSED = {
    "name": ("resnet", 128, 112, "no such backbone.*mobilefacenet.*found resnet"),
    "no name": ("", 128, 112, "found nothing"),
    "embedding": ("mobilefacenet", 1, 112, "embedding_size.*2 to 65536.*found 1"),
    "large embedding": ("sface", 70000, 112, "embedding_size"),
    "side": ("inception-resnet-v1", 512, 64, "input_size.*80 to 1024 px.*found 64"),
    "large side": ("vgg16", 512, 2000, "input_size"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    name, embedding_size, side, words = REFUSED[case]
    with pytest.raises(ConfigError, match=words):
        build(name, embedding_size=embedding_size, input_size=side)


def test_first_weights_keep_the_variance_of_gradients() -> None:
    net = build("ir-resnet18", embedding_size=64, input_size=48)
    weights = dict(net.named_parameters())["stages.2.layers.1.0.weight"]  # 64 to 128, 3x3
    assert float(weights.detach().std()) == pytest.approx((2 / (9 * 128)) ** 0.5, rel=0.02)
    net = build("inception-resnet-v1", embedding_size=64, input_size=80)
    weights = dict(net.named_parameters())["stem.5.0.weight"]  # 80 to 192, 3x3
    assert float(weights.detach().std()) == pytest.approx((2 / (9 * 272)) ** 0.5, rel=0.02)


def test_l2_pool_is_the_root_of_the_sum_and_has_a_slope_at_zero() -> None:
    maps = torch.tensor([[[[3.0, 4.0], [0.0, 0.0]]]])
    assert L2Pool(3, 1, 1)(maps).flatten().tolist() == pytest.approx([5.0] * 4)
    nothing = torch.zeros(1, 1, 3, 3, requires_grad=True)
    L2Pool(3, 1, 1)(nothing).sum().backward()
    assert nothing.grad is not None
    assert nothing.grad.isfinite().all()
