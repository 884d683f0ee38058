"""First weights from elsewhere: a model of the cache, a file, or another run."""

from collections.abc import Iterable
from pathlib import Path

import torch

from facewarden.errors import InputError
from facewarden.models.registry import Registry, models_dir
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.from_card import warm_start_from_card
from facewarden.train.backbones.settle import settle
from facewarden.train.backbones.stored_weights import stored_in
from facewarden.train.backbones.warm_start import Fitting, warm_start
from facewarden.train.checkpoint import load
from facewarden.train.feed import feed
from facewarden.train.loader import Batch

FILES = (".onnx", ".pt", ".pth")


def start_from(net: Backbone, where: str, faces: Iterable[Batch]) -> str:
    """Give a network first weights, and say in words what fitted.

    Args:
        net: on the CPU; in place.
        where: an ONNX file, a checkpoint of a run or of torch, or the id of a model of the cache.
        faces: some hundreds; normalisations that were folded into the file settle on them.

    Raises:
        ModelMissing: no such model.
        ModelRefused: no weights, or too little of them fits.
    """
    if Path(where).suffix not in FILES:
        found = warm_start_from_card(net, Registry(models_dir()), where)
        words, fitting = str(found), found.fitting
    else:
        path = Path(where).expanduser()
        if _of_a_run(net, path):
            return f"the weights of {path}"
        fitting = warm_start(net, stored_in(path))
        words = f"{path}: {fitting}"
    if fitting.unfolded:
        words += f"; {_settled(net, fitting, faces)}"
    return words.replace("\n", "; ")


def _of_a_run(net: Backbone, path: Path) -> bool:
    """Take the weights of a run's checkpoint where it is one of the same network."""
    try:
        state = load(path)
        net.load_state_dict(state["average"] or state["backbone"])
    except (InputError, KeyError, RuntimeError):
        return False
    return True


def _settled(net: Backbone, fitting: Fitting, faces: Iterable[Batch]) -> str:
    seen = 0

    def fed() -> Iterable[torch.Tensor]:
        nonlocal seen
        for batch in faces:
            seen += len(batch)
            yield feed(batch.images, net.preprocessing, torch.contiguous_format)

    settle(net, fitting.unfolded, fed())
    return f"{len(fitting.unfolded)} normalisations settled on {seen} faces"
