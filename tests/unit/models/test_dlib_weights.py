"""The file is written here as dlib writes one, with the layers of its network in small."""

import numpy as np
import onnxruntime
import pytest

from facewarden.data import Float32
from facewarden.errors import ModelRefused
from facewarden.models.dlib_weights import EMBEDDING_SIZE, SIDE_PX, read_layers, to_onnx


def integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    sign = 0x80 if value < 0 else 0
    return bytes([size | sign]) + abs(value).to_bytes(size, "little")


def text(name: str) -> bytes:
    return integer(len(name)) + name.encode()


def tensor(values: Float32) -> bytes:
    lengths = b"".join(integer(n) for n in (2, values.size, 1, 1, 1))
    return lengths + values.astype("<f4").tobytes()


class Written:
    """A network, written layer by layer, and what it computes on a constant picture."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)
        self.content = text("loss_metric_2") + b"\x01\x02" * 20

    def convolution(self, channels: int, filters: int, side: int, stride: int, pad: int) -> None:
        count = filters * (channels * side * side + 1)
        weights = self.rng.normal(0, 0.2, count).astype(np.float32)
        settings = (filters, side, side, stride, stride, pad, pad)
        self.content += text("con_4") + tensor(weights) + b"".join(map(integer, settings))
        scales = self.rng.uniform(0.5, 1.5, 2 * filters).astype(np.float32)
        self.content += text("affine_") + tensor(scales)

    def pool(self, name: str, *settings: int) -> None:
        self.content += text(name) + b"".join(map(integer, settings))

    def plain(self, name: str) -> None:
        self.content += text(name) + b"110\x01\x02"

    def last(self, channels: int, bias: int = 0) -> None:
        count = channels * EMBEDDING_SIZE + bias
        weights = self.rng.normal(0, 1, count).astype(np.float32)
        self.content += text("fc_2") + integer(EMBEDDING_SIZE) + integer(channels) + tensor(weights)


def network() -> Written:
    """A stem, a residual block, and one that halves the picture and doubles the channels."""
    net = Written()
    net.convolution(3, 4, 7, 2, 0)
    net.plain("relu_")
    net.pool("max_pool_2", 3, 3, 2, 2, 0, 0)
    for channels, filters, stride in ((4, 4, 1), (4, 8, 2)):
        net.convolution(channels, filters, 3, stride, 0 if stride == 2 else 1)
        net.plain("relu_")
        net.convolution(filters, filters, 3, 1, 1)
        if stride == 2:
            net.pool("avg_pool_2", 2, 2, 2, 2, 0, 0)
        net.plain("add_prev_")
        net.plain("relu_")
    net.pool("avg_pool_2", 0, 0, 1, 1, 0, 0)
    net.last(8)
    return net


def test_any_batch_gives_embeddings() -> None:
    session = onnxruntime.InferenceSession(to_onnx(network().content))
    pictures = np.random.default_rng(1).normal(0, 0.3, (3, 3, SIDE_PX, SIDE_PX)).astype(np.float32)
    together = session.run(None, {"data": pictures})[0]
    alone = np.concatenate([session.run(None, {"data": one[None]})[0] for one in pictures])
    assert together.shape == (3, EMBEDDING_SIZE)
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_the_same_bytes_each_time() -> None:
    assert to_onnx(network().content) == to_onnx(network().content)


def test_layers_are_read_in_order_with_their_settings() -> None:
    layers = list(read_layers(network().content))
    assert [layer.name for layer in layers[:4]] == ["con_4", "affine_", "relu_", "max_pool_2"]
    assert layers[0].settings == (4, 7, 7, 2, 2, 0, 0)
    assert len(layers[0].weights) == 4 * (3 * 49 + 1)


def damaged(name: str) -> bytes:
    net = network()
    content = net.content
    match name:
        case "empty":
            return b""
        case "something else":
            return b"PK\x03\x04" + bytes(1000)
        case "cut short":
            return content[: len(content) // 3]
        case "no end":
            return content[: content.index(text("fc_2"))]
        case "not finite":
            at = content.index(text("con_4")) + len(text("con_4")) + 12
            return content[:at] + b"\xff" * 8 + content[at + 8 :]
        case "huge tensor":
            return text("con_4") + b"".join(map(integer, (2, 2**31, 2**31, 1, 1)))
        case "affine alone":
            return text("affine_") + tensor(np.ones(8, np.float32))
        case "last layer too long":
            net.last(8, bias=1)
            return net.content
    raise AssertionError(name)


@pytest.mark.parametrize(
    "name",
    [
        "empty",
        "something else",
        "cut short",
        "no end",
        "not finite",
        "huge tensor",
        "affine alone",
        "last layer too long",
    ],
)
def test_refuses(name: str) -> None:
    with pytest.raises(ModelRefused, match="not dlib's face recognition network"):
        to_onnx(damaged(name))
