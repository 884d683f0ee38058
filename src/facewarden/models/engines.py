"""The inference engines of this machine."""

from importlib.metadata import version
from importlib.util import find_spec

from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.onnxruntime import OnnxRuntimeSession
from facewarden.models.session import Session

Choice = tuple[Engine, Precision]
REFERENCE: Choice = (Engine.ONNXRUNTIME, Precision.FLOAT32)
"""Runs everywhere; the others must agree with it."""

_EXTERNAL_DATA = b"\x0a\x08location\x12"
"""How the protobuf of a tensor begins to name another file (onnx.proto, external_data). Both
engines would read that file from wherever the process was started."""


def choices() -> tuple[Choice, ...]:
    """Return the engines that are installed with the precisions this CPU has, reference first."""
    if find_spec("openvino") is None:
        return (REFERENCE,)
    from facewarden.models.openvino import precisions

    return (REFERENCE, *((Engine.OPENVINO, precision) for precision in precisions()))


def versions() -> dict[str, str]:
    """Return the version of each engine in `choices`."""
    return {engine: version(engine) for engine in sorted({engine for engine, _ in choices()})}


def start(model: bytes, card: ModelCard, choice: Choice, *, threads: int) -> Session:
    """Load a model on one engine in one precision.

    Args:
        model: the ONNX file's bytes.
        threads: how many calls may run side by side, each on one CPU thread.

    Raises:
        ModelRefused: the engine cannot load it, is not installed or does not have the precision,
            or the card does not fit the file.
    """
    if choice not in choices():
        raise ModelRefused(
            f"{' '.join(choice)} is not to be had on this machine",
            expected=", ".join(" ".join(known) for known in choices()),
            remedy="use engine auto",
        )
    if _EXTERNAL_DATA in model:
        raise ModelRefused(
            f"{card.model_id} keeps weights in another file, whose hash nobody checks",
            remedy="save it as one file: onnx.save(model, path, save_as_external_data=False)",
        )
    engine, precision = choice
    if engine is Engine.ONNXRUNTIME:
        return OnnxRuntimeSession(model, card, threads=threads)
    from facewarden.models.openvino import OpenVinoSession

    return OpenVinoSession(model, card, precision=precision, threads=threads)
