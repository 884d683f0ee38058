"""First weights from elsewhere: a model of the cache, a file, or another run."""

from pathlib import Path

from facewarden.errors import InputError
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.checkpoint import load


def start_from(net: Backbone, where: str) -> str:
    """Give a network first weights, and say in words what fitted.

    Args:
        where: a checkpoint of a run (.pt).

    Raises:
        InputError: there is none, or too little of it fits.
    """
    path = Path(where).expanduser()
    state = load(path)
    try:
        net.load_state_dict(state["average"] or state["backbone"])
    except (RuntimeError, KeyError):
        raise InputError(f"{path} does not fit {type(net).__name__}") from None
    return f"weights of {path}"
