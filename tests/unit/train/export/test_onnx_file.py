"""Each network and its file say the same of faces."""

from collections.abc import Iterator

import numpy as np
import onnx
import pytest
import torch

from facewarden.data import Float32
from facewarden.errors import DataError, ModelRefused
from facewarden.models.engines import REFERENCE, choices, start
from facewarden.models.half import halved
from facewarden.models.quantise import quantised
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.catalogue import BACKBONES, build
from facewarden.train.export.card_of_run import Named, draft
from facewarden.train.export.check import agreement, by_torch
from facewarden.train.export.judging import embeddings_of
from facewarden.train.export.onnx_file import to_onnx

NAMED = Named("tiny", "MIT", "drawn, ours")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def lived_in(name: str, size_px: int) -> Backbone:
    """Return a network whose norms have seen something: else folding them changes nothing."""
    torch.manual_seed(3)
    net = build(name, embedding_size=16, input_size=size_px)
    net.train()
    with torch.no_grad():
        for _ in range(3):
            net(torch.randn(8, 3, size_px, size_px))
    return net


def faces(size_px: int, count: int = 5) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(5).integers(0, 256, (count, size_px, size_px, 3), np.uint8)


def run(
    model: bytes, net: Backbone, pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> Float32:
    card = draft(net, NAMED, "float32", model, "a test")
    return embeddings_of(start(model, card, REFERENCE, threads=1), card.input, pictures)


SIZES = {"inception": 64, "inception-resnet-v1": 96}


@pytest.mark.parametrize("name", [name for name in BACKBONES if name != "ir-resnet50"])
def test_a_file_says_what_its_network_says(name: str) -> None:
    size_px = SIZES.get(name, 32)
    net = lived_in(name, size_px)
    model, pictures = to_onnx(net), faces(size_px)
    assert net.training  # left as it was
    found = agreement(by_torch(net, pictures), run(model, net, pictures))
    assert found.cosine > 0.99999
    found.require()


def test_any_batch_on_every_engine() -> None:
    net = lived_in("mobilenetv3-small", 32)
    model, pictures = to_onnx(net), faces(32, 7)
    card = draft(net, NAMED, "float32", model, "a test")
    expected = by_torch(net, pictures)
    for choice in choices():
        session = start(model, card, choice, threads=1)
        for count in (1, 7):
            found = agreement(
                expected[:count], embeddings_of(session, card.input, pictures[:count])
            )
            assert found.cosine > 0.99, choice


def test_a_file_of_other_weights_is_refused() -> None:
    model = to_onnx(lived_in("mobilenetv3-small", 32))
    torch.manual_seed(4)
    other = build("mobilenetv3-small", embedding_size=16, input_size=32).eval()
    found = agreement(by_torch(other, faces(32)), run(model, other, faces(32)))
    with pytest.raises(ModelRefused, match="disagrees with the network"):
        found.require()


def test_colours_swapped_are_seen() -> None:
    net = lived_in("mobilenetv3-small", 32)
    swapped = np.ascontiguousarray(faces(32)[..., ::-1])
    found = agreement(by_torch(net, swapped), run(to_onnx(net), net, faces(32)))
    with pytest.raises(ModelRefused, match="disagrees with the network"):
        found.require()


def test_int8_rounds_weights_and_activations() -> None:
    net = lived_in("mobilenetv3-small", 32)
    plain, pictures = to_onnx(net), faces(32, 16)
    batch = (pictures.transpose(0, 3, 1, 2).astype(np.float32) - net.preprocessing.mean) * (
        net.preprocessing.scale
    )
    small = quantised(plain, [batch])
    graph = onnx.load_model_from_string(small).graph
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in graph.node}
    assert len(small) < 0.5 * len(plain)
    assert agreement(by_torch(net, pictures), run(small, net, pictures)).mean_cosine > 0.9


def test_int8_needs_faces() -> None:
    with pytest.raises(DataError, match="nothing to measure"):
        quantised(to_onnx(lived_in("mobilenetv3-small", 32)), [])


def test_float16_halves_the_file() -> None:
    net = lived_in("mobilenetv3-small", 32)
    plain = to_onnx(net)
    half = halved(plain)
    assert len(half) < 0.6 * len(plain)
    assert agreement(by_torch(net, faces(32)), run(half, net, faces(32))).cosine > 0.999


def test_what_is_no_model() -> None:
    with pytest.raises(ModelRefused, match="cannot be halved"):
        halved(b"text")
    with pytest.raises(ModelRefused, match="cannot be quantised"):
        quantised(b"text", [np.zeros((1, 3, 8, 8), np.float32)])


def test_float16_with_slopes() -> None:
    net = lived_in("sface", 32)
    model = halved(to_onnx(net))
    assert agreement(by_torch(net, faces(32)), run(model, net, faces(32))).cosine > 0.999
