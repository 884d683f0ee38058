"""facewarden train prepare: photographs of people, made ready for training."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from facewarden.cli.consoles import results
from facewarden.cli.evaluate.output import command_line
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.private_file import write_private
from facewarden.cli.same_person import SameOption, same_people
from facewarden.cli.settings import settings_from
from facewarden.config.settings import Settings
from facewarden.evaluate import as_console, as_html, as_json
from facewarden.evaluate.report import EvaluationReport
from facewarden.measure.pairs import read_pairs
from facewarden.models.builtin import DEFAULT_DETECTOR, MTCNN
from facewarden.wiring.eyes import Eyes, make_examiner, make_eyes

if TYPE_CHECKING:
    from facewarden.train.data.prepare import Doubts, Findings
    from facewarden.train.data.sources import Sources

SPLITS = ("subjects:70/15/15", "images:70/15/15")


class DetectorName(StrEnum):
    """The detectors that facewarden comes with."""

    YUNET = "yunet"
    MTCNN = "mtcnn"


class Side(StrEnum):
    """Sides of a crop in px."""

    ARCFACE = "112"
    FACENET = "160"
    VGG = "224"


def prepare(
    source: Annotated[Path, typer.Argument(help="Photographs: a folder for each person.")],
    out: Annotated[Path, typer.Argument(help="New folder for the prepared faces.")],
    labels: Annotated[
        Path | None,
        typer.Option(help="CSV with the columns file (below SOURCE) and name, instead of folders."),
    ] = None,
    detector: Annotated[
        DetectorName | None, typer.Option(help="Default: that of the settings.")
    ] = None,
    size: Annotated[Side, typer.Option(help="Side of the aligned crops in px.")] = Side.ARCFACE,
    min_quality: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Least quality, in [0, 1]. Default: decision.min_quality."),
    ] = None,
    least: Annotated[
        int, typer.Option(min=1, help="Leave out people with fewer faces than this.")
    ] = 1,
    exclude: Annotated[
        Path | None,
        typer.Option(help="CSV with the column source: photographs to leave out."),
    ] = None,
    same: SameOption = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="images:70/15/15 or subjects:70/15/15, percent of train, validation and test; "
            f"repeat it. Default: {' and '.join(SPLITS)}."
        ),
    ] = None,
    folds: Annotated[
        Path | None,
        typer.Option(help="List of pairs such as LFW's pairs.txt: a split for each of its folds."),
    ] = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Detect, align, check and split photographs of people, for training."""
    from facewarden.train.data.cropper import Cropper
    from facewarden.train.data.prepare import Wishes
    from facewarden.train.data.prepare import prepare as prepare_faces
    from facewarden.train.data.sources import read_excluded, sources_in
    from facewarden.train.data.splits import read_plan

    began = perf_counter()
    settings = _settings(config, engine, detector)
    plans = tuple(read_plan(text) for text in split or SPLITS)
    excluded = read_excluded(exclude) if exclude is not None else frozenset()
    pairs = read_pairs(folds, source) if folds is not None else None
    joined = same_people(same)
    sources = sources_in(source, labels, joined)
    eyes = make_eyes(settings, looks=False)
    doubts = _doubts(eyes)
    cropper = Cropper(
        make_examiner(eyes), eyes.assessor, eyes.embedder, eyes.cutter, size_px=int(size)
    )
    quality = min_quality if min_quality is not None else settings.decision.min_quality
    about = {
        "size_px": int(size),
        "template": "arcface-112, scaled to the side",
        "detector": settings.models.detector,
        "embedder": settings.models.embedder,
        "min_quality": quality,
        "least": least,
        "excluded": len(excluded),
        "labels": "folders" if labels is None else "file",
        "same": joined,
    }
    wishes = Wishes(quality, least, excluded, plans, pairs, doubts)
    with progress("photographs", len(sources.photographs)) as done:
        found = prepare_faces(sources, out, cropper, wishes, about, done=done)
    report = _report(found, sources, doubts, eyes.engines, perf_counter() - began)
    write_private(out / "report.html", as_html.render(report).encode())
    (out / "report.json").write_text(as_json.render(report) + "\n", encoding="utf-8")
    results().print(as_console.render(report))
    typer.echo(f"prepared in {out}; contact sheets in {out / 'report.html'}")


def _settings(config: Path | None, engine: str | None, detector: DetectorName | None) -> Settings:
    settings = settings_from(config, engine=engine)
    if detector is None:
        return settings
    card = {DetectorName.YUNET: DEFAULT_DETECTOR, DetectorName.MTCNN: MTCNN}[detector]
    models = settings.models.model_copy(update={"detector": card})
    return settings.model_copy(update={"models": models})


def _doubts(eyes: Eyes) -> "Doubts | None":
    from facewarden.train.data.doubts import doubts_of

    return doubts_of(eyes.embedder)


def _report(
    found: "Findings",
    sources: "Sources",
    doubts: "Doubts | None",
    engines: tuple[tuple[str, str], ...],
    seconds: float,
) -> EvaluationReport:
    from facewarden.train.data.report import figures, pictures, tables, warnings

    told = warnings(found, sources)
    if doubts is None:
        told += ("the embedder is not calibrated: nothing was compared by templates, so that "
                 "near-duplicates and wrong labels were not looked for",)  # fmt: skip
    return EvaluationReport(
        title="Prepared faces",
        command=command_line(),
        models=tuple(f"{model} on {how}" for model, how in engines),
        data=(
            ("photographs", f"{len(sources.photographs):,} in {sources.root}"),
            (
                "faces",
                f"{len(found.prepared):,} of {len(found.prepared.subjects):,} people, "
                f"{found.prepared.size_px}x{found.prepared.size_px} px",
            ),
            ("fingerprint", found.prepared.fingerprint),
        ),
        made_at=datetime.now(UTC),
        seconds=seconds,
        tables=tables(found),
        plots=(found.balance.plot(),),
        pictures=pictures(found, doubts),
        warnings=told,
        figures=figures(found),
    )
