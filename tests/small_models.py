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


TILES = 4


def exposing_embedder(
    height: int, width: int, *, layout: str = "nchw", batch: str | int = "n"
) -> bytes:
    """The mean of each channel in 4 x 4 tiles, as it is fed: shows what preprocessing did.

    The output has 3 x 4 x 4 numbers in the order channel, row, column, and one of 1 at the end,
    so that the length of the vector is told too.
    """
    shape = [batch, 3, height, width] if layout == "nchw" else [batch, height, width, 3]
    kernel = [height // TILES, width // TILES]
    planes = "data"
    nodes = []
    if layout == "nhwc":
        planes = "planes"
        nodes.append(helper.make_node("Transpose", ["data"], [planes], perm=[0, 3, 1, 2]))
    nodes += [
        helper.make_node("AveragePool", [planes], ["tiles"], kernel_shape=kernel, strides=kernel),
        helper.make_node("Flatten", ["tiles"], ["flat"]),
        helper.make_node("Pad", ["flat", "ends", "one"], ["embedding"]),
    ]
    size = 3 * TILES * TILES + 1
    graph = helper.make_graph(
        nodes,
        "exposing",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [batch, size])],
        [
            numpy_helper.from_array(np.array([0, 0, 0, 1], np.int64), "ends"),
            numpy_helper.from_array(np.array(1, np.float32), "one"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def exposing_card(height: int, width: int, **changes: Any) -> dict[str, Any]:
    """A card for `exposing_embedder`: RGB as it is, unless changed as in `small_card`."""
    size = 3 * TILES * TILES + 1
    inner = {"mean": 0, "scale": 1, "colour": "rgb", "height_px": height, "width_px": width}
    return small_card(
        model_id="exposing-embedder",
        embedding_size=size,
        outputs=[{"name": "embedding", "shape": [None, size]}],
        **{f"input__{name}": value for name, value in inner.items()} | changes,
    )


def write_pair(folder: Path, model: bytes, card: dict[str, Any]) -> tuple[Path, Path]:
    """Write a model and its card where a user would have them; return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    model_path, card_path = folder / "mine.onnx", folder / "mine.json"
    model_path.write_bytes(model)
    card_path.write_text(json.dumps(card), encoding="utf-8")
    return model_path, card_path
