"""What run and resume have in common: the process around a training, and its last words."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facewarden.cli.consoles import problems
from facewarden.cli.evaluate.output import command_line
from facewarden.text import shown

if TYPE_CHECKING:
    from facewarden.train.loop import Outcome
    from facewarden.train.starter import Surroundings


class Device(StrEnum):
    """What computes."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


DeviceOption = Annotated[
    Device, typer.Option(help="What computes; auto takes a GPU where there is one.")
]

_SIGNALLED = 128
"""What a shell adds to a signal's number."""


def train_here(out: Path, device: Device, work: "Callable[[Surroundings], Outcome]") -> None:
    """Train in this process, draw the curves and say how it ended.

    Args:
        out: folder of the run.
        work: what to train.

    Raises:
        typer.Exit: a signal ended it; the code is what shells say of that signal.
        FacewardenError: the training went wrong.
    """
    from facewarden.cli.train.progress import shown_progress
    from facewarden.train.curves import write_curves
    from facewarden.train.distributed import join
    from facewarden.train.freed_memory import keep_freed_memory
    from facewarden.train.interruption import listening
    from facewarden.train.loop import Ended
    from facewarden.train.run_folder import RunFolder
    from facewarden.train.starter import Surroundings

    world = join(device.value)
    if world.device.type == "cpu":
        keep_freed_memory()

    def say(words: str) -> None:
        if world.leads:
            problems().print(shown(words), soft_wrap=True, markup=False)

    try:
        with listening() as asked, shown_progress(leads=world.leads) as watcher:
            outcome = work(Surroundings(world, watcher, asked, say, command_line()))
        if not world.leads:
            return
        folder = RunFolder.open(out)
        write_curves(folder)
        place = outcome.place
        best = (
            f"the best, by {outcome.best_by}, is of step {place.best_step:,} "
            f"({100 * place.best:.2f} %)"
            if place.has_best
            else "nothing was judged"
        )
        if outcome.ended == Ended.INTERRUPTED:
            say(f"stopped at step {place.step:,}; {best}; go on with: {folder.go_on}")
            raise typer.Exit(_SIGNALLED + asked.by)
        early = ", since nothing got better" if outcome.ended == Ended.EARLY else ""
        typer.echo(
            f"ended after step {place.step:,}{early}; {best}; "
            f"curves in {shown(str(out / 'report.html'))}"
        )
    finally:
        world.close()
