"""One entry of `watchlists`."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from facewarden.config.section import Label, Section, Slug, expectation
from facewarden.data.distance import similarity_from_distance


def _similarity(value: Any) -> Any:
    """Turn {euclidean: distance} into the similarity that it stands for."""
    if not isinstance(value, dict):
        return value
    distance = value.get("euclidean")
    if (
        list(value) != ["euclidean"]
        or isinstance(distance, bool)
        or not isinstance(distance, int | float)
    ):
        raise expectation("a similarity, or {euclidean: distance}", "other keys or no number")
    if not 0 < distance < 2:
        raise expectation("a Euclidean distance of unit vectors, in (0, 2)", f"{distance:g}")
    return similarity_from_distance(distance)


class WatchlistSettings(Section):
    """A named list of subjects, its threshold and who hears of its alerts."""

    name: Label = Field(description="Name of the list; subjects are enrolled under it.")
    threshold: Annotated[float | None, BeforeValidator(_similarity)] = Field(
        default=None,
        gt=-1,
        lt=1,
        description="Similarity (cosine, in (-1, 1)) needed for an alert, or "
        "`{euclidean: d}` for the same as a Euclidean distance between unit vectors, in (0, 2); "
        "empty follows from decision.fpir, the number of subjects and the model card's "
        "calibration.",
    )
    sinks: tuple[Slug, ...] = Field(
        default=(), description="Names of the sinks its alerts go to; empty means all."
    )
