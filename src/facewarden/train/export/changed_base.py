"""A run as what it changed in the model that it began with."""

from copy import deepcopy
from dataclasses import dataclass

from facewarden.errors import InputError
from facewarden.models.card import ModelCard
from facewarden.models.changes import changed, packed
from facewarden.models.registry import Registry
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.stored_weights import stored_in_onnx
from facewarden.train.backbones.warm_start import warm_start
from facewarden.train.recipe import Recipe


@dataclass(frozen=True, slots=True)
class ChangedBase:
    """A model's file, and what makes it another one.

    Attributes:
        card: of the model that the run began with; the changed one is fed and read alike.
        changes: see `models.changes.packed`.
        model: the ONNX file with these changes.
    """

    card: ModelCard
    changes: bytes
    model: bytes


def changed_base(net: Backbone, recipe: Recipe, registry: Registry) -> ChangedBase:
    """Return the model that a run began with and what distinguishes a network from it.

    Raises:
        InputError: the run did not begin with a model of the cache, or the network is not all of
            it.
        ModelMissing, ModelRefused: that model cannot be read.
    """
    began_with = recipe.network.warm_start
    if not began_with:
        raise InputError(
            "the run began with weights that were drawn, so that there is nothing it changed",
            expected="a run with network.warm_start",
            remedy="leave --changes out",
        )
    card, model = registry.load(began_with)
    stored = stored_in_onnx(model)
    first = deepcopy(net)
    fitting = warm_start(first, stored)
    if not fitting.complete or fitting.unfolded:
        raise InputError(
            f"the network is not the whole of {began_with}",
            expected="each tensor of one in the other",
            found=str(fitting).replace("\n", "; "),
            remedy="leave --changes out",
        )
    shapes = {one.name: one.values.shape for one in stored}
    before, now = first.state_dict(), net.state_dict()
    changes = packed(
        {
            in_file: (now[name] - before[name]).numpy().reshape(shapes[in_file])
            for name, in_file in fitting.fitted.items()
        }
    )
    return ChangedBase(card, changes, changed(model, changes))
