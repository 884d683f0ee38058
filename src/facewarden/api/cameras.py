"""Cameras: how they are set up, how they do, and what trying one found."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from facewarden.api.wire import UtcTime, Wire
from facewarden.api.words import Line, WatchlistName

CameraId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
Relative = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Relative, Relative]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=100)]
Aspect = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]?:[1-9][0-9]?$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Short = Annotated[Line, Field(max_length=100)]
Secret = Annotated[str, StringConstraints(max_length=1000)]


class Window(Wire):
    """A daily span of time; the last minute is not part of it."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)] = (
        *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    )
    start: Clock = Field(default="00:00", alias="from", examples=["22:30"])
    end: Clock = Field(
        default="00:00",
        alias="to",
        description="Before `from` it lies on the next day; equal to it means 24 hours later.",
        examples=["06:00"],
    )
    timezone: Short = Field(default="UTC", description="Of the IANA database.")


class Motion(Wire):
    """Skipping of pictures in which nothing moves."""

    enabled: bool = True
    threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.0005, description="Share of the picture that must change to count as motion."
    )
    every_s: Annotated[float, Field(gt=0, le=60)] = Field(
        default=1.0, description="A picture is analysed at least every so many seconds."
    )


class CameraSetup(Wire):
    """How a camera is set up; see the settings file's `cameras` for what each member means."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=2048)] = Field(
        description="Address (rtsp://...), path of a recording or of a folder of pictures on the "
        "server, or a local camera. In answers without credentials and query; sent back as it "
        "was answered, it stays what it was.",
        examples=["rtsp://192.0.2.10/stream1"],
    )
    username: Short | None = Field(default=None, description="User of the camera.")
    name: Short = Field(default="", description="For people; empty: the id.")
    location: Short = Field(default="", description="Where it hangs, in words.")
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        default=None, description="Degrees north; with longitude, or neither."
    )
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = Field(
        default=None, description="Degrees east."
    )
    group: CameraId | None = Field(
        default=None, description="Rights are given on groups; strangers are learnt for each."
    )
    enabled: bool = Field(default=True, description="Whether it is watched at all.")
    watchlists: Annotated[tuple[WatchlistName, ...], Field(max_length=1000)] = Field(
        default=(), description="Looked for here; empty: all of the deployment."
    )
    region: Annotated[tuple[Polygon, ...], Field(max_length=100)] = Field(
        default=(),
        description="Polygons, points relative to width and height, in which faces are looked "
        "for; empty: everywhere.",
        examples=[[[[0.1, 0.2], [0.9, 0.2], [0.5, 0.9]]]],
    )
    schedule: Annotated[tuple[Window, ...], Field(max_length=50)] = Field(
        default=(), description="When it is watched; empty: always."
    )
    motion: Motion = Motion()
    analyse_fps: Annotated[float, Field(ge=0.1, le=60)] = Field(
        default=5.0, description="Pictures analysed in a second at most."
    )
    rotate_deg: Literal[0, 90, 180, 270] = Field(
        default=0, description="Degrees clockwise by which pictures are turned."
    )
    aspect: Aspect | None = Field(
        default=None,
        description="Width to height of what the camera sees, between 1:4 and 4:1, where pictures "
        "come squeezed; null: as they come.",
        examples=["4:3"],
    )
    detect_size_px: Annotated[int, Field(ge=160, le=4096)] | None = Field(
        default=None, description="Longer side for detection; null: chosen from min_face_px."
    )
    min_face_px: Annotated[int, Field(ge=8, le=4096)] = 40
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.6
    verify_tls: bool = True
    ca_file: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="File of the server (PEM): the authority to trust."
    )
    stall_timeout_s: Annotated[float, Field(ge=1, le=600)] = 10.0
    realtime: bool = Field(default=False, description="A recording is played at its own speed.")
    loop: bool = Field(default=False, description="A recording starts again when it has ended.")
    recorded_at: UtcTime | None = Field(
        default=None,
        description="When a recording begins; null: what the file says, else when it is watched.",
    )
    tracks_per_day: Annotated[float, Field(ge=1, le=10_000_000)] = 1000.0


class ChangedCamera(Wire):
    """What a camera is to be from now on."""

    setup: CameraSetup
    password: Secret | None = Field(
        default=None,
        description="Password of the user; null keeps the one that is stored, empty removes it. "
        "With another source it must be given again.",
        json_schema_extra={"writeOnly": True},
    )


class NewCamera(ChangedCamera):
    """A camera to be made, or tried."""

    id: CameraId


class CameraHealth(Wire):
    """How a camera does in the deployment that watches it."""

    deployment_id: int | None = Field(
        description="null where it has cameras or watchlists that do not exist for you; so are "
        "its counts of faces and tracks."
    )
    state: Literal["connecting", "watching", "down", "paused", "ended", "failed"]
    fps: float | None = Field(
        description="Pictures analysed a second, over the last ten seconds; null: not yet known."
    )
    analysed: int
    dropped: int = Field(description="Pictures due that a newer one replaced.")
    faces: int | None
    tracks: int | None
    reconnects: int
    watched_s: float
    down_s: float
    problem: str = Field(description="Why it is down; empty while all is well.")


class Camera(Wire):
    """A camera."""

    id: str
    setup: CameraSetup
    has_password: bool
    version: int = Field(description="Grows with each change.")
    created_at: UtcTime
    updated_at: UtcTime
    health: CameraHealth | None = Field(description="null while no deployment watches it.")


class CameraTrial(Wire):
    """What came of opening a camera for a moment."""

    works: bool
    problem: str = Field(description="In one line; empty where it works.")
    took_s: float = Field(description="Until the first picture, or until it failed.")
    width_px: int | None = None
    height_px: int | None = None
    fps: float | None = Field(default=None, description="Pictures a second that it sends.")
    faces: int | None = Field(default=None, description="Found in the picture, all blurred.")
    thumbnail: str | None = Field(
        default=None,
        description="The whole picture as JPEG in base64, every face blurred; null where there is "
        "none, or no detector to find the faces.",
    )
