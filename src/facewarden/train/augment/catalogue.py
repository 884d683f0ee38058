"""Augmentations by the names that recipes give them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from facewarden.errors import ConfigError
from facewarden.train.augment.blur import Blur
from facewarden.train.augment.brightness import Brightness
from facewarden.train.augment.colour_cast import ColourCast
from facewarden.train.augment.contrast import Contrast
from facewarden.train.augment.gaussian_noise import GaussianNoise
from facewarden.train.augment.horizontal_flip import HorizontalFlip
from facewarden.train.augment.jpeg import Jpeg
from facewarden.train.augment.low_resolution import LowResolution
from facewarden.train.augment.mask import Mask
from facewarden.train.augment.random_erasing import RandomErasing
from facewarden.train.augment.rotation import Rotation
from facewarden.train.augment.step import Step, parameters
from facewarden.train.augment.sunglasses import Sunglasses

STEPS: Mapping[str, type[Any]] = {
    "horizontal_flip": HorizontalFlip,
    "rotation": Rotation,
    "brightness": Brightness,
    "contrast": Contrast,
    "colour_cast": ColourCast,
    "gaussian_noise": GaussianNoise,
    "blur": Blur,
    "jpeg": Jpeg,
    "low_resolution": LowResolution,
    "random_erasing": RandomErasing,
    "mask": Mask,
    "sunglasses": Sunglasses,
}


@dataclass(frozen=True, slots=True)
class Chance:
    """A step and how often it is taken.

    Attributes:
        probability: for each face, in [0, 1].
    """

    name: str
    probability: float
    step: Step


def build(entries: Sequence[Mapping[str, Any]]) -> tuple[Chance, ...]:
    """Build the steps of a recipe, in its order.

    Args:
        entries: each with `name`, `probability` in [0, 1], and any of the step's parameters.

    Raises:
        ConfigError: an unknown name or key, a missing one, or a value out of its bounds.
    """
    return tuple(_built(entry) for entry in entries)


def _built(entry: Mapping[str, Any]) -> Chance:
    given = dict(entry)
    name = given.pop("name", None)
    if name not in STEPS:
        raise ConfigError(
            "no such augmentation",
            expected="name: " + ", ".join(STEPS),
            found=repr(name) if name is not None else "no name",
        )
    probability = given.pop("probability", None)
    number = isinstance(probability, int | float) and not isinstance(probability, bool)
    if not number or not 0 <= probability <= 1:
        raise ConfigError(
            f"augmentation {name}: probability", expected="0 to 1", found=repr(probability)
        )
    known = parameters(STEPS[name])
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(
            f"augmentation {name} has no parameter {unknown[0]}",
            expected=", ".join(("probability", *known)),
            found=", ".join(unknown),
        )
    return Chance(name, float(probability), STEPS[name](**given))
