"""facewarden train run: a network, trained by a recipe."""

from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.train.extra import require_extra
from facewarden.cli.train.training import Device, DeviceOption, train_here


def run(
    recipe: Annotated[
        str,
        typer.Argument(help="A recipe of facewarden's, such as mobilefacenet_arcface, or a file."),
    ],
    data: Annotated[Path, typer.Option(help="Folder that train prepare has made.")],
    out: Annotated[Path, typer.Option(help="New folder for the run.")],
    split: Annotated[
        str | None, typer.Option(help="A split of the data, instead of the recipe's.")
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change the recipe, such as epochs=1; repeat it."),
    ] = None,
    device: DeviceOption = Device.AUTO,
) -> None:
    """Train a network; SIGINT or SIGTERM stop it so that it can go on."""
    require_extra()
    from facewarden.train.recipe_file import load_recipe
    from facewarden.train.starter import begin

    changes = [*(change or ()), *([f"split={split}"] if split is not None else ())]
    wanted = load_recipe(recipe, changes)
    train_here(out, device, lambda around: begin(wanted, data, out, around))
