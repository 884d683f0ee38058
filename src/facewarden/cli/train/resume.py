"""facewarden train resume: go on with a run that was stopped, killed or diverged."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from facewarden.cli.train.extra import require_extra
from facewarden.cli.train.training import Device, DeviceOption, train_here


class Start(StrEnum):
    """Checkpoints to go on from."""

    LAST = "last"
    BEST = "best"


def resume(
    out: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run.")],
    start: Annotated[Start, typer.Option("--from", help="Checkpoint to go on from.")] = Start.LAST,
    slower: Annotated[
        float,
        typer.Option(min=1e-6, max=1, help="Multiply the learning rate by this from now on."),
    ] = 1.0,
    data: Annotated[
        Path | None, typer.Option(help="Where the prepared data lie now, if they were moved.")
    ] = None,
    device: DeviceOption = Device.AUTO,
) -> None:
    """Go on with a run; on the same machine its weights become those of one never stopped."""
    require_extra()
    from facewarden.train.starter import go_on

    train_here(
        out, device,
        lambda around: go_on(out, around, start=start.value, slower=slower, prepared=data),
    )  # fmt: skip
