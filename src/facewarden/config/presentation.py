"""The `presentation` section: when it is asked whether a person or a picture is shown."""

from pydantic import Field

from facewarden.config.section import Section


class PresentationSettings(Section):
    """When it is asked whether a living person or a picture is shown."""

    # Of 300 photographs of living people MiniFASNet takes 7 % for pictures where the face is 56 to
    # 100 px high, 10 to 12 % at 32 to 48 px (2026-11-22, lfw-dev, scaled down).
    min_face_px: float = Field(
        default=64.0,
        ge=16,
        le=1000,
        description="Least height of a face in px that the models of `models.presentation_picture` "
        "and `models.presentation_clip` are shown.",
    )
    min_quality: float = Field(
        default=0.35,
        ge=0,
        le=1,
        description="Least quality in [0, 1] of a look that they are shown.",
    )
    wait_s: float = Field(
        default=2.0,
        ge=0,
        le=10,
        description="Time in seconds that an alert of a watchlist with `presentation: hold` waits "
        "for their verdict at most.",
    )
