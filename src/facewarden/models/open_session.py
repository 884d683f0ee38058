"""Open a model of the cache on an inference engine."""

from importlib.util import find_spec

from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.onnxruntime import OnnxRuntimeSession
from facewarden.models.registry import Registry
from facewarden.models.session import Session


def open_session(
    registry: Registry,
    model_id: str,
    *,
    engine: Engine | None = None,
    precision: Precision | None = None,
    threads: int = 1,
) -> tuple[ModelCard, Session]:
    """Return a model's card and a session that runs it."""
    card, model = registry.load(model_id)
    if engine is None:
        engine = Engine.OPENVINO if find_spec("openvino") else Engine.ONNXRUNTIME
    return card, start(model, card, engine, precision or Precision.FLOAT32, threads=threads)


def start(
    model: bytes, card: ModelCard, engine: Engine, precision: Precision, *, threads: int
) -> Session:
    """Load a model on one engine in one precision.

    Raises:
        ModelRefused: the engine cannot load it, or does not have the precision.
    """
    if engine is Engine.ONNXRUNTIME:
        if precision is not Precision.FLOAT32:
            raise ModelRefused("ONNX Runtime runs models in float32 only", found=precision)
        return OnnxRuntimeSession(model, card, threads=threads)
    from facewarden.models.openvino import OpenVinoSession

    return OpenVinoSession(model, card, precision=precision, threads=threads)
