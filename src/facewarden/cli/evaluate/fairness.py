"""facewarden evaluate fairness: error rates by group, at the operating threshold."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.config.settings import Settings
from facewarden.decide.budget import FalseAlertBudget
from facewarden.embed.embedder import Embedder
from facewarden.errors import InputError, ModelRefused
from facewarden.evaluate import fairness_report
from facewarden.evaluate.fairness import at_levels
from facewarden.evaluate.grouped import Grouped, gather
from facewarden.evaluate.problems import problem_tables
from facewarden.evaluate.report import EvaluationReport
from facewarden.measure.labelled_image import Problem
from facewarden.measure.metadata import GroupedPhotographs, grouped_photographs, read_metadata
from facewarden.measure.people import photographs_of_people
from facewarden.measure.photographs import Embedded, duplicates, embed_photographs
from facewarden.wiring.eyes import make_examiner, make_eyes

CARD_FMRS = (1e-3, 1e-4, 1e-5, 1e-6)
"""Where differentials are examined beside the operating threshold: the range of a calibration."""


def fairness(
    root: Annotated[Path, typer.Argument(help="Folder with a folder of photographs per person.")],
    metadata: Annotated[
        Path, typer.Option(help="CSV with a column subject (a folder's name) or file, and groups.")
    ],
    column: Annotated[str, typer.Option(help="The column of groups.")],
    threshold: Annotated[
        float | None,
        typer.Option(min=0.01, max=1, help="Operating threshold. Default: the product's own."),
    ] = None,
    enrolled: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="People on the watchlist.")
    ] = 100,
    examine: Annotated[
        list[float] | None,
        typer.Option(min=0.01, max=1, help="Another threshold to examine; repeat it."),
    ] = None,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Measure FMR, FNMR and FPIR by group of a metadata column, and how far groups are apart."""
    began, made_at = perf_counter(), datetime.now(UTC)
    settings = settings_from(config, engine=engine)
    told = read_metadata(metadata, column)
    photographs = grouped_photographs(root, photographs_of_people(root), told)
    eyes = make_eyes(settings, looks=False)
    operating = threshold or _product_threshold(settings, eyes.embedder, enrolled)
    tested = sorted({*_card_thresholds(eyes.embedder), *(examine or [])})
    with progress("photographs", len(photographs.paths)) as done:
        embedded = embed_photographs(photographs.paths, make_examiner(eyes), done=done)
    kept, faults = _kept(photographs, embedded, root)
    with progress("comparing", len(kept)) as done:
        grouped = _gather(photographs, embedded, kept, [*tested, operating], enrolled, done)
    levels = at_levels(grouped)
    at = next(level for level in levels if level.threshold == operating)
    problems = [
        (p.kind, p.place, p.details) for p in (*told.problems, *photographs.problems, *faults)
    ]
    said = fairness_report.warnings(at, tested, levels, enrolled, grouped.enrolled)
    if problems:
        said += (f"{len(problems):,} things are wrong with the data; they are listed below.",)
    deliver(
        EvaluationReport(
            title=f"Fairness by {column}",
            command=command_line(),
            models=tuple(f"{model} on {how}" for model, how in eyes.engines),
            data=_data(root, metadata, grouped, operating, threshold is None, enrolled),
            made_at=made_at,
            seconds=perf_counter() - began,
            tables=(
                *fairness_report.tables(at, levels, column, grouped.enrolled),
                *problem_tables(problems),
            ),
            plots=fairness_report.plots(at, levels, column),
            warnings=said,
            figures={
                **fairness_report.figures(at, levels, column, grouped.enrolled),
                "tested_thresholds": tested,
                "problems": [
                    {"kind": kind, "place": place, "details": details}
                    for kind, place, details in problems
                ],
            },
        ),
        html,
        json_file,
    )


def _product_threshold(settings: Settings, embedder: Embedder, enrolled: int) -> float:
    """Return the similarity that the default budget needs for so many subjects.

    Raises:
        ModelRefused: the embedder is not calibrated that far.
    """
    return embedder.similarity_at(FalseAlertBudget(settings.decision.fpir).fmr(enrolled))


def _card_thresholds(embedder: Embedder) -> list[float]:
    found = []
    for rate in CARD_FMRS:
        try:
            found.append(embedder.similarity_at(rate))
        except ModelRefused:
            continue
    return found


def _kept(
    photographs: GroupedPhotographs, embedded: Embedded, root: Path
) -> tuple[list[int], list[Problem]]:
    """Leave out files that cannot be read and copies of others; both are listed.

    A copy would be compared with itself: a match that says nothing, or a false one that is none.
    """
    names = [path.relative_to(root).as_posix() for path in photographs.paths]
    left_out = set()
    faults = []
    for first, again in duplicates(embedded.digest):
        left_out.add(again)
        faults.append(Problem("copy of another file, left out", names[again], names[first]))
    for place, fault in embedded.faults.items():
        if embedded.digest[place]:
            told = "no face found; counted as alike to nobody"
            faults.append(Problem(told, names[place]))
        else:
            left_out.add(place)
            faults.append(Problem("file that cannot be read, left out", names[place], fault))
    kept = [place for place in range(len(names)) if place not in left_out]
    return kept, faults


def _gather(
    photographs: GroupedPhotographs,
    embedded: Embedded,
    kept: Sequence[int],
    thresholds: Sequence[float],
    enrolled: int,
    done: Callable[[int], None],
) -> Grouped:
    people = {name: i for i, name in enumerate(sorted({photographs.person[k] for k in kept}))}
    groups = sorted({photographs.group[k] for k in kept})
    if len(people) < 2 or len(groups) < 2:
        raise InputError(
            "too few photographs are left to compare",
            expected="people of two groups",
            found=f"{len(people)} people of {len(groups)}",
        )
    return gather(
        embedded.vectors[list(kept)],
        np.array([people[photographs.person[k]] for k in kept], np.int64),
        np.array([groups.index(photographs.group[k]) for k in kept], np.int64),
        tuple(groups),
        np.unique(np.array(thresholds, np.float64)),
        enrolled,
        done=done,
    )


def _data(
    root: Path, metadata: Path, grouped: Grouped, operating: float, own: bool, enrolled: int
) -> tuple[tuple[str, str], ...]:
    why = f"the product's for {enrolled:,} people" if own else "as given"
    return (
        ("folder", str(root)),
        ("metadata", str(metadata)),
        ("photographs", f"{int(grouped.photographs.sum()):,} of {grouped.subjects:,} people"),
        ("groups", f"{len(grouped.names)}, as the file tells; none was inferred"),
        ("operating threshold", f"{operating:.4f}, {why}"),
    )
