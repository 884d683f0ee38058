"""dlib's face recognition network as ONNX, from the file that dlib itself loads.

The network (Davis King, dlib 19.3, 2017) is a ResNet of 29 convolutions. dlib writes a network as
the layers in the order in which a picture passes them. A name stands before each, then its
parameters as a tensor and its settings as integers. Affine layers (batch normalisation with its
statistics put in) are folded into the convolution before them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from facewarden.data import Float32
from facewarden.errors import ModelRefused

SIDE_PX = 150
EMBEDDING_SIZE = 128
MAX_PARAMETERS = 2**24
"""In one tensor; the largest of the network has 589,824."""

_LAYERS = ("con_4", "affine_", "relu_", "max_pool_2", "avg_pool_2", "add_prev_", "fc_2")
_POOLS = ("max_pool_2", "avg_pool_2")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the file.

    Attributes:
        weights: flat parameters; empty where it has none.
        settings: con_4: filters, rows, columns, stride y x, padding y x. Pools: rows, columns,
            stride y x, padding y x; 0 rows stand for the whole picture. Else empty.
    """

    name: str
    weights: Float32
    settings: tuple[int, ...]


def to_onnx(content: bytes) -> bytes:
    """Return dlib_face_recognition_resnet_model_v1.dat as an ONNX file.

    Its input is n x 3 x 150 x 150 RGB, already normalised as the card says; its output n x 128.

    Raises:
        ModelRefused: not that network.
    """
    graph = _Graph()
    for layer in read_layers(content):
        graph.add(layer)
    return graph.model()


def read_layers(content: bytes) -> Iterator[Layer]:
    """Yield the layers of the file in order.

    Raises:
        ModelRefused: a layer that cannot be read, or none.
    """
    # A name is a text: its length as an integer of one byte, then its letters.
    names = re.compile(b"|".join(bytes([1, len(name)]) + name.encode() for name in _LAYERS))
    place = 0
    while mark := names.search(content, place):
        name, reader = mark.group()[2:].decode(), _Reader(content, mark.end())
        try:
            layer = _layer(name, reader)
        except (IndexError, ValueError) as failure:
            raise _refused(f"a {name} that cannot be read: {failure}") from None
        place = reader.place
        yield layer
    if not place:
        raise _refused("none of its layers")


def _layer(name: str, reader: "_Reader") -> Layer:
    none = np.zeros(0, np.float32)
    if name == "con_4":
        weights = reader.tensor()
        return Layer(name, weights, reader.integers(7))
    if name in _POOLS:
        return Layer(name, none, reader.integers(6))
    if name == "affine_":
        return Layer(name, reader.tensor(), ())
    if name == "fc_2":
        reader.integers(2)  # outputs and inputs; the tensor says so too
        return Layer(name, reader.tensor(), ())
    return Layer(name, none, ())


class _Reader:
    """dlib's integers and tensors (dlib/serialize.h, dlib/cuda/tensor.h of dlib 19 and 20)."""

    def __init__(self, content: bytes, place: int) -> None:
        self._content = content
        self.place = place

    def integer(self) -> int:
        """A byte with the number of bytes that follow and the sign, then those, lowest first."""
        control = self._content[self.place]
        count = control & 0x0F
        if not 1 <= count <= 8:
            raise ValueError("no integer there")
        end = self.place + 1 + count
        size = int.from_bytes(self._content[self.place + 1 : end], "little")
        self.place = end
        return -size if control & 0x80 else size

    def integers(self, count: int) -> tuple[int, ...]:
        return tuple(self.integer() for _ in range(count))

    def tensor(self) -> Float32:
        """A version, four lengths, then little-endian float32; flat."""
        version, *lengths = self.integers(5)
        size = int(np.prod(lengths, dtype=object))
        if version != 2 or not 0 < size <= MAX_PARAMETERS:
            raise ValueError(f"a tensor of version {version}, shape {lengths}")
        end = self.place + 4 * size
        values = np.frombuffer(self._content[self.place : end], "<f4")
        if len(values) != size or not np.isfinite(values).all():
            raise ValueError("a tensor cut short or not finite")
        self.place = end
        return values.astype(np.float32)


@dataclass(slots=True)
class _Graph:
    """The ONNX graph so far: `value` is what the last layer gave, of `channels` x side x side."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)
    value: str = "data"
    channels: int = 3
    side: int = SIDE_PX
    convolution: Layer | None = None
    block: tuple[str, int, int] = ("data", 3, SIDE_PX)
    """What the residual block began with: its value, channels and side."""
    skip: tuple[str, int, int] | None = None
    """The same after a pool, where the block halves its input."""

    def add(self, layer: Layer) -> None:
        """Append a layer of the file."""
        match layer.name:
            case "con_4":
                self.convolution = layer
            case "affine_":
                self._convolve(layer)
            case "relu_":
                before = self.nodes[-1].op_type if self.nodes else ""
                self._node("Relu", [self.value])
                if before == "Add":
                    self._begin_block()
            case "max_pool_2":
                self.value, self.channels, self.side = self._pool(
                    "MaxPool", layer, (self.value, self.channels, self.side)
                )
                self._begin_block()
            case "avg_pool_2" if layer.settings[0]:
                self.skip = self._pool("AveragePool", layer, self.block)
            case "avg_pool_2":
                self._node("GlobalAveragePool", [self.value])
                self._node("Flatten", [self.value])
            case "add_prev_":
                self._add_skip()
            case "fc_2":
                self._finish(layer)

    def model(self) -> bytes:
        """Return the ONNX file.

        Raises:
            ModelRefused: the network did not end in an embedding.
        """
        if self.value != "embedding":
            raise _refused("an end that is not an embedding")
        graph = helper.make_graph(
            self.nodes,
            "dlib_face_recognition_resnet_v1",
            [_described("data", (3, SIDE_PX, SIDE_PX))],
            [_described("embedding", (EMBEDDING_SIZE,))],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _begin_block(self) -> None:
        self.block, self.skip = (self.value, self.channels, self.side), None

    def _convolve(self, affine: Layer) -> None:
        layer, self.convolution = self.convolution, None
        if layer is None:
            raise _refused("an affine layer without a convolution")
        filters, rows, columns, stride, _, pad, _ = layer.settings
        expected = filters * (self.channels * rows * columns + 1)
        if len(layer.weights) != expected or len(affine.weights) != 2 * filters or stride < 1:
            raise _refused(f"a convolution of {len(layer.weights)} parameters, not {expected}")
        kernel = layer.weights[:-filters].reshape(filters, self.channels, rows, columns)
        gamma, beta = affine.weights[:filters], affine.weights[filters:]
        self._node(
            "Conv",
            [
                self.value,
                self._constant(kernel * gamma[:, None, None, None]),
                self._constant(layer.weights[-filters:] * gamma + beta),
            ],
            kernel_shape=[rows, columns],
            strides=[stride, stride],
            pads=[pad] * 4,
        )
        self.channels, self.side = filters, (self.side + 2 * pad - rows) // stride + 1

    def _pool(self, operation: str, layer: Layer, of: tuple[str, int, int]) -> tuple[str, int, int]:
        rows, columns, stride, _, pad, _ = layer.settings
        value, channels, side = of
        if rows < 1 or stride < 1:
            raise _refused("a pool of nothing")
        pooled = self._named(
            operation, [value], kernel_shape=[rows, columns], strides=[stride, stride],
            pads=[pad] * 4,
        )  # fmt: skip
        return pooled, channels, (side + 2 * pad - rows) // stride + 1

    def _add_skip(self) -> None:
        """dlib's add_prev takes what is missing in either, in channels, rows and columns, as 0."""
        one = (self.value, self.channels, self.side)
        other = self.skip or self.block
        channels, side = max(one[1], other[1]), max(one[2], other[2])
        self._node("Add", [self._padded(part, channels, side) for part in (one, other)])
        self.channels, self.side = channels, side

    def _padded(self, part: tuple[str, int, int], channels: int, side: int) -> str:
        value, has, across = part
        if (has, across) == (channels, side):
            return value
        ends = [0, channels - has, side - across, side - across]
        pads = self._constant(np.array([0, 0, 0, 0, *ends], np.int64))
        return self._named("Pad", [value, pads])

    def _finish(self, layer: Layer) -> None:
        if len(layer.weights) != self.channels * EMBEDDING_SIZE:
            raise _refused(f"a last layer of {len(layer.weights)} parameters")
        weights = self._constant(layer.weights.reshape(self.channels, EMBEDDING_SIZE))
        self.nodes.append(helper.make_node("MatMul", [self.value, weights], ["embedding"]))
        self.value = "embedding"

    def _node(self, operation: str, inputs: list[str], **settings: Any) -> None:
        self.value = self._named(operation, inputs, **settings)

    def _named(self, operation: str, inputs: list[str], **settings: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], **settings))
        return name

    def _constant(self, values: NDArray[Any]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name


def _described(name: str, shape: tuple[int, ...]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])


def _refused(found: str) -> ModelRefused:
    return ModelRefused(
        "this is not dlib's face recognition network",
        expected="dlib_face_recognition_resnet_model_v1.dat",
        found=found,
    )
