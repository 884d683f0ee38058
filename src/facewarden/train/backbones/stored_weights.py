"""The tensors of an ONNX file or a torch checkpoint, in order, each with the part it plays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import ModelRefused

if TYPE_CHECKING:
    import onnx


class Role(StrEnum):
    """What a tensor does in its layer."""

    WEIGHT = "weight"
    BIAS = "bias"
    SCALE = "scale"
    SHIFT = "shift"
    MEAN = "mean"
    VARIANCE = "variance"
    SLOPE = "slope"


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor of a file.

    Attributes:
        values: float32; a weight has outputs first, as torch keeps it.
        folded: a bias of a convolution that no batch normalisation follows in the file.
    """

    name: str
    role: Role
    values: NDArray[np.float32]
    folded: bool = False


NORMALISATION = (Role.SCALE, Role.SHIFT, Role.MEAN, Role.VARIANCE)
ROLES: Mapping[str, tuple[Role, ...]] = {  # of an operator's inputs after the first
    "Conv": (Role.WEIGHT, Role.BIAS),
    "Gemm": (Role.WEIGHT, Role.BIAS),
    "MatMul": (Role.WEIGHT,),
    "Add": (Role.BIAS,),
    "BatchNormalization": NORMALISATION,
    "PRelu": (Role.SLOPE,),
}


def stored_in(path: Path) -> tuple[Stored, ...]:
    """Return the tensors of a file: ONNX where its name ends so, else a torch checkpoint.

    Raises:
        ModelRefused: no such file, neither of the two, or one that asks to run code.
    """
    if path.suffix == ".onnx":
        try:
            return stored_in_onnx(path.read_bytes())
        except OSError as failure:
            raise _unreadable(path, failure.strerror or str(failure)) from None
    return _stored_in_checkpoint(path)


def stored_in_onnx(model: bytes) -> tuple[Stored, ...]:
    """Return the constants that the operators of a graph use, in the graph's order.

    Raises:
        ModelRefused: not an ONNX file.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.load_model_from_string(model).graph
    except DecodeError as failure:
        raise ModelRefused("not an ONNX file", found=str(failure)) from None
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    constants |= {
        node.output[0]: onnx.numpy_helper.to_array(attribute.t)
        for node in graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
    }
    for node in graph.node:  # torch's exporter writes equal tensors once
        if node.op_type == "Identity" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
    normalised = {node.input[0] for node in graph.node if node.op_type == "BatchNormalization"}
    found = []
    for node in graph.node:
        for role, name in zip(ROLES.get(node.op_type, ()), node.input[1:], strict=False):
            values = constants.get(name)
            if values is None or values.dtype.kind != "f" or values.size < 2:
                continue  # computed, or a number such as the mean of a preprocessing
            if role is Role.WEIGHT and _inputs_first(node):
                values = values.T
            folded = (
                role is Role.BIAS and node.op_type == "Conv" and node.output[0] not in normalised
            )
            found.append(Stored(name, role, np.asarray(values, np.float32), folded))
    return tuple(found)


def _inputs_first(node: "onnx.NodeProto") -> bool:
    transposed = any(item.name == "transB" and item.i for item in node.attribute)
    return node.op_type == "MatMul" or (node.op_type == "Gemm" and not transposed)


def _stored_in_checkpoint(path: Path) -> tuple[Stored, ...]:
    import torch

    try:
        # weights_only: a pickle may otherwise run anything
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as failure:
        raise _unreadable(path, failure.strerror or str(failure)) from None
    # Whatever a damaged pickle makes torch do, it is the same news for the caller.
    except Exception as failure:  # noqa: BLE001
        raise _unreadable(path, str(failure).partition("\n")[0][:200]) from None
    tables = sorted(_tables(content), key=_numbers)
    if not tables:
        raise _unreadable(path, "no table of tensors")
    return tuple(_with_roles(tables[-1]))


def _tables(content: Any) -> Iterator[dict[str, Any]]:
    """Yield every table of tensors by name, however deep."""
    import torch

    if isinstance(content, Mapping):
        table = {
            key: value
            for key, value in content.items()
            if isinstance(key, str) and isinstance(value, torch.Tensor)
        }
        if table:
            yield table
        for value in content.values():
            yield from _tables(value)


def _numbers(table: Mapping[str, Any]) -> int:
    return sum(value.numel() for value in table.values())


def _with_roles(table: Mapping[str, Any]) -> Iterator[Stored]:
    for name, tensor in table.items():
        if not tensor.is_floating_point() or tensor.numel() < 2:
            continue
        layer, _, last = name.rpartition(".")
        normalises = f"{layer}.running_mean" in table
        role = {
            "running_mean": Role.MEAN,
            "running_var": Role.VARIANCE,
            "bias": Role.SHIFT if normalises else Role.BIAS,
        }.get(last)
        if role is None and tensor.ndim == 1:
            role = Role.SCALE if normalises else Role.SLOPE
        yield Stored(name, role or Role.WEIGHT, tensor.float().numpy())


def _unreadable(path: Path, why: str) -> ModelRefused:
    return ModelRefused(
        f"{path} cannot be read as weights",
        expected="an ONNX file, or a torch checkpoint of tensors alone",
        found=why,
    )
