"""facewarden train classify: who of a closed set is it, by templates and a head."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.cli.train.extra import require_extra
from facewarden.data import Int64
from facewarden.errors import InputError
from facewarden.evaluate.report import EvaluationReport


def classify(
    prepared: Annotated[Path, typer.Argument(help="Folder that train prepare has made.")],
    model: Annotated[
        str | None,
        typer.Option(
            help="Embedder: the id of a card, the path of one, or a folder with one, such as an "
            "exported run. Default: that of the settings."
        ),
    ] = None,
    head: Annotated[
        list[str] | None,
        typer.Option(help="prototype, knn, svm, kmeans or softmax; repeat it. Default: all."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Recorded split. Default: the first by images.")
    ] = None,
    least: Annotated[
        int, typer.Option(min=1, help="Leave out people with fewer faces than this.")
    ] = 1,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Fit heads to the templates of people, and name probes of the same people."""
    require_extra()
    from facewarden.train.classify.catalogue import HEADS, heads
    from facewarden.train.classify.embedding import open_embedding
    from facewarden.train.classify.examples import examples
    from facewarden.train.classify.experiment import material, run_heads
    from facewarden.train.classify.report import best_of, figures, plots, tables
    from facewarden.train.data.prepared import Prepared

    began = perf_counter()
    settings = settings_from(config, engine=engine).models
    names = list(dict.fromkeys(head or HEADS))
    for name in names:
        heads(name)
    faces = Prepared.open(prepared)
    chosen = split or _by_images(faces.splits(), prepared)
    found = material(faces, chosen, least=least)
    embedding = open_embedding(model or settings.embedder, settings)
    templates = {}
    for part, rows in found.rows.items():
        with progress(part, len(rows)) as done:
            templates[part] = embedding.embed(faces, rows, done=done)
    outcomes = run_heads(names, found, templates)
    deliver(
        EvaluationReport(
            title="Closed-set identification",
            command=command_line(),
            models=(embedding.words,),
            data=(
                ("faces", f"{prepared}, fingerprint {faces.fingerprint}"),
                ("people", f"{len(found.subjects):,}" + (
                    f" with {least:,} faces or more" if least > 1 else "")),
                ("split", f"{chosen}: " + ", ".join(
                    f"{len(rows):,} {part}" for part, rows in found.rows.items())),
            ),
            made_at=datetime.now(UTC),
            seconds=perf_counter() - began,
            tables=tables(outcomes, found.subjects),
            plots=plots(outcomes, found.subjects),
            pictures=examples(faces, found, best_of(outcomes)),
            warnings=_warnings(found.labels, len(found.subjects)),
            figures=figures(outcomes, found.subjects),
        ),
        html,
        json_file,
    )  # fmt: skip


def _by_images(names: tuple[str, ...], folder: Path) -> str:
    for name in names:
        if name.startswith("images-"):
            return name
    raise InputError(
        f"{folder} has no split by images",
        expected="whoever is tested is trained on",
        found=", ".join(names) or "no split",
        remedy="prepare it with --split images:70/15/15",
    )


def _warnings(labels: Mapping[str, Int64], people: int) -> tuple[str, ...]:
    told = []
    untested = people - len(set(labels["test"].tolist()))
    if untested:
        told.append(
            f"{untested:,} of {people:,} people have no probe in the test part; the others can be "
            "taken for them"
        )
    if not len(labels["validation"]):
        told.append("the validation part is empty: parameters are the first of each head's")
    return tuple(told)
