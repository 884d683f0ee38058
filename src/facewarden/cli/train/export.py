"""facewarden train export: a run as models that facewarden runs."""

from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.consoles import problems
from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import phases
from facewarden.cli.options import ConfigOption
from facewarden.cli.settings import settings_from
from facewarden.cli.train.extra import require_extra
from facewarden.text import shown


class Which(StrEnum):
    """Checkpoints of a run."""

    BEST = "best"
    LAST = "last"


class Kind(StrEnum):
    """Arithmetics that a file may keep its weights in."""

    FLOAT16 = "float16"
    INT8 = "int8"


class Part(StrEnum):
    """Parts of a split to judge by."""

    VALIDATION = "validation"
    TEST = "test"


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the files.")],
    model_id: Annotated[str, typer.Option("--id", help="A name for the model.")],
    licence: Annotated[str, typer.Option(help="Under which the weights may be used.")],
    data_licence: Annotated[str, typer.Option(help="Of the faces that it was trained on.")],
    description: Annotated[str, typer.Option(help="What it is.")] = "",
    which: Annotated[Which, typer.Option("--from", help="Checkpoint.")] = Which.BEST,
    kept: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of the weights that the run began with, mixed into them."
        ),
    ] = 0.0,
    changes: Annotated[
        bool,
        typer.Option(
            "--changes",
            help="Keep the file of the model that the run began with, and write what changed in "
            "its weights as a file of its own, a twelfth as large.",
        ),
    ] = False,
    also: Annotated[
        list[Kind] | None,
        typer.Option(help="Write the weights in this arithmetic too; repeat it."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Where the prepared data lie now, if they were moved.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="A split of the data, instead of the run's.")
    ] = None,
    part: Annotated[
        Part, typer.Option(help="Part of the split that the files are judged by.")
    ] = Part.VALIDATION,
    cohort: Annotated[
        Path | None,
        typer.Option(
            help="Folder with a folder per person, 46 at least and none of them trained on: "
            "thresholds are calibrated on them as `facewarden calibrate` does."
        ),
    ] = None,
    compose: Annotated[
        int,
        typer.Option(min=0, help="Without clips in the cohort, make footage of so many people."),
    ] = 300,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
) -> None:
    """Write a run as ONNX files with cards, checked against the network and measured."""
    require_extra()
    from facewarden.errors import InputError
    from facewarden.models.registry import Registry
    from facewarden.train.data.prepared import Prepared
    from facewarden.train.export.calibrated import calibrated, require_people
    from facewarden.train.export.card_of_run import Named, Weights
    from facewarden.train.export.exported import export as export_run
    from facewarden.train.export.exported import faces_of, require_free, write
    from facewarden.train.export.report import report_of
    from facewarden.train.run_folder import RunFolder

    began = perf_counter()
    settings = settings_from(config)
    folder = RunFolder.open(run)
    prepared = Prepared.open(data or Path(folder.about["data"]))
    if prepared.fingerprint != folder.about["data_fingerprint"] and split is None:
        raise InputError(
            "these are not the data of the run, so that who is unseen is not known",
            expected=folder.about["data_fingerprint"],
            found=prepared.fingerprint,
            remedy="name a --split of theirs to judge by it all the same",
        )
    named = Named(model_id, licence, data_licence, description)
    kinds: tuple[Weights, ...] = ("float32", *dict.fromkeys(kind.value for kind in also or ()))
    require_free(out, map(named.id_of, kinds))
    if cohort is not None:
        require_people(cohort)
    made = export_run(
        folder,
        faces_of(prepared, split or folder.recipe.split, part.value, folder.recipe.seed),
        named,
        which=which.value,
        kinds=kinds,
        command=command_line(),
        kept=kept,
        registry=Registry(settings.models.cache_dir) if changes else None,
        told=lambda words: problems().print(shown(words)),
    )
    if cohort is not None:
        with phases() as told:
            made = [
                calibrated(
                    one, cohort, settings, compose=compose, command=command_line(), told=told
                )
                for one in made
            ]
    paths = write(made, out)
    deliver(
        report_of(made, command=command_line(), seconds=perf_counter() - began), html, json_file
    )
    if str(json_file) != "-":
        typer.echo(
            f"to use it: facewarden models add {shown(str(paths[0]))} "
            f"--card {shown(str(paths[0].with_suffix('.json')))}"
        )
