"""Open a model of the cache on the engine that suits this machine."""

import os

from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.engines import REFERENCE, start
from facewarden.models.probe import probe
from facewarden.models.registry import Registry
from facewarden.models.session import Session

AUTO = "auto"


def open_session(
    registry: Registry,
    model_id: str,
    *,
    engine: str = AUTO,
    precision: Precision | None = None,
    threads: int = 1,
) -> tuple[ModelCard, Session]:
    """Return a model's card and a session that runs it.

    Args:
        engine: "onnxruntime" or "openvino"; "auto" takes the fastest that agrees with the
            reference (ONNX Runtime in float32), by a comparison that is measured once and kept.
        precision: None takes the fastest in the same way.
        threads: how many calls may run side by side, each on one CPU thread; 0 for one per CPU.

    Raises:
        ModelMissing: no such model in the cache.
        ModelRefused: wrong hash, a card that does not fit, or an engine that is unknown, is not
            installed, cannot run the model or disagrees with the reference.
    """
    wanted = _engine(engine)
    threads = threads or os.cpu_count() or 1
    card, model = registry.load(model_id)
    if (wanted, precision or Precision.FLOAT32) == REFERENCE:
        return card, start(model, card, REFERENCE, threads=threads)
    choice = probe(card, model, registry.cache_dir).best(wanted, precision)
    return card, start(model, card, choice, threads=threads)


def open_stages(
    registry: Registry,
    model_id: str,
    *,
    engine: str = AUTO,
    precision: Precision | None = None,
    threads: int = 1,
) -> tuple[tuple[ModelCard, Session], ...]:
    """Return card and session of a model and of each of its parts, in the order they are used.

    Args and errors are those of `open_session`; a part whose card has another hash than the model's
    card says is refused as well.
    """

    def opened(one: str) -> tuple[ModelCard, Session]:
        return open_session(registry, one, engine=engine, precision=precision, threads=threads)

    whole = opened(model_id)
    stages = [whole]
    for part in whole[0].parts:
        stages.append(opened(part.model_id))
        found = stages[-1][0].sha256
        if found != part.sha256:
            raise ModelRefused(
                f"{part.model_id} is not the part that {model_id} was made with",
                expected=part.sha256,
                found=found,
                remedy=f"run `facewarden models fetch {model_id}`",
            )
    return tuple(stages)


def _engine(name: str) -> Engine | None:
    if name == AUTO:
        return None
    try:
        return Engine(name)
    except ValueError:
        raise ModelRefused(
            "no such inference engine", expected=", ".join([AUTO, *Engine]), found=name
        ) from None
