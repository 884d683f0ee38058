"""A fitted impostor tail in a model's card, or in a file beside the cards that a user made."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from facewarden.data.calibration import ImpostorTail
from facewarden.errors import DataError, ModelRefused
from facewarden.models.model_input import Strict
from facewarden.models.precision import Engine, Precision

FOLDER = "calibrations"
"""Under the folder of models, so that no calibration is taken for a card."""

Rate = Annotated[float, Field(gt=0, le=1)]
Similarity = Annotated[float, Field(ge=-1, le=1)]
Factor = tuple[Annotated[int, Field(ge=1)], Annotated[float, Field(gt=0)]]
Told = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class HeldOut(Strict):
    """What the fit to one half of the people foretold of the other, at one rate.

    Attributes:
        rate: foretold by the fit to the first half.
        observed: share of the other half's comparisons at that similarity.
        ratio_low, ratio_high: 95 % of observed / foretold, people drawn with replacement.
    """

    rate: Rate
    observed: float = Field(ge=0, le=1)
    ratio_low: float = Field(ge=0)
    ratio_high: float = Field(ge=0)


class TailFit(Strict):
    """A calibration of one model on one engine in one precision, and how it is known.

    Attributes:
        body, scale, shape, trusted_to, looks, references: as in `ImpostorTail`.
        shape_low, shape_high: 95 % of the shape, people drawn with replacement.
        people, comparisons: it rests on; different people only, both ways counted once.
        exceedances: pairs of people above the last point of the body.
        fingerprint: SHA-256 over the sorted SHA-256 of the files it was made of.
        held_out: the check of the fit.
        looks_from: what the factors of looks were measured on.
    """

    engine: Engine
    precision: Precision
    body: Annotated[tuple[tuple[Rate, Similarity], ...], Field(min_length=2, max_length=100)]
    scale: float = Field(gt=0, le=1)
    shape: float = Field(ge=-1, le=1)
    shape_low: float
    shape_high: float
    trusted_to: Rate
    looks: Annotated[tuple[Factor, ...], Field(min_length=1, max_length=50)] = ((1, 1.0),)
    references: Annotated[tuple[Factor, ...], Field(min_length=1, max_length=50)] = ((1, 1.0),)
    looks_from: Told
    people: int = Field(ge=2)
    comparisons: int = Field(ge=1)
    exceedances: int = Field(ge=1)
    held_out: tuple[HeldOut, ...] = ()
    data: Told
    fingerprint: Digest
    date: date
    command: Told

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        try:
            self.tail()
        except DataError as refusal:
            raise ValueError(str(refusal)) from None
        return self

    def tail(self) -> ImpostorTail:
        """Return what thresholds are computed from."""
        return ImpostorTail(
            self.body, self.scale, self.shape, self.trusted_to, self.looks, self.references
        )


def chosen(fits: Sequence[TailFit], engine: Engine, precision: Precision) -> TailFit | None:
    """Return the fit for an engine and precision; another engine's of the same precision serves.

    Engines agree to 1e-6 in the same arithmetic, precisions only to 1e-2. None without any.
    """
    same = [fit for fit in fits if fit.precision == precision]
    return next((fit for fit in same if fit.engine == engine), same[0] if same else None)


class Overlay(Strict):
    """A user's own calibrations of one model; they win over those of its card.

    Attributes:
        model_sha256: of the model's file; another file of the same name is another model.
        sha256: of the fits as canonical JSON, so that a damaged file sets no threshold.
    """

    model_id: str
    model_sha256: Digest
    fits: Annotated[tuple[TailFit, ...], Field(min_length=1, max_length=8)]
    sha256: Digest

    @classmethod
    def of(cls, model_id: str, model_sha256: str, fits: Sequence[TailFit]) -> Self:
        """Seal fits with their hash."""
        return cls(
            model_id=model_id, model_sha256=model_sha256, fits=tuple(fits), sha256=_hash(fits)
        )


def overlay_path(cache_dir: Path, model_id: str) -> Path:
    """Return where a user's calibration of a model lies."""
    return cache_dir / FOLDER / f"{model_id}.json"


def read_overlay(cache_dir: Path, model_id: str, model_sha256: str) -> tuple[TailFit, ...]:
    """Return the user's own calibrations of a model; none where there is no file.

    Raises:
        ModelRefused: the file is damaged, or was made for another file of this name.
    """
    path = overlay_path(cache_dir, model_id)
    again = "delete it, or run `facewarden calibrate` again"
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as failure:
        raise ModelRefused(
            f"the calibration {path} cannot be read", found=failure.strerror or str(failure)
        ) from None
    try:
        overlay = Overlay.model_validate_json(text)
    except ValidationError as refusal:
        first = refusal.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ModelRefused(
            f"the calibration {path} is not valid: {where}: {first['msg']}", remedy=again
        ) from None
    if overlay.sha256 != _hash(overlay.fits):
        raise ModelRefused(
            f"the calibration {path} is damaged",
            expected=overlay.sha256,
            found=_hash(overlay.fits),
            remedy=again,
        )
    if (overlay.model_id, overlay.model_sha256) != (model_id, model_sha256):
        raise ModelRefused(
            f"the calibration {path} belongs to another file",
            expected=f"{model_id} {model_sha256}",
            found=f"{overlay.model_id} {overlay.model_sha256}",
            remedy=again,
        )
    return overlay.fits


def _hash(fits: Sequence[TailFit]) -> str:
    plain = [fit.model_dump(mode="json") for fit in fits]
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
