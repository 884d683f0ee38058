"""A trained model as what changed in the weights of a published one: a twelfth of its size.

A package that ships a model which began as somebody else's need hold only what training did to it.
Each changed tensor is kept as eight-bit steps, with the size of a step for each of its outputs; a
tensor of one axis, which is small, as float32.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.errors import ModelRefused

if TYPE_CHECKING:
    import onnx

STEP = "#step"
"""Ends the name of the array with a tensor's step sizes; no tensor's name holds a #."""
MOST = 127


def packed(changes: Mapping[str, Float32]) -> bytes:
    """Return a file (NumPy's npz) of the changes of tensors, by the names they have in the graph.

    A change is rounded to a 127th of the greatest of its output: less than a hundredth of what
    training did, which itself is small beside the weight. Tensors that did not change are left out.
    The same changes give the same bytes.

    Args:
        changes: what to add to each tensor, of any shape, outputs first.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, change in sorted(changes.items()):
        if not change.any():
            continue
        if change.size == change.shape[0]:
            arrays[name] = change.astype("<f4")
            continue
        flat = change.reshape(len(change), -1)
        step = np.abs(flat).max(axis=1) / np.float32(MOST)
        steps = np.rint(flat / np.where(step > 0, step, 1)[:, None])
        arrays[name] = steps.astype(np.int8).reshape(change.shape)
        arrays[name + STEP] = step.astype("<f4")
    file = BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def changed(model: bytes, changes: bytes) -> bytes:
    """Return a model with changed weights.

    The result depends on nothing but the arguments, so that its hash can stand in a card.

    Args:
        model: the ONNX file whose weights were changed.
        changes: made by `packed`.

    Raises:
        ModelRefused: one of them is damaged, or the changes are another model's.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        proto = onnx.load_model_from_string(model)
        wanted = dict(_unpacked(changes))
        for tensor in proto.graph.initializer:
            if tensor.name in wanted:
                _add(tensor, wanted.pop(tensor.name))
    except (DecodeError, BadZipFile, OSError, EOFError, ValueError, TypeError, KeyError) as failure:
        raise ModelRefused("the weights cannot be changed", found=str(failure)[:300]) from None
    if wanted:
        raise ModelRefused(
            "these changes are of another model's weights",
            expected=f"a tensor {next(iter(wanted))}",
            found="none of that name",
        )
    return bytes(proto.SerializeToString(deterministic=True))


def _unpacked(file: bytes) -> Iterator[tuple[str, Float32]]:
    with np.load(BytesIO(file), allow_pickle=False) as arrays:
        for name in arrays.files:
            if name.endswith(STEP):
                continue
            values = arrays[name]
            if values.dtype == np.int8:
                step = arrays[name + STEP].reshape(-1, *[1] * (values.ndim - 1))
                values = values.astype(np.float32) * step
            yield name, np.asarray(values, np.float32)


def _add(tensor: "onnx.TensorProto", change: Float32) -> None:
    """Add to a tensor of a graph, in place.

    Raises:
        ValueError: they have different shapes.
    """
    from onnx import numpy_helper

    before = numpy_helper.to_array(tensor)
    if before.shape != change.shape or before.dtype != np.float32:
        raise ValueError(
            f"{tensor.name} has the shape {list(before.shape)}, its change {list(change.shape)}"
        )
    # Field by field: what the library's own converter adds may change between versions.
    tensor.ClearField("float_data")
    tensor.raw_data = (before + change).astype("<f4").tobytes()
