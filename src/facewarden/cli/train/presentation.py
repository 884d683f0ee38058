"""facewarden train presentation: networks that tell a living person from a picture."""

import os
import shutil
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from facewarden.cli.consoles import problems
from facewarden.cli.evaluate.output import command_line
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption
from facewarden.cli.settings import settings_from
from facewarden.cli.train.extra import require_extra
from facewarden.text import shown

if TYPE_CHECKING:
    from facewarden.train.presentation.clip_run import ClipRun
    from facewarden.train.presentation.prepared_clips import PreparedClips

app = typer.Typer(
    name="presentation",
    help="Train networks that detect presentation attacks in clips.",
    no_args_is_help=True,
)

_WORTH_A_PROCESS = 24
"""Clips for which a process is begun, which takes some seconds."""
_SIGNALLED = 128
"""What a shell adds to a signal's number."""

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run.")]


@app.command()
def prepare(
    clips: Annotated[Path, typer.Argument(help="CSV of clips: path,subject,label,species,...")],
    out: Annotated[Path, typer.Argument(help="New folder for the prepared clips.")],
    size: Annotated[
        int, typer.Option(min=64, max=512, help="Side of a look in px; training cuts from it.")
    ] = 232,
    least_looks: Annotated[
        int, typer.Option(min=1, max=60, help="A clip with fewer looks is left out.")
    ] = 5,
    most_looks: Annotated[
        int | None,
        typer.Option(min=1, max=60, help="So many from a clip's middle are kept; default: all."),
    ] = None,
    fps: Annotated[
        float, typer.Option(min=1, max=60, help="Looks a second that are taken.")
    ] = 10.0,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes side by side; default: one a core.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Find the face of each clip and keep its looks for training."""
    require_extra()
    from facewarden.measure.clip_list import read_clip_list
    from facewarden.measure.presentation.opening import open_follower
    from facewarden.train.presentation.cutting import Kept
    from facewarden.train.presentation.prepare import needed_bytes
    from facewarden.train.presentation.prepare import prepare as prepare_clips

    settings = settings_from(config)
    entries = read_clip_list(clips)
    kept_looks = Kept(size, least_looks, most_looks, fps)
    took = f"at most {needed_bytes(len(entries), kept_looks) / 1e9:.1f} GB"
    problems().print(f"{len(entries):,} clips, {took} of looks", highlight=False)
    jobs = jobs or min(os.cpu_count() or 1, len(entries) // _WORTH_A_PROCESS + 1)
    models = settings.models if jobs == 1 else settings.models.model_copy(update={"threads": 1})
    follower = partial(open_follower, settings.model_copy(update={"models": models}), fps=fps)
    began = perf_counter()
    with progress("clips", len(entries)) as done:
        found = prepare_clips(
            entries, out, follower, kept=kept_looks,
            about={"detector": settings.models.detector, "command": command_line()},
            jobs=jobs, done=done,
        )  # fmt: skip
    for entry, why in found.left_out:
        problems().print(
            shown(f"left out: {entry.path.name}: {why}"), highlight=False, markup=False
        )
    kept = found.prepared
    typer.echo(
        f"{len(kept):,} clips of {len(set(kept.subjects)):,} people, {len(kept.at_s):,} looks, "
        f"in {shown(str(out))} after {perf_counter() - began:.0f} s; "
        f"{len(found.left_out):,} left out"
    )


@app.command()
def run(
    recipe: Annotated[
        str,
        typer.Argument(help="A recipe of facewarden's, such as presentation_mobile, or a file."),
    ] = "presentation_mobile",
    data: Annotated[
        Path | None, typer.Option(help="Folder that train presentation prepare has made.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="New folder for the run.")] = None,
    surface: Annotated[
        Path | None,
        typer.Option(help="Run of the network surface, which measured takes as a part of itself."),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change the recipe, such as loss.name=softmax; repeat it."),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with a run that was stopped or killed.")
    ] = None,
) -> None:
    """Train a network, calibrate it and judge it; a signal stops it so that it can go on."""
    require_extra()
    from facewarden.cli.train.progress import shown_progress
    from facewarden.errors import ConfigError, FacewardenError
    from facewarden.train.freed_memory import keep_freed_memory
    from facewarden.train.interruption import listening
    from facewarden.train.presentation.clip_run import ClipRun, told_of_data
    from facewarden.train.presentation.loop import ClipTraining, Ended
    from facewarden.train.presentation.prepared_clips import PreparedClips
    from facewarden.train.presentation.recipe import load_clip_recipe

    if resume is not None:
        if data is not None or out is not None or surface is not None or change:
            raise ConfigError(
                "a run is resumed as it began", expected="--resume RUN alone",
                found="--data, --out, --surface or --set beside it",
            )  # fmt: skip
        began = ClipRun.open(resume)
        clips = _clips_of(began)
    elif data is None or out is None:
        raise ConfigError("a new run needs --data and --out")
    else:
        wanted = load_clip_recipe(recipe, change or ())
        clips = PreparedClips.open(data)
        began = ClipRun.create(out, wanted, told_of_data(clips, command_line(), surface))
    keep_freed_memory()
    with listening() as asked, shown_progress(leads=True) as watcher:
        try:
            training = ClipTraining(began, clips, watcher, asked)
        except FacewardenError:
            if resume is None:  # nothing was learnt: the name is free again
                shutil.rmtree(began.folder)
            raise
        ended, figures = training.train()
    folder = shown(str(began.folder))
    if figures is None:
        typer.echo(f"stopped; go on with: facewarden train presentation run --resume {folder}")
        raise typer.Exit(_SIGNALLED + asked.by)
    early = ", since nothing got better" if ended is Ended.EARLY else ""
    for words in began.warnings():
        problems().print(shown(words), highlight=False, markup=False, soft_wrap=True)
    acer, worst = figures.acer, figures.worst
    interval = f"{100 * acer.low:.2f} to {100 * acer.high:.2f}"
    if not acer.has_interval:
        interval = "no interval: one person" if figures.people == 1 else "no interval"
    typer.echo(
        f"ended{early}; on {figures.people} people kept aside: "
        f"ACER {100 * acer.value:.2f} % ({interval}), "
        f"APCER {100 * figures.apcer.value:.2f} % ({worst}), "
        f"BPCER {100 * figures.bpcer.value:.2f} %; scores in {folder}"
    )


@app.command()
def export(
    run: RunArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the files.")],
    model_id: Annotated[str, typer.Option("--id", help="A name for the model.")],
    licence: Annotated[str, typer.Option(help="Under which the weights may be used.")],
    data_licence: Annotated[
        str, typer.Option(help="Of the clips, and of the photographs of the surface network.")
    ],
    description: Annotated[str, typer.Option(help="What it is.")] = "",
) -> None:
    """Write a run as an ONNX file with a card, checked against the network and timed."""
    require_extra()
    from facewarden.train.presentation.clip_run import ClipRun
    from facewarden.train.presentation.export import Named, write
    from facewarden.train.presentation.export import export as export_run

    folder = ClipRun.open(run)
    made = export_run(
        folder,
        _clips_of(folder),
        Named(model_id, licence, data_licence, description),
        command=command_line(),
        told=lambda words: problems().print(shown(words), highlight=False),
    )  # fmt: skip
    path = write(made, out)
    typer.echo(
        f"{shown(str(path))}: {len(made.model) / 1e6:.2f} MB; live differs from the network's by "
        f"{made.difference:.1e} at most on {made.compared} clips"
    )
    for (engine, precision), ms in made.milliseconds.items():
        typer.echo(f"{engine} in {precision}: {ms:.1f} ms a clip on one thread")
    for (engine, precision), apart in made.refused.items():
        typer.echo(f"{engine} in {precision} is not used: live differs by {apart:.2f}")
    card = shown(str(path.with_suffix(".json")))
    typer.echo(f"to use it: facewarden models add {shown(str(path))} --card {card}")


@app.command()
def explain(
    run: RunArgument,
    clip: Annotated[Path, typer.Argument(help="A video, or a folder of pictures.")],
    strip: Annotated[Path | None, typer.Option(help="Write the looks as a JPEG.")] = None,
    video: Annotated[Path | None, typer.Option(help="Write the looks as an MP4.")] = None,
    config: ConfigOption = None,
) -> None:
    """Say what a run's network makes of a clip, and show where it looked (Grad-CAM)."""
    require_extra()
    from facewarden.measure.presentation.opening import open_follower
    from facewarden.train.presentation.clip_run import ClipRun
    from facewarden.train.presentation.cutting import FPS
    from facewarden.train.presentation.explain import explain as explain_clip

    folder = ClipRun.open(run)
    clips = _clips_of(folder)
    factor = float(clips.about["factor"]) * folder.recipe.network.input_size / clips.size_px
    follower = open_follower(settings_from(config), fps=FPS)
    found = explain_clip(folder, clip, follower, factor=factor)
    live = found.live
    verdict = "bona fide" if live.mean() >= 0.5 else "attack"
    typer.echo(
        f"{shown(clip.name)}: {verdict}, live {live.mean():.3f} "
        f"({live.min():.3f} to {live.max():.3f} over {len(live)} sets of looks)"
    )
    if strip is not None:
        strip.write_bytes(found.strip())
        typer.echo(f"looks in {shown(str(strip))}")
    if video is not None:
        found.video(video)
        typer.echo(f"looks in {shown(str(video))}")


def _clips_of(run: "ClipRun") -> "PreparedClips":
    """Open the clips that a run was begun with.

    Raises:
        InputError: they are gone, or were changed.
    """
    from facewarden.errors import InputError
    from facewarden.train.presentation.prepared_clips import PreparedClips

    clips = PreparedClips.open(Path(run.about["data"]))
    if clips.fingerprint != run.about["data_fingerprint"]:
        raise InputError(
            f"these are not the clips that {run.folder} was begun with",
            expected=str(run.about["data_fingerprint"]),
            found=clips.fingerprint,
        )
    return clips
