"""What a model is fed: size, colour, arithmetic, layout, and how a face is cut out for it."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Side = Annotated[int, Field(ge=1, le=16384)]
Mean = Annotated[float, Field(ge=-255, le=255)]
Scale = Annotated[float, Field(gt=0, le=255)]
Alignment = Literal["arcface-112", "dlib-150", "box", "square", "none"]
Shape = tuple[int | None, ...]

MAX_FACE_PX = 1024
"""Side of an aligned face: no published embedder takes more than 448, and sixteen at a time of
this size take 200 MB."""


class Strict(BaseModel):
    """A part of a card: frozen, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelInput(Strict):
    """How a picture becomes the input: float32, (pixel - mean) * scale, pixels from 0 to 255.

    Attributes:
        height_px, width_px: None where the model takes any (multiples of 32 for YuNet).
        colour: order of the three channels in the input.
        mean, scale: one number for all channels, or one for each in the order of `colour`.
        standardise: "image" takes each picture's own mean and standard deviation over all its
            pixels and channels in their place, the deviation at least 1 / sqrt(count) (FaceNet's
            prewhiten, TensorFlow's per_image_standardization).
        layout: "nchw" or "nhwc", the order of the input's axes.
        alignment: "arcface-112" and "dlib-150" bring the landmarks to that template, scaled to
            the input's side; "box" stretches the detection's box with its margin; "square" is the
            face with its surroundings (`geometry/square_crop.py`); "none" is a whole picture.
        margin: with "box", the share of its width and height that is added on each side.
        factor: with "square", its side in longer sides of the box; None with any other.
        registered: with "square" and several looks, they are laid over the middle one first
            (`geometry/registration.py`).
        batch: pictures per run where the file fixes that; None where it takes any number.
    """

    name: Name
    height_px: Side | None
    width_px: Side | None
    colour: Literal["rgb", "bgr"]
    mean: Mean | tuple[Mean, Mean, Mean]
    scale: Scale | tuple[Scale, Scale, Scale]
    alignment: Alignment
    standardise: Literal["none", "image"] = "none"
    layout: Literal["nchw", "nhwc"] = "nchw"
    margin: float = Field(default=0.0, ge=-0.25, le=1)
    factor: float | None = Field(default=None, ge=0.5, le=8)
    registered: bool = False
    batch: int | None = Field(default=None, ge=1, le=64)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.standardise == "image" and (self.mean, self.scale) != (0, 1):
            raise ValueError("standardise image leaves no place for another mean than 0, scale 1")
        if self.margin and self.alignment != "box":
            raise ValueError("a margin belongs to the alignment box")
        if (self.factor is not None) != (self.alignment == "square"):
            raise ValueError("a factor belongs to the alignment square, and that needs one")
        if self.registered and self.alignment != "square":
            raise ValueError("registered belongs to the alignment square")
        return self

    @property
    def picture(self) -> Shape:
        """The axes of one picture; None stands for any length."""
        sides = (self.height_px, self.width_px)
        return (3, *sides) if self.layout == "nchw" else (*sides, 3)


def face_claims(side: ModelInput) -> dict[str, bool]:
    """Return what must hold for the input of an embedder, each claim with whether it does."""
    height, width = side.height_px, side.width_px
    return {
        "an embedder takes aligned faces: alignment arcface-112, dlib-150 or box": side.alignment
        in {"arcface-112", "dlib-150", "box"},
        **size_claims(side, "an embedder"),
        f"the alignment {side.alignment} is square, found {height}x{width}": side.alignment == "box"
        or height == width,
    }


def size_claims(side: ModelInput, whose: str) -> dict[str, bool]:
    """Return what must hold for the size of an input of one face, as in `face_claims`."""
    return {
        f"{whose}'s input has a fixed height and width of 16 to {MAX_FACE_PX} px": all(
            length is not None and 16 <= length <= MAX_FACE_PX
            for length in (side.height_px, side.width_px)
        )
    }
