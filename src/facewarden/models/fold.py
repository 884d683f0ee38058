"""Turn block-quantised ONNX files into plain float32 ones that every runtime takes.

OpenCV Zoo's `int8bq` files store each weight as int8 blocks with a scale and a zero point, joined
to the graph by DequantizeLinear and Reshape. ONNX Runtime and OpenVINO refuse them: the opset
changed under them, and SFace also lists every dequantised weight as a graph input. Doing the
arithmetic once gives the same embeddings (cosine 1.0000) and no slower inference, since the
weights were expanded at load time anyway.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import ModelRefused

if TYPE_CHECKING:
    import onnx


def fold(model: bytes, *, dynamic: dict[int, str]) -> bytes:
    """Return the model with constant DequantizeLinear and Reshape applied and axes left open.

    Args:
        model: a block-quantised ONNX file.
        dynamic: input axes to leave open, by position, and their names: {0: "n"} for an embedder
            whose sides are fixed, {0: "n", 2: "h", 3: "w"} for a detector of any picture.

    The result depends on nothing but the arguments, so that its hash can stand in a card.

    Raises:
        ModelRefused: not an ONNX file.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        proto = onnx.load_model_from_string(model)
    except DecodeError as failure:
        raise ModelRefused("not an ONNX file", found=str(failure)) from None
    graph = proto.graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    folded, nodes = _apply(graph, constants)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    made = [_tensor(name, array) for name, array in folded.items() if name in used]
    known = {tensor.name for tensor in (*kept, *made)}
    inputs = [item for item in graph.input if item.name in used - known]
    _replace(graph.node, nodes)
    _replace(graph.initializer, [*made, *kept])
    _replace(graph.input, inputs)
    del graph.value_info[:]
    _open_axes(graph, dynamic)
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString(deterministic=True))


def dequantise(
    values: NDArray[Any],
    scales: NDArray[np.float32],
    zero_points: NDArray[Any],
    *,
    axis: int,
    block: int,
) -> NDArray[np.float32]:
    """Return (values - zero_points) * scales, each scale serving a block along `axis`.

    ONNX operator DequantizeLinear-21, blocked. The last block may be shorter.
    """
    length = values.shape[axis]

    def spread(per_block: NDArray[Any]) -> NDArray[np.float32]:
        repeated = np.repeat(per_block.astype(np.float32), block, axis)
        return np.take(repeated, range(length), axis)

    return (values.astype(np.float32) - spread(zero_points)) * spread(scales)


def _apply(
    graph: "onnx.GraphProto", constants: dict[str, NDArray[Any]]
) -> tuple[dict[str, NDArray[np.float32]], list["onnx.NodeProto"]]:
    """Return the weights made by the constant part of the graph, and the nodes that are left."""
    folded: dict[str, NDArray[np.float32]] = {}
    nodes = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and all(name in constants for name in node.input):
            values, scales, zero_points = (constants[name] for name in node.input)
            attributes = {item.name: item.i for item in node.attribute}
            folded[node.output[0]] = dequantise(
                values,
                scales,
                zero_points,
                axis=attributes["axis"],
                block=attributes["block_size"],
            )
        elif node.op_type == "Reshape" and node.input[0] in folded:
            shape = constants[node.input[1]]
            folded[node.output[0]] = folded[node.input[0]].reshape(shape.astype(int).tolist())
        else:
            nodes.append(node)
    return folded, nodes


def _open_axes(graph: "onnx.GraphProto", dynamic: dict[int, str]) -> None:
    """Leave axes of the input open, the batch of every output, and the length of grid outputs."""
    from onnx import numpy_helper

    for axis, name in dynamic.items():
        graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    for output in graph.output:
        output.type.tensor_type.shape.dim[0].dim_param = dynamic[0]
        if len(dynamic) > 1:
            output.type.tensor_type.shape.dim[1].dim_param = f"cells_{output.name}"
    # YuNet's last Reshapes say 1 x -1 x k; 0 keeps the batch whatever it is.
    shapes = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for tensor in graph.initializer:
        if tensor.name in shapes:
            shape = numpy_helper.to_array(tensor).copy()
            shape[0] = 0
            tensor.CopyFrom(_tensor(tensor.name, shape))


def _tensor(name: str, array: NDArray[Any]) -> "onnx.TensorProto":
    import onnx

    # Built field by field: what the library's own converter adds may change between versions.
    return onnx.TensorProto(
        name=name,
        data_type=onnx.helper.np_dtype_to_tensor_dtype(array.dtype),
        dims=array.shape,
        raw_data=np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes(),
    )


def _replace(field: Any, items: list[Any]) -> None:
    del field[:]
    field.extend(items)
