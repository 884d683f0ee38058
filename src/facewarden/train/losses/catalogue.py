"""The losses by the names that recipes use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from facewarden.errors import ConfigError
from facewarden.train.losses.adaface import AdaFace
from facewarden.train.losses.arcface import ArcFace
from facewarden.train.losses.arcface_learned import ArcFaceLearned
from facewarden.train.losses.combined import Combined
from facewarden.train.losses.contrastive import Contrastive
from facewarden.train.losses.cosface import CosFace
from facewarden.train.losses.distillation import Distillation
from facewarden.train.losses.loss import Loss
from facewarden.train.losses.softmax import Softmax
from facewarden.train.losses.sphereface import SphereFace
from facewarden.train.losses.triplet import OnlineTriplet, Triplet
from facewarden.train.losses.weighted_sum import WeightedSum
from facewarden.train.parameters import checked

OF_CLASSES: Mapping[str, type[Loss]] = MappingProxyType(
    {
        "softmax": Softmax,
        "arcface": ArcFace,
        "arcface-learned": ArcFaceLearned,
        "cosface": CosFace,
        "sphereface": SphereFace,
        "combined": Combined,
        "adaface": AdaFace,
    }
)
"""Losses with a centre for every subject."""

OF_PAIRS: Mapping[str, type[Loss]] = MappingProxyType(
    {"contrastive": Contrastive, "triplet": Triplet, "online-triplet": OnlineTriplet}
)
"""Losses of pairs and triplets within a batch."""

OF_TEACHERS: Mapping[str, type[Loss]] = MappingProxyType({"distillation": Distillation})
"""Losses that ask for a teacher's embeddings."""

JOINT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "arcface+triplet": ("arcface", "online-triplet"),
        "arcface+contrastive": ("arcface", "contrastive"),
    }
)
"""Two losses, the second of which has a weight."""

LOSSES = (*OF_CLASSES, *OF_PAIRS, *OF_TEACHERS, *JOINT)


def build(
    name: str, parameters: Mapping[str, object], *, classes: int, embedding_size: int
) -> Loss:
    """Return a loss.

    Args:
        name: one of LOSSES.
        parameters: those of the class's constructor. Of a joint loss, `weight` of its second part
            (1 unless told) and a table for each part under that part's name.
        classes: how many subjects the data has, at least 1.
        embedding_size: d.

    Raises:
        ConfigError: an unknown name or key, or a value out of bounds.
    """
    if name in JOINT:
        return _joint(name, parameters, classes=classes, embedding_size=embedding_size)
    if name in OF_CLASSES:
        made = OF_CLASSES[name]
        given = {"classes": classes, "embedding_size": embedding_size}
        return made(**given, **checked(name, made, parameters, given=given))
    for known in (OF_PAIRS, OF_TEACHERS):
        if name in known:
            return known[name](**checked(name, known[name], parameters))
    raise ConfigError("no such loss", expected=", ".join(LOSSES), found=name or "nothing")


def _joint(
    name: str, parameters: Mapping[str, object], *, classes: int, embedding_size: int
) -> Loss:
    first, second = JOINT[name]

    def signature(*, weight: Annotated[float, Field(gt=0, le=1000)] = 1.0) -> float:
        return weight

    tables = {part: parameters.get(part, {}) for part in (first, second)}
    rest = {key: value for key, value in parameters.items() if key not in tables}
    weight = signature(**checked(name, signature, rest))
    parts = {}
    for part, table in tables.items():
        if not isinstance(table, Mapping):
            raise ConfigError(f"{name}.{part} is refused", expected="a table", found=repr(table))
        parts[part] = build(part, table, classes=classes, embedding_size=embedding_size)
    return WeightedSum({first: (parts[first], 1.0), second: (parts[second], weight)})
