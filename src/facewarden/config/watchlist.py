"""One entry of `watchlists`."""

from pydantic import Field

from facewarden.config.section import Label, Section, Slug


class WatchlistSettings(Section):
    """A named list of subjects, its threshold and who hears of its alerts."""

    name: Label = Field(description="Name of the list; subjects are enrolled under it.")
    threshold: float | None = Field(
        default=None,
        gt=-1,
        lt=1,
        description="Similarity (cosine, in (-1, 1)) needed for an alert; empty follows "
        "from decision.fpir, the number of subjects and the model card's calibration.",
    )
    sinks: tuple[Slug, ...] = Field(
        default=(), description="Names of the sinks its alerts go to; empty means all."
    )
