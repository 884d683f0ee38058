"""Everything that decides a simulated clip; written beside it as JSON."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from facewarden.errors import InputError
from facewarden.recapture.species import Species

Pair = tuple[float, float]
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class CameraParameters:
    """The camera, drawn from the same ranges for bona fide and attack presentations.

    Attributes:
        size: width and height of the clip, px, even.
        sensor_share: the sensor has so many pixels a side for one of the clip; it is enlarged.
        focal: focal length, in widths of the picture.
        aperture: side of the light-sensitive part of a pixel, in pixels: below 1 where sensors
            skip lines or bin pixels, which is where moire comes from.
        lens_px: standard deviation of the lens's blur before the pixels, sensor px.
        softness_px: standard deviation of the blur after them, clip px.
        sharpening: how much of the difference to its blurred self is added to the picture.
        mosaic: whether colours are seen through a Bayer filter and interpolated.
        brightness: what exposure makes of the face's mean, linear share of white.
        white_balance: factors on blue and red.
        full_well, read_noise: electrons, see `compose/darkness.py`; fewer are more noise.
        gamma: of the picture as it is stored.
        shutter: share of a frame's time in which light is taken: blurs what moves.
        shake_px: of a hand or mount, clip px.
        flicker: by how much mains light goes up and down over the rows, as a share.
        flicker_periods: over the height of the picture; `flicker_hz`: of its slow wandering.
        light_slope: how much lighter one side of the picture is, across and down.
        haze: light that lens and air spread over the whole picture, as a share of the scene's mean.
        levels: what the picture's black and white become, in grey levels as it is stored; below 0
            or above 255 shadows or lights are lost.
        saturation: factor on the colours.
        quality: x264's constant rate factor.
    """

    size: tuple[int, int]
    sensor_share: float
    focal: float
    aperture: float
    lens_px: float
    softness_px: float
    sharpening: float
    mosaic: bool
    brightness: float
    white_balance: Pair
    full_well: float
    read_noise: float
    gamma: float
    shutter: float
    shake_px: float
    flicker: float
    flicker_periods: float
    flicker_hz: float
    light_slope: Pair
    haze: float
    levels: Pair
    saturation: float
    quality: int


@dataclass(frozen=True, slots=True)
class HandParameters:
    """How a medium is held before the camera.

    Attributes:
        tilt_deg: mean rotation about the vertical and the horizontal axis and in the plane.
        sway_deg: how far these go to either side.
        sway: how far the medium moves to the sides, up and down, and to and fro, as a share of
            the face's height.
        tremor: share of the motion that is a tremor of 6 to 11 Hz.
    """

    tilt_deg: Triple
    sway_deg: Triple
    sway: Triple
    tremor: float


@dataclass(frozen=True, slots=True)
class SheetParameters:
    """A printed sheet of paper.

    Attributes:
        extent: how far the picture reaches left, up, right and down of the face's centre, in
            heights of the face.
        margin: of unprinted paper around it, in heights of the face.
        face_mm: height of the face on the paper.
        moment: which frame of the clip is printed, share of its length.
        lines_per_mm: of the halftone screens; 0 for a printer without visible screens.
        spread_px: standard deviation of the ink's spread, px of the picture printed.
        ink: strength of the inks: 1 lets through what `ink.py` says, less lets through more.
        black_share: of the grey part that is printed in black ink.
        paper: reflectance of the paper for blue, green and red.
        gloss: highlight of a lamp on it, share of white; `gloss_at`: where, in face heights from
            its centre; `gloss_size`: its standard deviations, in face heights.
        bend: curvature of the sheet, 1 / face height; `bend_sway`: by how much it changes;
            `bend_axis_deg`: direction of the axis, 0 is vertical.
        fingers: places of fingers on the edge, share of the way around.
        skin: their reflectance for blue, green and red.
    """

    extent: tuple[float, float, float, float]
    margin: float
    face_mm: float
    moment: float
    lines_per_mm: float
    spread_px: float
    ink: float
    black_share: float
    paper: Triple
    gloss: float
    gloss_at: Pair
    gloss_size: Pair
    bend: float
    bend_sway: float
    bend_axis_deg: float
    fingers: tuple[float, ...]
    skin: Triple


@dataclass(frozen=True, slots=True)
class EyeHoles:
    """What is cut out of a print: the eyes, behind which somebody else's live.

    Attributes:
        size: half width and half height of a hole, as a share of the distance of the eyes.
        corners: 2 is an ellipse, more is nearer to a rectangle.
        growth: size of the face behind to that on the paper.
        off: how far the eyes behind are off the holes, as a share of their distance.
        sway: how far they move apart from the sheet, as a share of that distance.
    """

    size: Pair
    corners: float
    growth: float
    off: Pair
    sway: float


@dataclass(frozen=True, slots=True)
class ScreenParameters:
    """A panel that shows a picture or the clip.

    Attributes:
        extent: as of `SheetParameters`.
        face_mm: height of the face on the panel.
        pitch_mm: of the panel's pixels.
        pentile: blue and red on every second pixel, as on many phones; else stripes.
        moment: which frame is shown, share of the clip's length, where it stands still.
        frame_rate: pictures of the clip that the player shows in a second.
        quality: x264's constant rate factor of the clip as it is played.
        pan: of a photograph that is played as a clip: how it moves on the panel, across and down
            in face heights a second, and how it grows, as a share a second.
        gamma: of the panel against that of the picture, 1 is the same.
        white: blue, green and red of its white. `black`: its light where it is black.
        banding: depth of the bands of its refresh; `bands`: over the height of the camera's
            picture; `bands_hz`: how fast they wander.
        reflection: strength of a window or lamp mirrored in it; `reflection_at`: where, in face
            heights from its centre; `reflection_size`; `reflection_square`: whether a window.
        veil: light of the room on it.
        bezel: of its frame left, up, right and down, in heights of the face; `bezel_grey`.
    """

    extent: tuple[float, float, float, float]
    face_mm: float
    pitch_mm: float
    pentile: bool
    moment: float
    frame_rate: float
    quality: int
    pan: Triple
    gamma: float
    white: Triple
    black: float
    banding: float
    bands: float
    bands_hz: float
    reflection: float
    reflection_at: Pair
    reflection_size: Pair
    reflection_square: bool
    veil: float
    bezel: tuple[float, float, float, float]
    bezel_grey: float


@dataclass(frozen=True, slots=True)
class ClipParameters:
    """One clip; with the genuine clip they give the same frames again.

    Attributes:
        species: what is presented.
        instrument: the medium, such as `glossy` or `phone`; empty for bona fide presentations.
        subject: whose face is shown.
        seed: of noise, phases of motion and the place behind.
        start_s, duration_s, fps: the part of the genuine clip, and the frames made of it.
        face_px: height of the face in the clip; `face_at`: its centre, share of the size.
        mirrored: whether left and right are exchanged.
        own_place: whether subjects stand where they were filmed; else, if that was before a plain
            wall, another place is behind them.
        camera: see there; the others are there where the species has them.
        behind: subject whose eyes are behind the holes of a cut print, and from when.
        photograph: name of the file, if the genuine clip is a photograph; `goes_on`: how far it is
            continued beyond its edges by its mirror image, in heights of the face.
    """

    species: Species
    instrument: str
    subject: str
    seed: int
    start_s: float
    duration_s: float
    fps: int
    face_px: float
    face_at: Pair
    mirrored: bool
    own_place: bool
    camera: CameraParameters
    hand: HandParameters | None = None
    sheet: SheetParameters | None = None
    screen: ScreenParameters | None = None
    holes: EyeHoles | None = None
    behind: str = ""
    behind_s: float = 0.0
    photograph: str = ""
    goes_on: float = 0.0

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return round(self.duration_s * self.fps)

    def write(self, file: Path) -> None:
        """Write them as JSON."""
        file.write_bytes(TypeAdapter(dict).dump_json(asdict(self), indent=1))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            InputError: it is something else.
        """
        try:
            return TypeAdapter(cls).validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(
                f"{file} does not hold the parameters of a simulated clip",
                remedy="name a JSON file that facewarden pad simulate wrote beside a clip",
            ) from error
