"""Read the tensors of a PyTorch weights file without PyTorch, and without trusting the file.

A file written by torch.save before version 1.6 is a row of pickles (a magic number, a version,
facts about the machine, the tensors, the keys of their storages), then the storages: for each key
eight bytes of length and the numbers. A pickle can call anything; this reader lets it call nothing
but the two constructors that a dictionary of float32 tensors needs, and builds arrays in their
place.
"""

import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from io import BytesIO
from math import prod
from typing import Any

import numpy as np

from facewarden.data import Float32
from facewarden.errors import ModelRefused

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
"""Both from the file format itself (torch/serialization.py, legacy save)."""


@dataclass(frozen=True, slots=True)
class _View:
    """A tensor before its storage was read."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def of(self, numbers: Float32) -> Float32:
        """Return the tensor, whose numbers may lie in any order, as an array in C order."""
        axes = list(zip(self.shape, self.stride, strict=True))
        last = self.offset + sum((length - 1) * step for length, step in axes)
        lowest = min((self.offset, *self.shape, *self.stride))
        most = max(last, prod(self.shape) - 1)
        if lowest < 0 or most >= len(numbers):
            raise pickle.UnpicklingError("holds a tensor that reaches over its numbers")
        places = np.array(self.offset)
        for length, step in axes:
            places = places[..., None] + step * np.arange(length)
        return np.asarray(numbers[places], np.float32)


class _Float32:
    """Stands for torch.FloatStorage, which names the type of the numbers."""


class _TensorsOnly(pickle.Unpickler):
    """An unpickler that knows three names; every other one is refused."""

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _view,
            ("torch", "FloatStorage"): _Float32,
        }
        try:
            return known[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"asks for {module}.{name}") from None

    def persistent_load(self, pid: Any) -> str:
        kind, numbers, key, _place, _length, _parent = pid
        if kind != "storage" or numbers is not _Float32:
            raise pickle.UnpicklingError("holds something else than float32 tensors")
        return str(key)


def read_torch_weights(content: bytes) -> dict[str, Float32]:
    """Return the tensors of a file by name.

    Raises:
        ModelRefused: not such a file, one that asks for anything else than plain float32 tensors,
            or one that is cut short.
    """
    try:
        return _read(BytesIO(content))
    # Whatever a damaged pickle makes Python do, it is the same news for the caller.
    except Exception as failure:  # noqa: BLE001
        raise ModelRefused(
            "not a file of PyTorch weights that can be read safely",
            expected="a dictionary of float32 tensors",
            found=str(failure)[:200],
        ) from None


def _read(file: BytesIO) -> dict[str, Float32]:
    if (_pickled(file), _pickled(file)) != (MAGIC, VERSION):
        raise pickle.UnpicklingError("no weights in PyTorch's format before 1.6")
    _machine, views, keys = _pickled(file), _pickled(file), _pickled(file)
    storages = {str(key): _storage(file) for key in keys}
    return {str(name): view.of(storages[view.storage]) for name, view in views.items()}


def _pickled(file: BytesIO) -> Any:
    return _TensorsOnly(file).load()


def _view(
    storage: str, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_rest: Any
) -> _View:
    """Note what _rebuild_tensor_v2 is asked for."""
    return _View(storage, offset, shape, stride)


def _storage(file: BytesIO) -> Float32:
    (length,) = struct.unpack("<q", file.read(8))
    content = file.read(4 * length)
    if len(content) != 4 * length:
        raise pickle.UnpicklingError("ends before its last tensor")
    return np.frombuffer(content, "<f4").astype(np.float32)
