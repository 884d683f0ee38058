import io
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facewarden.errors import ModelRefused
from facewarden.models.torch_weights import MAGIC, VERSION, read_torch_weights


class _Asked:
    """Pickles as a call of a name that this machine may not have."""

    def __init__(self, module: str, name: str, *arguments: Any) -> None:
        self.module, self.name, self.arguments = module, name, arguments


# The pickler in Python: unlike the one in C it can write names that do not exist here.
Pickler: Any = pickle._Pickler


class _Pickler(Pickler):  # type: ignore[misc]
    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, _Asked):
            self.write(f"c{obj.module}\n{obj.name}\n".encode())
            if obj.arguments:
                super().save(obj.arguments)
                self.write(b"R")
        elif isinstance(obj, _Storage):
            super().save(("storage", _Asked("torch", obj.kind), obj.key, "cpu", 6, None))
            self.write(b"Q")
        else:
            super().save(obj, save_persistent_id)


class _Storage:
    def __init__(self, key: str = "7", kind: str = "FloatStorage") -> None:
        self.key, self.kind = key, kind


def tensor(
    shape: tuple[int, ...], stride: tuple[int, ...], *, offset: int = 0, kind: str = "FloatStorage"
) -> _Asked:
    place = _Storage(kind=kind)
    return _Asked("torch._utils", "_rebuild_tensor_v2", place, offset, shape, stride, False, {})


def written(
    tensors: Any, *, magic: int = MAGIC, numbers: int = 6, told: int | None = None
) -> bytes:
    """A weights file as PyTorch wrote them before 1.6, storage 7 holding 0, 1, 2, ..."""
    file = io.BytesIO()
    for item in (magic, VERSION, {"little_endian": True}, tensors, ["7"]):
        _Pickler(file, 2).dump(item)
    file.write(struct.pack("<q", numbers if told is None else told))
    file.write(np.arange(numbers, dtype="<f4").tobytes())
    return file.getvalue()


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (tensor((2, 3), (3, 1)), [[0, 1, 2], [3, 4, 5]]),
        (tensor((3, 2), (1, 3)), [[0, 3], [1, 4], [2, 5]]),
        (tensor((2,), (1,), offset=4), [4, 5]),
        (tensor((), ()), 0),
    ],
    ids=["rows", "columns", "offset", "scalar"],
)
def test_reads(one: _Asked, expected: Any) -> None:
    weights = read_torch_weights(written({"a": one}))
    assert weights["a"].dtype == np.float32
    np.testing.assert_array_equal(weights["a"], np.array(expected, np.float32))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "safely"),
        (b"PK\x03\x04 a zip file", "safely"),
        (written({}, magic=1), "before 1.6"),
        (written({"a": _Asked("os", "system", "touch /tmp/owned")}), "os.system"),
        (written({"a": _Asked("builtins", "eval", "1")}), "builtins.eval"),
        (written({"a": tensor((2,), (1,), kind="DoubleStorage")}), "DoubleStorage"),
        (written({"a": tensor((7,), (1,))}), "reaches over"),
        (written({"a": tensor((2,), (-1,), offset=1)}), "reaches over"),
        (written({"a": tensor((1 << 40,), (0,))}), "reaches over"),
        (written({"a": tensor((2,), (1, 1))}), "safely"),
        (written({"a": tensor((2,), (1,))})[:-1], "ends before"),
        (written({"a": tensor((2,), (1,))}, told=-1), "safely"),
        (written({"a": tensor((2,), (1,))}, told=1 << 60), "safely"),
        (written({"a": "no tensor"}), "safely"),
        (written("no dictionary"), "safely"),
    ],
)
def test_refuses(content: bytes, words: str) -> None:
    with pytest.raises(ModelRefused, match="safely") as refusal:
        read_torch_weights(content)
    assert words in str(refusal.value)


def test_nothing_is_called(tmp_path: Path) -> None:
    mark = tmp_path / "called"
    with pytest.raises(ModelRefused):
        read_torch_weights(written({"a": _Asked("pathlib", "Path.touch", str(mark))}))
    assert not mark.exists()
