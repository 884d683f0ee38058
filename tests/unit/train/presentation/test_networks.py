"""Clip networks: their weights counted by hand, their shapes, and that time matters to them."""

import numpy as np
import pytest
import torch
from torch import nn

from facewarden.errors import ConfigError
from facewarden.train.presentation.networks.alexnet_2plus1d import AlexNet2Plus1d
from facewarden.train.presentation.networks.catalogue import NETWORKS, build
from facewarden.train.presentation.networks.clip_network import standardised
from facewarden.train.presentation.networks.factored import middle_channels
from facewarden.train.presentation.networks.flownet_s import FlowNetS
from facewarden.train.presentation.networks.joined import Joined
from facewarden.train.presentation.networks.measured import light, motion
from facewarden.train.presentation.networks.mobile import Mobile
from facewarden.train.presentation.networks.r2plus1d import R2Plus1d

SMALL: dict[str, dict[str, object]] = {
    "alexnet-2plus1d": {},
    "flownet-s": {"width": 4},
    "alexnet-2plus1d+flownet-s": {"width": 4},
    "r2plus1d-18": {"width": 8},
    "mobile": {"width": 8},
    "measured": {},
    "surface": {"width": 4},
}
OF_CLIPS = [name for name in NETWORKS if name != "surface"]


def count(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def test_alexnet_has_the_weights_that_a_count_by_hand_gives() -> None:
    # Of each layer: M by floor(3 k^2 N N' / (k^2 N + 3 N')), then k^2 N M + 2 M + 3 M N' + 2 N'.
    # conv1: k 11, 3 -> 96:    M = 104544 // 651 = 160;  58080 + 320 + 46080 + 192
    # conv2: k 5, 96 -> 256:   M = 1843200 // 3168 = 581; 1394400 + 1162 + 446208 + 512
    # conv3: k 3, 256 -> 384:  M = 2654208 // 3456 = 768; 1769472 + 1536 + 884736 + 768
    # conv4: k 3, 384 -> 384:  M = 3981312 // 4608 = 864; 2985984 + 1728 + 995328 + 768
    # conv5: k 3, 384 -> 256:  M = 2654208 // 4224 = 628; 2170368 + 1256 + 482304 + 512
    # fully connected: 256 * 128 + 128
    by_hand = 104_672 + 1_842_282 + 2_656_512 + 3_983_808 + 2_654_440 + 32_896
    assert count(AlexNet2Plus1d(embedding_size=128)) == by_hand


def test_flownet_has_the_weights_of_the_paper() -> None:
    # Figure 2 of the paper, convolutions with biases: k^2 N N' + N' of each.
    layers = [(6, 64, 7), (64, 128, 5), (128, 256, 5), (256, 256, 3), (256, 512, 3),
              (512, 512, 3), (512, 512, 3), (512, 512, 3), (512, 1024, 3)]  # fmt: skip
    by_hand = sum(k * k * n * m + m for n, m, k in layers)
    assert by_hand == 14_612_544
    assert count(FlowNetS(embedding_size=128)) == by_hand + 1024 * 128 + 128


def test_both_are_joined_at_one_fully_connected_layer() -> None:
    alone = count(AlexNet2Plus1d(embedding_size=64).layers) + count(FlowNetS().layers)
    assert count(Joined(embedding_size=64)) == alone + (256 + 1024) * 64 + 64


def test_r2plus1d_18_has_as_many_weights_as_is_published() -> None:
    # Tran et al. 2018, table 4: 33.3 million, with a layer for the 400 classes of Kinetics.
    assert round(count(R2Plus1d(embedding_size=400)) / 1e6, 1) == pytest.approx(33.3, abs=0.11)


@pytest.mark.parametrize(
    ("inputs", "outputs", "side", "middle"), [(64, 64, 3, 144), (64, 128, 3, 230), (3, 64, 7, 83)]
)
def test_middle_channels_keep_the_weights(
    inputs: int, outputs: int, side: int, middle: int
) -> None:
    assert middle_channels(inputs, outputs, side, 3) == middle
    whole = 3 * side * side * inputs * outputs
    parts = middle * (side * side * inputs + 3 * outputs)
    assert 0 <= whole - parts < side * side * inputs + 3 * outputs


def test_the_small_one_is_small() -> None:
    assert count(Mobile()) * 4 <= 2_000_000


@pytest.mark.parametrize("name", OF_CLIPS)
@pytest.mark.parametrize(("looks", "side"), [(2, 64), (3, 96), (5, 96)])
def test_each_network_takes_its_looks(name: str, looks: int, side: int) -> None:
    net = build(name, SMALL[name], looks=looks, input_size=side, embedding_size=16).eval()
    clips = torch.rand(2, looks, 3, side, side) * 255
    with torch.inference_mode():
        maps = net.maps(clips)
        embeddings = net(clips)
    assert maps.shape[:2] == (2, net.channels)
    assert maps.ndim == 5
    assert embeddings.shape == (2, 16)
    assert embeddings.isfinite().all()
    # The looks the other way round are another clip.
    with torch.inference_mode():
        backwards = net(clips.flip(1))
    if name != "measured":  # how far looks are from the middle one has no order
        assert not torch.allclose(embeddings, backwards, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in OF_CLIPS if name != "measured"])
def test_light_is_no_evidence(name: str) -> None:
    net = build(name, SMALL[name], looks=3, input_size=64, embedding_size=8).eval()
    clips = torch.rand(1, 3, 3, 64, 64) * 100 + 20
    with torch.inference_mode():
        assert torch.allclose(net(clips), net(clips * 1.5 + 10), rtol=1e-3, atol=1e-4)


def test_a_still_picture_has_no_motion_and_a_face_has() -> None:
    torch.manual_seed(2)
    still = torch.rand(1, 1, 3, 64, 64).expand(1, 5, 3, 64, 64) * 200
    moved = still.clone()
    moved[:, 3:, :, 28:40, 24:40] += 40
    apart, of_still = motion(still)
    assert not apart.any()
    elsewhere, of_moved = motion(moved)
    assert elsewhere[0, 3:, 0, 14:20, 12:20].mean() > 4 * elsewhere[0, 3:, 0, :8, :8].mean()
    # Alike first: mean, most, least; then how far apart, in the same order.
    assert of_still[0, 0] > of_moved[0, 0]
    assert of_still[0, 3] == 0 < of_moved[0, 3]


def test_light_is_measured_as_by_hand() -> None:
    torch.manual_seed(1)
    picture = torch.rand(1, 3, 64, 64) * 255
    found = light(picture)[0]
    red, green, blue = (picture[0] / 255).numpy()
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    cells = luma.reshape(32, 2, 32, 2).mean((1, 3))
    inner = np.sort(cells[8:24, 8:24].ravel())
    assert found[:5].tolist() == pytest.approx(
        [inner[round(q * 255)] for q in (0.01, 0.1, 0.5, 0.9, 0.99)], abs=1e-5
    )
    assert found[5].item() == pytest.approx(cells[8:24, 8:24].mean(), abs=1e-5)
    assert found[8].item() == pytest.approx(np.hypot(inner.std(), 1e-3), rel=1e-3)


def test_an_even_look_stays_even() -> None:
    clips = torch.full((1, 2, 3, 8, 8), 200.0)
    assert not standardised(clips).any()


def test_one_clip_does_not_see_another() -> None:
    net = Mobile(looks=3, input_size=64, embedding_size=8, width=8).eval()
    clips = torch.rand(2, 3, 3, 64, 64) * 255
    with torch.inference_mode():
        assert torch.allclose(net(clips)[1], net(clips[1:])[0], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "sizes", "parameters", "told"),
    [
        ("alexnet", {}, {}, "no such network"),
        ("mobile", {"looks": 4}, {}, "looks is out of range for Mobile"),
        ("surface", {}, {}, "looks is out of range for Surface: expected 1, found 5"),
        ("mobile", {"looks": 1}, {}, "looks is out of range for Mobile"),
        ("mobile", {"input_size": 32}, {}, "64 to 512 px"),
        ("measured", {"input_size": 100}, {}, "a multiple of 32"),
        ("mobile", {}, {"widht": 8}, "did you mean width"),
        ("alexnet-2plus1d", {"embedding_size": 1}, {}, "embedding_size is out of range"),
    ],
)
def test_what_there_is_not_is_refused(
    name: str, sizes: dict[str, int], parameters: dict[str, object], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        build(name, parameters, **{"looks": 5, "input_size": 224, "embedding_size": 64, **sizes})
