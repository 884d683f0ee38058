"""A card for an embedder, drafted from its ONNX file and from what its user knows of it."""

from collections.abc import Mapping
from typing import Any

import onnx

from facewarden.errors import ModelRefused

NEEDED = {
    "model_id": "--id, a name for it",
    "licence": "--licence, as its publisher states it",
    "source": "--source, where it comes from",
    "colour": "--colour rgb or bgr",
    "mean": "--mean and --scale (a pixel becomes (pixel - mean) * scale), or --standardise",
    "alignment": "--alignment arcface-112, dlib-150 or box",
}
"""What no file tells. A wrong one gives embeddings that look right and match badly, so that none of
them has a default."""


def draft_embedder(model: bytes, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text of a card, as `read_card` takes it, without hashes.

    The file tells the names, the layout, the sizes where they are fixed, a fixed batch and the
    length of an embedding.

    Args:
        told: keys of a card and of its input, None where the user said nothing; "size_px" is the
            side of a file that takes any.

    Raises:
        ModelRefused: something is not told, or the file is no embedder of faces.
    """
    known = {name: value for name, value in told.items() if value is not None}
    if known.get("standardise") == "image":
        known = {"mean": 0.0, "scale": 1.0, **known}
    lacking = [words for name, words in NEEDED.items() if name not in known]
    if lacking:
        raise ModelRefused(
            "an ONNX file does not tell how it is fed",
            expected="; ".join(lacking),
            remedy="ask its publisher, or write a card: docs/extend/model.md",
        )
    given, made = _ends(model)
    batch, layout, height, width = _layout(_shape(given))
    size = known.get("size_px")
    height, width = height or size, width or size
    if height is None or width is None:
        raise ModelRefused("the file takes any size", expected="--size, the side that it wants")
    output = _shape(made)
    if len(output) != 2 or output[1] is None:
        raise ModelRefused(
            "the output is not one vector a face", expected="n x d", found=_words(output)
        )
    return {
        "model_id": known["model_id"],
        "kind": "embedder",
        "architecture": "embedding",
        "description": known.get("description", f"{known['model_id']}, added by its user."),
        "licence": known["licence"],
        "source": known["source"],
        "input": {
            "name": given.name,
            "height_px": height,
            "width_px": width,
            "colour": known["colour"],
            "mean": known["mean"],
            "scale": known.get("scale", 1.0),
            "alignment": known["alignment"],
            "standardise": known.get("standardise", "none"),
            "layout": layout,
            "margin": known.get("margin", 0.0),
            "batch": batch,
        },
        "outputs": [{"name": made.name, "shape": [None, output[1]]}],
        "embedding_size": output[1],
        "metric": known.get("metric", "cosine"),
    }


def _ends(model: bytes) -> tuple[Any, Any]:
    """Return the one input that is no weight, and the one output."""
    try:
        graph = onnx.load_model_from_string(model).graph
    except Exception as failure:  # noqa: BLE001 - protobuf's exceptions have no common root
        raise ModelRefused("this is not an ONNX file", found=str(failure)[:200]) from None
    weights = {weight.name for weight in graph.initializer}
    inputs = [one for one in graph.input if one.name not in weights]
    for ends, name in ((inputs, "input"), (graph.output, "output")):
        if len(ends) != 1:
            raise ModelRefused(
                f"an embedder has one {name}",
                found=", ".join(one.name for one in ends) or "none",
                remedy="cut the graph with onnx.utils.extract_model",
            )
    return inputs[0], graph.output[0]


def _layout(shape: tuple[int | None, ...]) -> tuple[int | None, str, int | None, int | None]:
    """Return batch, layout, height and width of an input."""
    if len(shape) == 4 and shape[1] == 3:
        return shape[0], "nchw", shape[2], shape[3]
    if len(shape) == 4 and shape[3] == 3:
        return shape[0], "nhwc", shape[1], shape[2]
    raise ModelRefused(
        "the input is not pictures of three channels",
        expected="n x 3 x height x width, or n x height x width x 3",
        found=_words(shape),
    )


def _shape(end: Any) -> tuple[int | None, ...]:
    return tuple(
        axis.dim_value if axis.dim_value > 0 else None for axis in end.type.tensor_type.shape.dim
    )


def _words(shape: tuple[int | None, ...]) -> str:
    return "x".join("any" if axis is None else str(axis) for axis in shape) or "no shape"
