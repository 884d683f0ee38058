"""The models in the cache."""

from pydantic import Field

from facewarden.api.wire import Wire


class Model(Wire):
    """One model, from its card."""

    model_id: str
    kind: str
    licence: str
    source: str
    sha256: str
    in_use: bool = Field(description="The settings name it.")
    calibrated: bool = Field(description="Thresholds can follow from a budget.")
