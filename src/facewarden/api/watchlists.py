"""Watchlists, their budgets, and the thresholds that follow."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from facewarden.api.budget import PerDay, Share
from facewarden.api.wire import Wire
from facewarden.api.words import Line, WatchlistName
from facewarden.data.presentation import PresentationRule as PresentationRule

Similarity = Annotated[float, Field(ge=-1, le=1)]
Sinks = Annotated[tuple[Line, ...], Field(max_length=50)]


class WatchlistSettings(Wire):
    """What a watchlist's alerts need, and where they go; at most one of the three numbers."""

    threshold: Similarity | None = Field(
        default=None, description="Similarity needed for an alert; null: it follows from a budget."
    )
    fpir: Share | None = Field(
        default=None, description="Share of strangers' tracks that may raise a false alert."
    )
    false_alerts_per_day: PerDay | None = Field(
        default=None,
        description="False alerts a day that the list may raise, all cameras together.",
    )
    sinks: Sinks = Field(default=(), description="Where alerts go; empty: to every sink.")
    presentation: PresentationRule = Field(
        default=PresentationRule.OFF,
        description="off: presentation attack detection is not asked. annotate: alerts say what it "
        "says. hold: an alert of what looks like a picture of the subject waits for a human and is "
        "told to no sink.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = (self.threshold, self.fpir, self.false_alerts_per_day)
        if sum(number is not None for number in given) > 1:
            raise ValueError("threshold, fpir and false_alerts_per_day each make another threshold")
        return self


class NewWatchlist(Wire):
    """A watchlist to be made."""

    name: WatchlistName
    settings: WatchlistSettings = WatchlistSettings()


class InForce(Wire):
    """The threshold of a watchlist at this moment."""

    threshold: float = Field(description="Similarity needed for an alert.")
    follows: str = Field(description="What it follows from, in words.")
    fpir: float | None = Field(
        description="Share of strangers' tracks that will raise a false alert; null: not known."
    )
    false_alerts_per_day: float | None = Field(description="The same, a day, as traffic is now.")
    tracks_per_day: float = Field(description="People who pass the cameras of the list a day.")
    site_shift: float = Field(
        description="Similarity by which strangers here are more alike than in calibration."
    )


class Watchlist(Wire):
    """A named list of subjects."""

    name: str
    settings: WatchlistSettings
    subjects: int
    in_force: InForce | None = Field(
        description="null where it cannot be known; `problem` says why."
    )
    presentation_in_force: PresentationRule = Field(
        description="What is done about pictures: the settings file wins over `settings`."
    )
    problem: str = Field(default="", description="What must be known of its threshold.")
