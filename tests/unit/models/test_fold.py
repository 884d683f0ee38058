import hashlib

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from facewarden.errors import ModelRefused
from facewarden.models.fold import dequantise, fold


def test_dequantise_by_hand() -> None:
    values = np.array([[1, 2, 3, 4, 5], [-1, -2, -3, -4, -5]], np.int8)
    scales = np.array([[0.5, 2, 10], [1, 1, 1]], np.float32)
    zeros = np.array([[0, 1, 5], [0, 0, -5]], np.int8)
    found = dequantise(values, scales, zeros, axis=1, block=2)
    expected = [[0.5, 1, 4, 6, 0], [-1, -2, -3, -4, 0]]
    np.testing.assert_array_equal(found, np.array(expected, np.float32))
    assert found.dtype == np.float32


def test_dequantise_does_not_overflow() -> None:
    found = dequantise(
        np.array([127], np.int8), np.array([1], np.float32), np.array([-128], np.int8),
        axis=0, block=1,
    )  # fmt: skip
    assert found.tolist() == [255]


def quantised() -> bytes:
    """A 1x1 convolution whose weights are block-quantised and also listed as a graph input."""
    rng = np.random.default_rng(3)
    constants = [
        numpy_helper.from_array(rng.integers(-128, 128, (4, 3)).astype(np.int8), "q"),
        numpy_helper.from_array(rng.uniform(0.01, 1, (4, 1)).astype(np.float32), "s"),
        numpy_helper.from_array(rng.integers(-9, 9, (4, 1)).astype(np.int8), "z"),
        numpy_helper.from_array(np.array([4, 3, 1, 1], np.int64), "shape"),
    ]
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"], axis=1, block_size=3),
        helper.make_node("Reshape", ["d", "shape"], ["w"]),
        helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "quantised",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8]),
            helper.make_tensor_value_info("unused_weight", TensorProto.FLOAT, [4, 3, 1, 1]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 8, 8])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


def test_folded_model_computes_the_same() -> None:
    """ONNX Runtime's own dequantisation is the reference."""
    source, folded = quantised(), fold(quantised(), dynamic={0: "n"})
    batch = np.random.default_rng(5).standard_normal((1, 3, 8, 8)).astype(np.float32)
    weight = np.zeros((4, 3, 1, 1), np.float32)
    (expected,) = onnxruntime.InferenceSession(source).run(
        None, {"x": batch, "unused_weight": weight}
    )
    session = onnxruntime.InferenceSession(folded)
    assert [item.name for item in session.get_inputs()] == ["x"]
    (found,) = session.run(None, {"x": np.repeat(batch, 3, axis=0)})
    assert found.shape[0] == 3
    np.testing.assert_allclose(found[:1], expected, rtol=1e-5, atol=1e-5)


def test_folding_twice_gives_one_file() -> None:
    hashes = {hashlib.sha256(fold(quantised(), dynamic={0: "n"})).hexdigest() for _ in range(2)}
    assert len(hashes) == 1


@pytest.mark.parametrize("content", [b"not an onnx file", b"\x00" * 40])
def test_refuses(content: bytes) -> None:
    with pytest.raises(ModelRefused, match="not an ONNX file"):
        fold(content, dynamic={0: "n"})
