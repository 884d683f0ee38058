"""Begin with the weights of another file where they fit, instead of random ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from facewarden.errors import ModelRefused
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.stored_weights import Role, Stored

LEAST = 0.8
"""Share of the network's weight matrices that must be found, and of the file's that must be used.
A network of the same architecture with another head reaches 0.95; IR-ResNet50's file fills all of
IR-ResNet18 but less than half of it is used."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """What fitted and what did not.

    Attributes:
        fitted: from each tensor of the network to the file's that it took.
        missing: tensors of the network that keep their first values.
        unused: tensors of the file that found no place.
        by_name: the names agreed; otherwise they were matched by part, shape and order.
        unfolded: batch normalisations that the file had folded into its convolutions. They give
            the same embeddings, but their statistics are made up: keep them frozen, or `settle`
            them first.
    """

    fitted: Mapping[str, str]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    by_name: bool
    unfolded: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Everything in the network came from the file, and all of the file is there."""
        return not self.missing and not self.unused

    def __str__(self) -> str:
        """Say it in a few lines."""
        how = "by name" if self.by_name else "by shape and order"
        lines = [f"{len(self.fitted)} of {len(self.fitted) + len(self.missing)} tensors, {how}"]
        for what, names in (
            ("first values stay", self.missing),
            ("not used", self.unused),
            ("batch normalisation was folded", self.unfolded),
        ):
            if names:
                rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
                lines.append(f"{what}: {', '.join(names[:3])}{rest}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor of the network."""

    name: str
    role: Role
    tensor: Tensor
    layer: nn.Module


def warm_start(net: Backbone, weights: Sequence[Stored], *, least: float = LEAST) -> Fitting:
    """Copy the weights that fit into the network, or leave it as it is.

    Args:
        net: a network, in place.
        weights: of a file, see `stored_in`.
        least: share of weight matrices that must fit, 0 to 1; see LEAST.

    Raises:
        ModelRefused: too little fits.
    """
    places = list(places_of(net))
    pairs = _by_name(places, weights)
    by_name = _share(pairs, places, weights) >= least
    if not by_name:
        weights = list(_unfolded(weights))
        pairs = _in_order(places, weights)
        if _share(pairs, places, weights) < least:
            raise ModelRefused(
                f"the weights do not fit {type(net).__name__}",
                expected=f"{least:.0%} of its layers in the file, and of the file's in it",
                found=_found(pairs, places, weights),
                remedy="choose the backbone that the file was made with",
            )
    pairs = _whole_layers(places, pairs)
    with torch.no_grad():
        for place, stored in pairs:
            place.tensor.copy_(_values(place, stored))
    taken = {place.name: stored.name for place, stored in pairs}
    used = {stored.name for _, stored in pairs}
    names = dict.fromkeys(stored.name for stored in weights)
    return Fitting(
        fitted=taken,
        missing=tuple(place.name for place in places if place.name not in taken),
        unused=tuple(name for name in names if name not in used),
        by_name=by_name,
        unfolded=tuple(
            place.name.rpartition(".")[0]
            for place, stored in pairs
            if stored.folded and place.role is Role.MEAN
        ),
    )


def places_of(net: nn.Module) -> Iterator[Place]:
    """Yield the tensors of a network in the order of its layers."""
    for prefix, layer in net.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            named = {"weight": Role.WEIGHT, "bias": Role.BIAS}
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            named = {
                "weight": Role.SCALE,
                "bias": Role.SHIFT,
                "running_mean": Role.MEAN,
                "running_var": Role.VARIANCE,
            }
        elif isinstance(layer, nn.PReLU):
            named = {"weight": Role.SLOPE}
        else:
            continue
        for name, role in named.items():
            tensor = getattr(layer, name)
            if tensor is not None:
                yield Place(f"{prefix}.{name}", role, tensor, layer)


Pairs = list[tuple[Place, Stored]]


def _by_name(places: Sequence[Place], weights: Sequence[Stored]) -> Pairs:
    named = {stored.name: stored for stored in weights}
    return [
        (place, named[place.name])
        for place in places
        if place.name in named and named[place.name].values.shape == place.tensor.shape
    ]


def _in_order(places: Sequence[Place], weights: Sequence[Stored]) -> Pairs:
    """Return the longest common subsequence by role and shape, counted in numbers."""
    ours = [(place.role, _shape(tuple(place.tensor.shape))) for place in places]
    theirs = [(stored.role, _shape(stored.values.shape)) for stored in weights]
    # best[i][j]: the most numbers that places[i:] and weights[j:] have in common
    best = np.zeros((len(ours) + 1, len(theirs) + 1), np.int64)
    for i in reversed(range(len(ours))):
        for j in reversed(range(len(theirs))):
            best[i, j] = max(best[i + 1, j], best[i, j + 1])
            if ours[i] == theirs[j]:
                best[i, j] = max(best[i, j], best[i + 1, j + 1] + places[i].tensor.numel())
    pairs = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if ours[i] == theirs[j] and best[i, j] == best[i + 1, j + 1] + places[i].tensor.numel():
            pairs.append((places[i], weights[j]))
            i, j = i + 1, j + 1
        elif best[i, j] == best[i + 1, j]:
            i += 1
        else:
            j += 1
    return pairs


def _shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out the ones at the end: a 1x1 convolution is a fully connected layer of each place."""
    while shape and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _unfolded(weights: Sequence[Stored]) -> Iterator[Stored]:
    """Yield the weights; after a bias that may hold a batch normalisation, one that does the same.

    The network's own layers decide which of the two is taken.
    """
    for stored in weights:
        yield stored
        if stored.folded:
            ones = np.ones_like(stored.values)
            yield replace(stored, role=Role.SCALE, values=ones)
            yield replace(stored, role=Role.SHIFT)
            yield replace(stored, role=Role.MEAN, values=0 * ones)
            yield replace(stored, role=Role.VARIANCE, values=ones)


def _whole_layers(places: Sequence[Place], pairs: Pairs) -> Pairs:
    """Leave out what stands behind a weight matrix that did not fit: it belongs to another."""
    taken = {place.name: stored for place, stored in pairs}
    kept, fits = [], True
    for place in places:
        if place.role is Role.WEIGHT:
            fits = place.name in taken
        if fits and place.name in taken:
            kept.append((place, taken[place.name]))
    return kept


def _values(place: Place, stored: Stored) -> Tensor:
    values = torch.from_numpy(stored.values.copy()).reshape(place.tensor.shape)
    if (
        stored.folded
        and place.role is Role.VARIANCE
        and isinstance(place.layer, nn.BatchNorm1d | nn.BatchNorm2d)
    ):
        values -= place.layer.eps  # so that the root of variance and eps is 1
    return values


def _share(pairs: Pairs, places: Sequence[Place], weights: Sequence[Stored]) -> float:
    ours, theirs, both = _matrices(pairs, places, weights)
    return both / max(ours, theirs, 1)


def _found(pairs: Pairs, places: Sequence[Place], weights: Sequence[Stored]) -> str:
    ours, theirs, both = _matrices(pairs, places, weights)
    return f"{both} of its {ours}, {both} of the file's {theirs}"


def _matrices(
    pairs: Pairs, places: Sequence[Place], weights: Sequence[Stored]
) -> tuple[int, int, int]:
    """Return how many weight matrices the network has, the file has, and both."""
    return (
        sum(place.role is Role.WEIGHT for place in places),
        sum(stored.role is Role.WEIGHT for stored in weights),
        sum(place.role is Role.WEIGHT for place, _ in pairs),
    )
