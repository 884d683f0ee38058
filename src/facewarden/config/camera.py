"""One entry of `cameras`."""

import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from facewarden.config.schedule import WindowSettings
from facewarden.config.secret import Secret
from facewarden.config.section import FilePath, Label, Section, Slug, Text, expectation

LONGEST_SOURCE = 2048
NARROWEST, WIDEST = Fraction(1, 4), Fraction(4)
"""Of pictures: no camera sees less or more."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Relative = Annotated[float, Field(ge=0, le=1)]
Polygon = Annotated[tuple[tuple[Relative, Relative], ...], Field(min_length=3, max_length=100)]


def without_credentials(address: str) -> str:
    """Return an address with what stands between "//" and "@" hidden, for people and logs."""
    return re.sub(r"//[^/\s]*@", "//***@", address)


def _source(text: str) -> str:
    text = text.strip()
    if not text:
        raise expectation("an address or a path", "nothing")
    if len(text) > LONGEST_SOURCE:
        raise expectation(f"at most {LONGEST_SOURCE} characters", str(len(text)))
    if not text.isprintable():
        raise expectation("an address or a path without control characters", "some")
    if text.startswith("-"):
        raise expectation("an address or a path that starts with no dash", "a dash")
    return text


def _past(moment: datetime) -> datetime:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC)
    if not _EPOCH <= moment <= datetime.now(UTC):
        raise expectation("a time between 1970 and now", moment.isoformat())
    return moment


def _aspect(text: str) -> str:
    parts = re.fullmatch(r"([1-9][0-9]?):([1-9][0-9]?)", text)
    if parts is None or not NARROWEST <= Fraction(int(parts[1]), int(parts[2])) <= WIDEST:
        raise expectation("width to height between 1:4 and 4:1, such as 4:3 or 16:9", text)
    return text


class MotionSettings(Section):
    """Skipping of pictures in which nothing moves."""

    enabled: bool = Field(default=True, description="Whether pictures without motion are skipped.")
    threshold: float = Field(
        # A face of min_face_px = 40 px is about 32 px wide: 0.0006 of a picture of 1920x1080.
        default=0.0005,
        gt=0,
        le=1,
        description="Share of the picture, in (0, 1], that must change to count as motion.",
    )
    every_s: float = Field(
        default=1.0,
        gt=0,
        le=60,
        description="One picture is analysed at least every so many seconds, motion or not.",
    )


class CameraSettings(Section):
    """One camera, stream or recording."""

    id: Slug = Field(description="Id, unique: letters, digits, - and _, at most 63.")
    name: Text = Field(default="", description="Name for people; empty takes the id.")
    location: Text = Field(default="", description="Where it hangs, for the receiver of an alert.")
    source: Annotated[str, AfterValidator(_source)] = Field(
        repr=False,
        description="Address (rtsp://...), path of a recording or of a folder of pictures, or a "
        "local camera; a relative path starts at the working folder.",
    )
    username: Label | None = Field(default=None, description="User of the camera.")
    password: Secret | None = Field(default=None, description="Password of that user.")
    verify_tls: bool = Field(
        default=True, description="Whether the certificate of an https or rtsps camera must hold."
    )
    ca_file: FilePath | None = Field(
        default=None, description="File (PEM) of the authority to trust for this camera."
    )
    analyse_fps: float = Field(
        default=5.0, ge=0.1, le=60, description="Pictures analysed in a second at most."
    )
    rotate_deg: Literal[0, 90, 180, 270] = Field(
        default=0,
        description="Degrees clockwise by which pictures are turned, for a camera that hangs "
        "sideways; what a stream or recording says of itself is heeded anyway.",
    )
    aspect: Annotated[str, AfterValidator(_aspect)] | None = Field(
        default=None,
        description="Width to height of what the camera sees, such as 4:3, for a recorder whose "
        "pictures are squeezed; before they are turned. Empty leaves them as they come.",
    )
    detect_size_px: int | None = Field(
        default=None,
        ge=160,
        le=4096,
        description="Longer side in px that a picture is scaled down to for detection; larger "
        "finds smaller faces and takes longer. Empty chooses it from min_face_px and the "
        "picture's size, at most 640 or a third of the picture.",
    )
    min_face_px: int = Field(
        default=40, ge=8, le=4096, description="Least height of a face box in px of the picture."
    )
    min_confidence: float = Field(
        default=0.6, ge=0, le=1, description="Least confidence of the detector, in [0, 1]."
    )
    region: tuple[Polygon, ...] = Field(
        default=(),
        description="Polygons of at least three points [x, y], relative to width and height in "
        "[0, 1], in which faces are looked for; empty means everywhere.",
    )
    schedule: tuple[WindowSettings, ...] = Field(
        default=(), description="When it is watched; empty means always."
    )
    motion: MotionSettings = Field(
        default=MotionSettings(), description="Skipping of pictures in which nothing moves."
    )
    stall_timeout_s: float = Field(
        default=10.0,
        ge=1,
        le=600,
        description="Time in seconds without a picture after which a stream counts as down.",
    )
    realtime: bool = Field(
        default=False, description="Play a recording at its own speed, as if it were live."
    )
    loop: bool = Field(default=False, description="Start a recording again when it has ended.")
    recorded_at: Annotated[AwareDatetime, AfterValidator(_past)] | None = Field(
        default=None,
        description="When a recording or a folder of pictures begins, with its offset: "
        "2026-11-20T14:00:00+01:00. Empty: what the file says of itself, else when it is watched.",
    )
    watchlists: tuple[Label, ...] = Field(
        default=(), description="Names of the watchlists looked for here; empty means all."
    )
    tracks_per_day: float = Field(
        # About one a minute in waking hours; a door of an office. It weighs as one counted day.
        default=1000.0,
        ge=1,
        le=10_000_000,
        description="Count of tracks of faces a day to expect until they are seen; thresholds by "
        "false_alerts_per_day begin with it.",
    )
    group: Slug | None = Field(
        default=None,
        description="Cameras of one group see faces alike (light, distance, angle); how alike "
        "strangers are is learnt for each group. Empty: one group of all that name none.",
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, description="Where it hangs, degrees north (WGS 84)."
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, description="Where it hangs, degrees east (WGS 84)."
    )
    enabled: bool = Field(default=True, description="Whether it is watched at all.")

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise expectation("latitude and longitude, or neither", "one of them")
        return self

    @property
    def display_name(self) -> str:
        """The name for people, or the id where none is given."""
        return self.name or self.id
