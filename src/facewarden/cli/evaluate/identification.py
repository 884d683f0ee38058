"""facewarden evaluate identification: who is found on a list, who is missed, who falsely alarms."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.config.settings import Settings
from facewarden.decide.budget import FalseAlertBudget, InForce, by_budget, gallery_size
from facewarden.embed.embedder import Embedder
from facewarden.evaluate.false_alerts import Expected, expected
from facewarden.evaluate.identification import FPIRS, Identification
from facewarden.evaluate.identification_report import Series, Traffic, figures, plots, tables
from facewarden.evaluate.report import EvaluationReport, Table
from facewarden.measure.clips import Clip, ClipReader
from facewarden.measure.galleries import People, read_people
from facewarden.measure.identification import Experiment, Plan, assemble, plan
from facewarden.measure.photographs import embed_photographs
from facewarden.measure.searches import search
from facewarden.wiring.eyes import Eyes, make_examiner, make_eyes

LEAST = 50
"""People enrolled in the smallest subset of the curve over N."""
SUBSETS = 5
FEWER = (1, 2, 3)
FRAMES = (1, 2, 5)
LISTED = 20
"""Files in the table; the JSON names all."""


def identification(
    gallery: Annotated[
        Path, typer.Option(help="Who is enrolled: a folder per person with photographs.")
    ],
    probes: Annotated[
        Path,
        typer.Option(
            help="Who is searched for: a folder per person with photographs, folders of frames or "
            "videos. The same folder as --gallery parts each person's photographs."
        ),
    ],
    nonmated: Annotated[
        Path | None,
        typer.Option(help="Strangers, likewise. Default: people of --probes not enrolled."),
    ] = None,
    references: Annotated[
        int | None,
        typer.Option(min=1, help="Photographs enrolled of each person, by name. Default: all."),
    ] = None,
    enrolled: Annotated[
        int | None, typer.Option(min=1, help="Length of the list to tell false alerts for.")
    ] = None,
    tracks_per_day: Annotated[
        float, typer.Option(min=0, help="Strangers' tracks a day to tell false alerts for.")
    ] = 1000.0,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Measure identification in an open set: CMC, FNIR at FPIR, and false alerts a day."""
    began = perf_counter()
    read = [
        read_people(root, clips=clips)
        for root, clips in ((gallery, False), (probes, True), (nonmated, True))
        if root is not None
    ]
    if gallery.resolve() == probes.resolve():
        read[0] = read[1]
    dealt = plan(read[0], read[1], read[2] if nonmated is not None else None, references)
    settings = settings_from(config, engine=engine)
    eyes = make_eyes(settings)
    experiment = _embedded(dealt, eyes, settings)
    found, series = _searched(experiment, eyes.embedder.model_id)
    traffic = Traffic(enrolled or found.searches.enrolled, tracks_per_day)
    comparing = eyes.of_looks if dealt.clips() else eyes.embedder
    product = _in_force(traffic.enrolled, experiment, comparing, settings)
    alerts = _alerts(found, traffic, product)
    deliver(
        EvaluationReport(
            title="Identification",
            command=command_line(),
            models=tuple(f"{model} on {how}" for model, how in eyes.engines),
            data=tuple(_data(found, experiment, dealt, gallery)),
            made_at=datetime.now(UTC),
            seconds=perf_counter() - began,
            tables=(*tables(found, series, alerts, traffic), *_left_out(experiment)),
            plots=plots(found, series, ("product", product.threshold) if product else None),
            warnings=(
                *((_problem(product, traffic),) if product and product.problem else ()),
                *_warnings(found, experiment, dealt, read),
            ),
            figures={
                **figures(found, series, alerts, traffic),
                "product": {
                    "threshold": product.threshold,
                    "fpir_foretold": product.fpir,
                    "problem": product.problem,
                }
                if product
                else None,
                **_for_machines(experiment, dealt, read),
            },
        ),
        html,
        json_file,
    )


def _embedded(dealt: Plan, eyes: Eyes, settings: Settings) -> Experiment:
    files, clips = dealt.photographs(), dealt.clips()
    with progress("photographs", len(files)) as done:
        embedded = embed_photographs(files, make_examiner(eyes), done=done)
    reader = ClipReader(eyes, settings)
    read: dict[Path, Clip] = {}
    with progress("clips", len(clips)) as done:
        for sample in clips:
            read[sample.path] = reader.read(sample)
            done(len(read))
    return assemble(dealt, embedded, read)


def _searched(experiment: Experiment, model_id: str) -> tuple[Identification, list[Series]]:
    """Search among all, among fewer people, with fewer references and after fewer looks."""
    references, people = experiment.references, len(experiment.names)
    size = len(references.enrolled)
    sizes = [size >> step for step in range(SUBSETS, 0, -1) if size >> step >= LEAST]
    probes = experiment.probes()
    with progress("searches", len(probes.person)) as done:
        told = search(references, probes, people=people, model_id=model_id, sizes=sizes, done=done)
    over_people = [(f"{one.enrolled:,}", Identification(one)) for one in told]
    found = over_people[-1][1]

    def again(some: Experiment, count: int | None, looks: int | None) -> Identification:
        fewer = references if count is None else references.first(count)
        probes = some.probes(looks)
        return Identification(search(fewer, probes, people=people, model_id=model_id)[-1])

    most = max(experiment.references_of())
    over_references = [
        (f"at most {count}" if count > 1 else "1", again(experiment, count, None))
        for count in FEWER
        if count < most
    ]
    series = [
        Series("people enrolled", tuple(over_people)),
        Series("references per person", (*over_references, (f"all, up to {most}", found))),
    ]
    clips = experiment.clips_only()
    if clips.samples:
        longest = max(len(own) for own in clips.pooled)
        steps = [(f"{looks}", again(clips, None, looks)) for looks in FRAMES if looks < longest]
        steps.append((f"all, up to {longest}", again(clips, None, None)))
        series.append(Series("frames per clip", tuple(steps)))
    return found, series


def _in_force(
    enrolled: int, experiment: Experiment, embedder: Embedder, settings: Settings
) -> InForce | None:
    """Return the threshold that a watch would use for a list of that length, as it is set."""
    if embedder.tail is None:
        return None
    owned = experiment.references_of()
    size = gallery_size(owned, embedder.tail) * enrolled / len(owned)
    budget = FalseAlertBudget(settings.decision.fpir)
    looks = settings.decision.max_looks
    return by_budget(budget, size, looks, embedder.tail, follows="decision.fpir")


def _problem(product: InForce, traffic: Traffic) -> str:
    return (
        f"the product's threshold for {traffic.enrolled:,} enrolled, {product.threshold:.4f}, does "
        f"not keep the budget: {product.problem}"
    )


def _alerts(found: Identification, traffic: Traffic, product: InForce | None) -> list[Expected]:
    if not found.strangers:
        return []
    points = [(f"FPIR {100 * rate:g} % here", found.threshold(rate)) for rate in FPIRS]
    if product is not None:
        name = f"product, {traffic.enrolled:,} enrolled (FPIR foretold {100 * product.fpir:.2g} %)"
        points.insert(0, (name, product.threshold))
    return [
        expected(
            found.at(name, threshold),
            measured=found.searches.enrolled,
            enrolled=traffic.enrolled,
            tracks_per_day=traffic.tracks_per_day,
        )
        for name, threshold in points
        if not math.isnan(threshold)  # a rate that the data cannot show
    ]


def _data(
    found: Identification, experiment: Experiment, dealt: Plan, gallery: Path
) -> Iterator[tuple[str, str]]:
    owned = experiment.references_of()
    clips = len(experiment.clips_only().samples)
    people = len({sample.person for sample in dealt.enrol})
    photographs = f"{sum(owned):,} photographs (at most {max(owned)} of a person)"
    yield "enrolled", f"{people:,} people, {photographs}, from {gallery}"
    yield "mated probes", f"{found.mated:,} of {found.people_mated:,} people"
    yield "non-mated probes", f"{found.strangers:,} of {found.people_strange:,} people"
    if clips:
        yield "clips", f"{clips:,} among the probes; in {experiment.others:,} others were in view"


def _left_out(experiment: Experiment) -> list[Table]:
    if not experiment.excluded:
        return []
    rows = [(str(one.path), one.reason) for one in experiment.excluded[:LISTED]]
    more = len(experiment.excluded) - len(rows)
    note = f"and {more:,} more, named in the JSON" if more else ""
    return [Table("Files left out", ("file", "why"), tuple(rows), note=note)]


def _warnings(
    found: Identification, experiment: Experiment, dealt: Plan, read: list[People]
) -> Iterator[str]:
    counted = (
        (
            dealt.enrolled_strangers,
            "people given as non-mated are enrolled and were left out: {}",
        ),
        (
            dealt.unknown,
            "people among the probes are not enrolled and were left out, since --nonmated was "
            "given: {}",
        ),
        (
            dealt.unpaired,
            "people have too few photographs to be enrolled and searched for; they are strangers "
            "unless --nonmated was given: {}",
        ),
        (
            experiment.not_enrolled,
            "people are enrolled with no photograph in which a face was found; searches for them "
            "count as misses: {}",
        ),
        ([str(one.path) for one in experiment.excluded], "files were left out: {}"),
        (
            [str(path) for path in experiment.faceless],
            "photographs and clips gave no template; as probes they count as not found: {}",
        ),
        (sorted({name for one in read for name in one.empty}), "folders of people are empty: {}"),
        (
            sorted({str(path) for one in read for path in one.unused}),
            "files or folders are neither photographs nor clips that can be used here: {}",
        ),
    )
    for names, words in counted:
        if names:
            few = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            yield f"{len(names):,} {words.format(few)}"
    if not found.strangers:
        yield "there are no non-mated probes: no FPIR, no FNIR, and nothing about false alerts"
    if not found.mated:
        yield "there are no mated probes: nothing about misses"
    if found.searches.enrolled == 1:
        yield "one person is enrolled: every search has the right rank, whatever the similarity"


def _for_machines(experiment: Experiment, dealt: Plan, read: list[People]) -> dict[str, Any]:
    return {
        "left_out": [{"file": str(one.path), "reason": one.reason} for one in experiment.excluded],
        "no_template": [str(path) for path in experiment.faceless],
        "enrolled_without_reference": experiment.not_enrolled,
        "too_few_photographs": dealt.unpaired,
        "nonmated_but_enrolled": dealt.enrolled_strangers,
        "probes_not_enrolled": dealt.unknown,
        "empty_folders": sorted({name for one in read for name in one.empty}),
        "unused": sorted({str(path) for one in read for path in one.unused}),
    }
