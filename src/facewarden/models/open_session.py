"""Open a model of the cache on the engine that suits this machine."""

from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.engines import REFERENCE, start
from facewarden.models.probe import probe
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
    """Return a model's card and a session that runs it.

    Args:
        engine, precision: None lets a measured, kept comparison choose the fastest that agrees
            with the reference (ONNX Runtime in float32).
        threads: how many calls may run side by side, each on one CPU thread.

    Raises:
        ModelMissing: no such model in the cache.
        ModelRefused: wrong hash, a card that does not fit, or an engine that is not installed,
            cannot run the model or disagrees with the reference.
    """
    card, model = registry.load(model_id)
    if (engine, precision or Precision.FLOAT32) == REFERENCE:
        return card, start(model, card, REFERENCE, threads=threads)
    choice = probe(card, model, registry.cache_dir).best(engine, precision)
    return card, start(model, card, choice, threads=threads)
