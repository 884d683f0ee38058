"""All settings of one facewarden."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails

from facewarden.config.audit import AuditSettings
from facewarden.config.camera import CameraSettings
from facewarden.config.contradictions import contradictions
from facewarden.config.decision import DecisionSettings
from facewarden.config.models import ModelsSettings
from facewarden.config.presentation import PresentationSettings
from facewarden.config.section import Section, expectation
from facewarden.config.server import ServerSettings
from facewarden.config.sinks import SinkSettings
from facewarden.config.store import StoreSettings
from facewarden.config.watchlist import WatchlistSettings


def _again(details: ErrorDetails) -> InitErrorDetails:
    """Turn an error that was raised back into one that can be raised."""
    context = details.get("ctx", {})
    ours = details["type"] == "expectation"
    return InitErrorDetails(
        type=expectation(context["expected"], context["found"]) if ours else details["type"],
        loc=details["loc"],
        input=details["input"],
        ctx={} if ours else context,
    )


class Settings(Section):
    """All settings of one facewarden; every section has defaults."""

    store: StoreSettings = Field(
        default_factory=StoreSettings,
        description="Where data lies and how long it is kept.",
    )
    models: ModelsSettings = Field(
        default_factory=ModelsSettings, description="Which models run, and on what."
    )
    decision: DecisionSettings = Field(
        default=DecisionSettings(), description="When evidence becomes an alert."
    )
    presentation: PresentationSettings = Field(
        default=PresentationSettings(),
        description="When it is asked whether a living person or a picture is shown.",
    )
    cameras: tuple[CameraSettings, ...] = Field(default=(), description="What is watched.")
    watchlists: tuple[WatchlistSettings, ...] = Field(
        default=(), description="Lists of subjects that have settings of their own."
    )
    sinks: tuple[SinkSettings, ...] = Field(default=(), description="Where alerts are delivered.")
    server: ServerSettings = Field(
        default=ServerSettings(),
        description="Where the dashboard and the REST interface are reached.",
    )
    audit: AuditSettings = Field(
        default=AuditSettings(), description="Where the head of the audit log is noted."
    )

    @model_validator(mode="wrap")
    @classmethod
    def _consistent(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        # Wrapped, so that contradictions are reported together with what is wrong by itself.
        problems: list[InitErrorDetails] = []
        if isinstance(given, Mapping):
            problems = contradictions(given)
        try:
            settings = handler(given)
        except ValidationError as error:
            problems = [*map(_again, error.errors(include_url=False)), *problems]
        if problems:
            raise ValidationError.from_exception_data("Settings", problems, hide_input=True)
        return settings
