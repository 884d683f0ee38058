"""The samplers by the names that recipes use."""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import Field

from facewarden.errors import ConfigError
from facewarden.train.parameters import checked
from facewarden.train.samplers.class_balanced import ClassBalanced
from facewarden.train.samplers.p_k import PK
from facewarden.train.samplers.sampler import Rows, Sampler
from facewarden.train.samplers.shuffled import Shuffled

SAMPLERS = ("shuffled", "p-k", "class-balanced")

BatchSize = Annotated[int, Field(ge=1, le=65536)]
Several = Annotated[int, Field(ge=2, le=4096)]


def build(
    name: str, parameters: Mapping[str, object], *, rows: Rows, labels: Rows, seed: int
) -> Sampler:
    """Return a sampler.

    Args:
        name: one of SAMPLERS.
        parameters: shuffled and class-balanced: batch_size, drop_last; p-k: people, pictures,
            least.
        rows: (n,) rows of the data to draw from.
        labels: (n,) the subject of each.
        seed: of every draw.

    Raises:
        ConfigError: an unknown name or key, a value out of bounds, or too few people.
        DataError: no rows.
    """

    def shuffled(*, batch_size: BatchSize, drop_last: bool = False) -> Sampler:
        return Shuffled(rows, batch_size=batch_size, seed=seed, drop_last=drop_last)

    def class_balanced(*, batch_size: BatchSize, drop_last: bool = False) -> Sampler:
        return ClassBalanced(rows, labels, batch_size=batch_size, seed=seed, drop_last=drop_last)

    def p_k(
        *, people: Several, pictures: Several, least: Annotated[int, Field(ge=1)] = 2
    ) -> Sampler:
        return PK(rows, labels, people=people, pictures=pictures, least=least, seed=seed)

    if name not in SAMPLERS:
        raise ConfigError("no such sampler", expected=", ".join(SAMPLERS), found=name or "nothing")
    makers: dict[str, Callable[..., Sampler]] = {
        "shuffled": shuffled,
        "p-k": p_k,
        "class-balanced": class_balanced,
    }
    made = makers[name]
    return made(**checked(name, made, parameters))
