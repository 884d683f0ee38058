"""Heads by name, each with the parameters that are tried on the validation part."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from facewarden.errors import ConfigError
from facewarden.train.classify.head import Head
from facewarden.train.classify.k_means import KMeansVote
from facewarden.train.classify.k_nearest import KNearest
from facewarden.train.classify.nearest_prototype import NearestPrototype
from facewarden.train.classify.pca_svm import PcaSvm
from facewarden.train.classify.softmax import Softmax

HEADS: Mapping[str, tuple[Head, ...]] = {
    "prototype": (NearestPrototype(),),
    "knn": (KNearest(1), KNearest(3), KNearest(5)),
    "svm": tuple(PcaSvm(c=c, kernel=kernel) for kernel in ("linear", "rbf") for c in (1.0, 10.0)),
    "kmeans": (KMeansVote(1), KMeansVote(2), KMeansVote(3)),
    "softmax": (Softmax(1.0), Softmax(10.0), Softmax(100.0)),
}
"""In the order in which equally good parameters are preferred: the simplest first."""


def heads(name: str) -> tuple[Head, ...]:
    """Return a head with each of the parameters to try.

    Raises:
        ConfigError: there is no such head.
    """
    if name not in HEADS:
        raise ConfigError("no such head", expected=", ".join(HEADS), found=name)
    return HEADS[name]


def words(head: Any) -> str:
    """Return a head's parameters for people, such as "k 3"; "-" where it has none."""
    return ", ".join(f"{one.name} {getattr(head, one.name)}" for one in fields(head)) or "-"
