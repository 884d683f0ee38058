"""facewarden models add: a model of the user's own."""

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.consoles import problems, results
from facewarden.cli.options import JsonOption
from facewarden.errors import ConfigError
from facewarden.models.registry import Registry, models_dir

CacheOption = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        envvar="FACEWARDEN_MODELS",
        help="Folder of the models. Default: models in the user's cache folder.",
    ),
]


class Colour(StrEnum):
    """Order of the channels."""

    RGB = "rgb"
    BGR = "bgr"


class Crop(StrEnum):
    """How a face is cut out for an embedder."""

    ARCFACE = "arcface-112"
    DLIB = "dlib-150"
    BOX = "box"


class Metric(StrEnum):
    """How a publisher compares embeddings."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"


def add_model(
    model: Annotated[Path, typer.Argument(help="ONNX file, weights inside.")],
    card: Annotated[
        Path | None,
        typer.Option("--card", help="Its card, JSON; see docs/extend/model.md. Or say, instead:"),
    ] = None,
    model_id: Annotated[str | None, typer.Option("--id", help="A name for it.")] = None,
    licence: Annotated[str | None, typer.Option(help="As its publisher states it.")] = None,
    source: Annotated[str | None, typer.Option(help="Where it comes from.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is.")] = None,
    colour: Annotated[Colour | None, typer.Option(help="Order of the channels.")] = None,
    mean: Annotated[
        str | None, typer.Option(help="One number, or three with commas, in that order.")
    ] = None,
    scale: Annotated[str | None, typer.Option(help="The same; (pixel - mean) * scale.")] = None,
    standardise: Annotated[
        bool, typer.Option("--standardise", help="Each picture by its own mean and deviation.")
    ] = False,
    alignment: Annotated[
        Crop | None, typer.Option(help="Template of the landmarks, or the face's box.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="With box: share of its sides added on each side.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Side of the input, px, if the file takes any.")
    ] = None,
    metric: Annotated[Metric, typer.Option(help="How its publisher compares.")] = Metric.COSINE,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a model of your own by running it as its card says, and store both.

    Without a card, one is made for an embedder from the file and the options. A file whose hash
    facewarden knows needs neither.
    """
    from facewarden.models.add import add, add_drafted, add_recognised

    told = {
        "model_id": model_id,
        "licence": licence,
        "source": source,
        "description": description,
        "colour": colour,
        "mean": _numbers("--mean", mean),
        "scale": _numbers("--scale", scale),
        "standardise": "image" if standardise else None,
        "alignment": alignment,
        "margin": margin,
        "size_px": size,
    }
    registry = Registry(models_dir(cache))
    alone = card is None and all(value is None for value in told.values())
    found = add_recognised(registry, model) if alone else None
    if found is not None:
        stored = found
    elif card is None:
        stored = add_drafted(registry, model, {**told, "metric": metric})
    elif any(value is not None for value in told.values()):
        raise ConfigError("--card says it all: leave out the other options, or the card")
    else:
        stored = add(registry, model, card)
    if as_json:
        results().print_json(stored.to_json())
        return
    ran = ", ".join(f"{check.engine} {check.precision}" for check in stored.checked_on)
    words = f"; ran on {ran}" if ran else ""
    results().print(f"{stored.model_id} stored{words}; sha256 {stored.sha256}")
    if stored.kind == "embedder" and stored.default_fmr is None:
        known = ", ".join(stored.calibrated_for)
        problems().print(
            f"calibrated for {known}: a watchlist's budget gives its threshold there"
            if known
            else "it has no calibration: set a threshold for each watchlist"
        )


def _numbers(name: str, text: str | None) -> float | tuple[float, ...] | None:
    if text is None:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in {1, 3} or not all(map(math.isfinite, numbers)):
        raise ConfigError(
            f"{name} is not understood", expected="a number, or three with commas", found=text
        )
    return numbers if len(numbers) == 3 else numbers[0]
