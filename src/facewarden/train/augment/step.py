"""What every augmentation is: a change of a batch of faces, drawn from a generator."""

from dataclasses import fields
from typing import Any, Protocol

import torch
from torch import Tensor

from facewarden.errors import ConfigError


class Step(Protocol):
    """Changes faces; parameters are fields with units and bounds, checked when it is made.

    The same generator state gives the same result on the same device.
    """

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; those given stay as they are.

        Args:
            images: (b, 3, S, S) float32 RGB in [0, 255]; b may be 0.
            landmarks: (b, 5, 2) float32 px, in the order of `Faces.landmarks`.
            generator: draws what varies, for each face anew.
        """
        ...


def drawn(
    low: float, high: float, count: int, generator: torch.Generator, device: torch.device
) -> Tensor:
    """Return (count,) float32 from low to high, uniformly."""
    unit = torch.rand(count, generator=generator, device=generator.device)
    return (low + (high - low) * unit).to(device)


def pixel_centres(side_px: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return x (1, S) and y (S, 1) of the pixels; a pixel's coordinate is its centre."""
    line = torch.arange(side_px, dtype=torch.float32, device=device)
    return line[None, :], line[:, None]


def require_range(
    step: Any, name: str, low: float, high: float, unit: str, *, upto: str = ""
) -> None:
    """Check that a number of a step lies between bounds.

    Args:
        upto: name of a field that may not be less than this one.

    Raises:
        ConfigError: it does not, or is no number.
    """
    value = getattr(step, name)
    where = f"augmentation {_words(step)}: {name}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        unit = f" {unit}" if unit else ""
        raise ConfigError(where, expected=f"{low:g} to {high:g}{unit}", found=repr(value))
    if upto and value > getattr(step, upto):
        raise ConfigError(
            where, expected=f"at most {upto}, {getattr(step, upto)!r}", found=repr(value)
        )


def _words(step: Any) -> str:
    name = type(step).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def parameters(kind: type[Any]) -> tuple[str, ...]:
    """Return the names of a step's parameters."""
    return tuple(field.name for field in fields(kind))
