"""The `decision` section: when evidence becomes an alert."""

from typing import Self

from pydantic import Field, model_validator

from facewarden.config.section import Section, expectation


class DecisionSettings(Section):
    """When evidence becomes an alert."""

    fpir: float = Field(
        default=1e-3,
        ge=1e-6,
        le=0.1,
        description="Share of people on no watchlist who may raise a false alert. Together with "
        "the number of subjects it makes the threshold of every watchlist that names none.",
    )
    quiet_period_s: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        description="After an alert, time in seconds for which the same subject on the same "
        "camera raises no other.",
    )
    min_looks: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Count of embedded looks needed before a track may alert.",
    )
    max_looks: int = Field(
        default=12,
        ge=1,
        le=100,
        description="Count of looks of one track that are embedded at most.",
    )
    margin: float = Field(
        default=0.03,
        ge=0,
        le=1,
        description="Least lead over the runner-up subject, as a difference of similarities "
        "in [0, 1].",
    )
    min_quality: float = Field(
        default=0.35, ge=0, le=1, description="Least quality of a look worth embedding, in [0, 1]."
    )
    update_every_s: float = Field(
        default=2.0,
        gt=0,
        le=600,
        description="Least time in seconds between two revisions of an alert.",
    )
    explain_minutes: float = Field(
        default=10.0,
        ge=0,
        le=1440,
        description="Time in minutes for which decisions on tracks that matched nobody can be "
        "explained; memory only.",
    )

    @model_validator(mode="after")
    def _enough_looks(self) -> Self:
        if self.max_looks < self.min_looks:
            raise expectation(
                f"max_looks of at least min_looks ({self.min_looks})", str(self.max_looks)
            )
        return self
