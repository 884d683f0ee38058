"""Build the three ONNX graphs of MTCNN from its PyTorch weights.

Zhang et al.: Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks
(IEEE Signal Processing Letters 23, 2016), figure 2. Every stage gives the probability of a face and
the offsets of its box, the last one five landmarks as well:

    score     n x 1 (x rows x columns in the first stage)
    offset    n x 4 (x rows x columns): of x1, y1, x2 and y2, in sides of the box
    landmark  n x 10: five x, then five y, in sides of the box from its corner
"""

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from facewarden.data import Float32
from facewarden.errors import ModelRefused
from facewarden.models.torch_weights import read_torch_weights

if TYPE_CHECKING:
    import onnx

OPSET, IR_VERSION = 17, 8
"""Old enough for every runtime that facewarden takes; fixed, so that the hash is."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A stage: kernel sides of the poolings by the layer before, layers, heads, side of the input.

    Attributes:
        heads: the layers behind score, offset and landmark.
        side_px: None for a picture of any size.
    """

    layers: tuple[str, ...]
    pools: dict[str, int]
    heads: tuple[str, ...]
    side_px: int | None


_PLANS = {
    "mtcnn": _Plan(("conv1", "conv2", "conv3"), {"conv1": 2}, ("conv4_1", "conv4_2"), None),
    "mtcnn-rnet": _Plan(
        ("conv1", "conv2", "conv3", "dense4"),
        {"conv1": 3, "conv2": 3},
        ("dense5_1", "dense5_2"),
        24,
    ),
    "mtcnn-onet": _Plan(
        ("conv1", "conv2", "conv3", "conv4", "dense5"),
        {"conv1": 3, "conv2": 3, "conv3": 2},
        ("dense6_1", "dense6_2", "dense6_3"),
        48,
    ),
}
_HEADS = (("score", 1), ("offset", 4), ("landmark", 10))


def mtcnn_stage(model_id: str, weights: bytes) -> bytes:
    """Return one stage as an ONNX file that depends on nothing but the arguments.

    Args:
        model_id: "mtcnn" for the first stage, "mtcnn-rnet" or "mtcnn-onet".
        weights: the .pt file of that stage.

    Raises:
        ModelRefused: the file cannot be read, or is not of that stage.
    """
    import onnx
    from onnx import TensorProto, helper

    plan = _PLANS[model_id]
    net = _Network(read_torch_weights(weights))
    try:
        value = "input"
        for layer in plan.layers:
            value = net.rectified(net.linear(value, layer), layer)
            if layer in plan.pools:
                value = net.pooled(value, plan.pools[layer])
        for layer, (name, _) in zip(plan.heads, _HEADS, strict=False):
            net.head(value, layer, name)
    except KeyError as lacking:
        raise ModelRefused(
            f"these are not the weights of {model_id}", expected=str(lacking)
        ) from None
    sides: list[str | int] = ["h", "w"] if plan.side_px is None else [plan.side_px] * 2
    grid = ["rows", "columns"] if plan.side_px is None else []
    graph = helper.make_graph(
        net.nodes,
        model_id,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, *sides])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", length, *grid])
            for name, length in _HEADS[: len(plan.heads)]
        ],
        net.tensors,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


class _Network:
    """Collects the nodes and weights of a graph; a value is named for what made it."""

    def __init__(self, weights: dict[str, Float32]) -> None:
        self._weights = weights
        self._channels = 0
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def linear(self, value: str, layer: str) -> str:
        """A convolution without padding, or a layer that sees all there is."""
        weight, bias = self._weights[f"{layer}.weight"], self._weights[f"{layer}.bias"]
        if weight.ndim == 2:
            weight = _in_planes(weight, self._channels)
            value = self._node("Flatten", [value], f"{layer}.flat")
        self._channels = len(weight)
        return self._weighted(value, layer, weight, bias)

    def rectified(self, value: str, layer: str) -> str:
        """A PReLU with a slope for each channel."""
        name = f"prelu{layer[-1]}"
        slope = self._weights[f"{name}.weight"]
        if layer.startswith("conv"):
            slope = slope[:, None, None]
        return self._node("PRelu", [value, self._tensor(f"{name}.weight", slope)], name)

    def pooled(self, value: str, kernel: int) -> str:
        """The largest of neighbours; a window may reach over the edge."""
        return self._node(
            "MaxPool",
            [value],
            f"{value}.pool",
            kernel_shape=[kernel] * 2,
            strides=[2, 2],
            ceil_mode=1,
        )

    def head(self, value: str, layer: str, name: str) -> None:
        """An output; of "no face" and "face" the probability of the second."""
        weight, bias = self._weights[f"{layer}.weight"], self._weights[f"{layer}.bias"]
        if name != "score":
            self._weighted(value, name, weight, bias)
            return
        # Softmax of two is the logistic function of their difference.
        difference = self._weighted(value, layer, weight[1:] - weight[:1], bias[1:] - bias[:1])
        self._node("Sigmoid", [difference], name)

    def _weighted(self, value: str, name: str, weight: Float32, bias: Float32) -> str:
        parts = [value, self._tensor(f"{name}.weight", weight), self._tensor(f"{name}.bias", bias)]
        if weight.ndim == 4:
            return self._node("Conv", parts, name, kernel_shape=list(weight.shape[2:]))
        return self._node("Gemm", parts, name, transB=1)

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def _tensor(self, name: str, array: Float32) -> str:
        from onnx import TensorProto

        # Built field by field: what the library's own converter adds may change between versions.
        self.tensors.append(
            TensorProto(
                name=name,
                data_type=TensorProto.FLOAT,
                dims=array.shape,
                raw_data=np.ascontiguousarray(array, "<f4").tobytes(),
            )
        )
        return name


def _in_planes(weight: Float32, channels: int) -> Float32:
    """Reorder the columns of a dense layer from column, row, channel to channel, row, column.

    The weights were trained where pictures lie column by column (MATLAB, Caffe).
    """
    side = isqrt(weight.shape[1] // channels)
    by_column = weight.reshape(len(weight), side, side, channels)
    return np.ascontiguousarray(by_column.transpose(0, 3, 2, 1)).reshape(len(weight), -1)
