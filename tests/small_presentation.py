"""Small real ONNX models in the form of presentation attack detectors: they judge brightness."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from facewarden.models.add import add
from facewarden.models.card import ModelCard
from facewarden.models.registry import Registry

DARK, BRIGHT = 100.0, 20.0
"""Mean of 0..255 where `live` is 0.5, and by how much more its logit grows by one."""


def small_presentation(size: int = 32, looks: int = 1, *, logits: bool = False) -> bytes:
    """Return a model to which a bright face is alive and a dark one is not.

    With several looks it has an attention: the brightness of a grid of 4 x 4 for each look.
    """
    several = (looks,) if looks > 1 else ()
    shape = ["n", *several, 3, size, size]
    axes = list(range(1, len(shape)))
    constants = [
        numpy_helper.from_array(np.array(axes, np.int64), "axes"),
        numpy_helper.from_array(np.array(DARK, np.float32), "dark"),
        numpy_helper.from_array(np.array(BRIGHT, np.float32), "bright"),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["clips"], ["mean"], axes=axes, keepdims=0),
        helper.make_node("Sub", ["mean", "dark"], ["above"]),
        helper.make_node("Div", ["above", "bright"], ["logit"]),
    ]
    outputs = []
    if logits:
        constants += [
            numpy_helper.from_array(np.array([-1], np.int64), "last"),
            numpy_helper.from_array(np.array([[1, 0]], np.float32), "real"),
        ]
        nodes += [
            helper.make_node("Unsqueeze", ["logit", "last"], ["column"]),
            helper.make_node("MatMul", ["column", "real"], ["live"]),
        ]
        outputs.append(helper.make_tensor_value_info("live", TensorProto.FLOAT, ["n", 2]))
    else:
        nodes.append(helper.make_node("Sigmoid", ["logit"], ["live"]))
        outputs.append(helper.make_tensor_value_info("live", TensorProto.FLOAT, ["n"]))
    if looks > 1:
        kernel = size // 4
        nodes += [
            helper.make_node("ReduceMean", ["clips"], ["grey"], axes=[2], keepdims=0),
            helper.make_node(
                "AveragePool",
                ["grey"],
                ["attention"],
                kernel_shape=[kernel, kernel],
                strides=[kernel, kernel],
            ),
        ]
        outputs.append(
            helper.make_tensor_value_info("attention", TensorProto.FLOAT, ["n", looks, 4, 4])
        )
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("clips", TensorProto.FLOAT, shape)],
        outputs,
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def presentation_card(
    size: int = 32, looks: int = 1, *, logits: bool = False, **changes: Any
) -> dict[str, Any]:
    """A card for `small_presentation`, without hashes; `input__NAME` changes its input."""
    card: dict[str, Any] = {
        "model_id": f"brightness-{looks}",
        "kind": "presentation",
        "architecture": "presentation",
        "description": "Says of a bright face that it lives, for tests.",
        "licence": "Apache-2.0",
        "source": "tests/small_presentation.py",
        "looks": looks,
        "input": {
            "name": "clips",
            "height_px": size,
            "width_px": size,
            "colour": "rgb",
            "mean": 0,
            "scale": 1,
            "alignment": "square",
            "factor": 1.5 if looks == 1 else 2.0,
        },
        "outputs": [
            {"name": "live", "shape": [None, 2] if logits else [None]},
            *([{"name": "attention", "shape": [None, looks, 4, 4]}] if looks > 1 else []),
        ],
        "embedding_size": 0,
    }
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        card[outer] = {**card[outer], inner: value} if inner else value
    return card


def add_brightness(registry: Registry, folder: Path, looks: int = 1, size: int = 32) -> ModelCard:
    """Put such a model into a cache and return its card."""
    folder.mkdir(parents=True, exist_ok=True)
    model, card = folder / f"brightness-{looks}.onnx", folder / f"brightness-{looks}.json"
    model.write_bytes(small_presentation(size, looks))
    card.write_text(json.dumps(presentation_card(size, looks)), encoding="utf-8")
    return add(registry, model, card)
