"""Small real ONNX models, made on the spot, and cards that fit them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = 16


def small_embedder(
    seed: int = 0, *, size: int = SIZE, batch: str | int = "n", fill: float | None = None
) -> bytes:
    """Mean colour of 7 x 7 tiles, projected at random: an embedder that runs, no more."""
    rng = np.random.default_rng(seed)
    projection = rng.standard_normal((3 * 7 * 7, size)).astype(np.float32)
    if fill is not None:
        projection[:] = fill
    weights = numpy_helper.from_array(projection, "weights")
    nodes = [
        helper.make_node(
            "AveragePool", ["data"], ["tiles"], kernel_shape=[16, 16], strides=[16, 16]
        ),
        helper.make_node("Flatten", ["tiles"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [batch, 3, 112, 112])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [batch, size])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def with_external_data(model: bytes, folder: Path) -> bytes:
    """The same model with its weights in another file of `folder`."""
    onnx.save_model(
        onnx.load_model_from_string(model),
        str(folder / "outside.onnx"),
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    return (folder / "outside.onnx").read_bytes()


def small_card(**changes: Any) -> dict[str, Any]:
    """A card for `small_embedder`, without hashes; a dotted name changes an inner value."""
    card: dict[str, Any] = {
        "model_id": "small-embedder",
        "kind": "embedder",
        "architecture": "embedding",
        "description": "A random projection, for tests.",
        "licence": "Apache-2.0",
        "source": "tests/small_models.py",
        "input": {
            "name": "data",
            "height_px": 112,
            "width_px": 112,
            "colour": "bgr",
            "mean": 127.5,
            "scale": 0.0078125,
            "alignment": "arcface-112",
        },
        "outputs": [{"name": "embedding", "shape": [None, SIZE]}],
        "embedding_size": SIZE,
    }
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        if inner:
            card[outer] = {**card[outer], inner: value}
        else:
            card[outer] = value
    return card


def write_pair(folder: Path, model: bytes, card: dict[str, Any]) -> tuple[Path, Path]:
    """Write a model and its card where a user would have them; return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    model_path, card_path = folder / "mine.onnx", folder / "mine.json"
    model_path.write_bytes(model)
    card_path.write_text(json.dumps(card), encoding="utf-8")
    return model_path, card_path
