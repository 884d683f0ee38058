"""One entry of `watchlists`."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from facewarden.config.section import Label, Section, Slug, expectation
from facewarden.data.budget import LEAST_FPIR, LEAST_PER_DAY, MOST_FPIR, MOST_PER_DAY
from facewarden.data.distance import similarity_from_distance
from facewarden.data.presentation import PresentationRule


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
    """A named list of subjects, its threshold or budget, and who hears of its alerts."""

    name: Label = Field(description="Name of the list; subjects are enrolled under it.")
    threshold: Annotated[float | None, BeforeValidator(_similarity)] = Field(
        default=None,
        gt=-1,
        lt=1,
        description="Similarity (cosine, in (-1, 1)) needed for an alert, or "
        "`{euclidean: d}` for the same as a Euclidean distance between unit vectors, in (0, 2); "
        "empty follows from a budget of false alerts, the length of the list and the model's "
        "calibration.",
    )
    fpir: float | None = Field(
        default=None,
        ge=LEAST_FPIR,
        le=MOST_FPIR,
        description="Budget in place of a threshold: share of strangers' tracks that may raise a "
        "false alert; empty takes decision.fpir.",
    )
    false_alerts_per_day: float | None = Field(
        default=None,
        ge=LEAST_PER_DAY,
        le=MOST_PER_DAY,
        description="Budget in place of a threshold: false alerts a day, all cameras of the list "
        "together.",
    )
    sinks: tuple[Slug, ...] = Field(
        default=(), description="Names of the sinks its alerts go to; empty means all."
    )

    presentation: PresentationRule | None = Field(
        default=None,
        description="What is done about pictures of a subject that are held to a camera: `off`; "
        "`annotate` alerts with what the models say; `hold` alerts nobody of what looks like a "
        "picture. Empty means what the store says, off unless it was set there.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("threshold", "fpir", "false_alerts_per_day")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) > 1:
            raise expectation(f"one of {', '.join(ways)}", " and ".join(given))
        return self
