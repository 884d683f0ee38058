"""A threshold on the command line: as a similarity or as a Euclidean distance."""

from typing import Annotated

import typer

from facewarden.data.budget import LEAST_FPIR, LEAST_PER_DAY, MOST_FPIR, MOST_PER_DAY
from facewarden.data.distance import similarity_from_distance
from facewarden.errors import ConfigError

ThresholdOption = Annotated[
    float | None, typer.Option(min=-1, max=1, help="Similarity (cosine) for an alert.")
]
DistanceOption = Annotated[
    float | None,
    typer.Option(
        min=0, max=2, help="The same as a Euclidean distance between unit vectors, at most this."
    ),
]

FpirOption = Annotated[
    float | None,
    typer.Option(
        min=LEAST_FPIR,
        max=MOST_FPIR,
        help="Instead: share of strangers' tracks that may raise a false alert.",
    ),
]
PerDayOption = Annotated[
    float | None,
    typer.Option(
        min=LEAST_PER_DAY,
        max=MOST_PER_DAY,
        help="Instead: false alerts a day, all cameras together.",
    ),
]


def require_one(**given: float | None) -> None:
    """Refuse a threshold and a budget at once: each would make another threshold.

    Raises:
        ConfigError: more than one was given.
    """
    named = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise ConfigError(f"{' and '.join(named)} exclude each other", expected="one of them")


def chosen_threshold(threshold: float | None, max_distance: float | None) -> float | None:
    """Return the similarity asked for; None where neither was given.

    Raises:
        ConfigError: both were given.
    """
    if threshold is not None and max_distance is not None:
        raise ConfigError("--threshold and --max-distance exclude each other")
    return similarity_from_distance(max_distance) if max_distance is not None else threshold
