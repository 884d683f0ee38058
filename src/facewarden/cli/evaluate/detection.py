"""facewarden evaluate detection: which faces of an annotated data set are found."""

from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.config.camera import CameraSettings
from facewarden.evaluate import detection_report
from facewarden.evaluate.detection import HeightClass, height_classes, rates
from facewarden.evaluate.detection_report import DetectionFindings, recall_by_height
from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.problems import problem_tables
from facewarden.evaluate.report import EvaluationReport, Picture
from facewarden.measure.annotations import Annotations, Format, read_annotations
from facewarden.measure.detecting import Detected, detect_all
from facewarden.measure.detection_sheet import CAPTION, worst_images
from facewarden.wiring.eyes import make_eyes

SIZES_PX = (640, 1280)
"""What a camera is looked at by default, and what finds smaller faces."""


def detection(
    root: Annotated[Path, typer.Argument(help="Data set: images and their annotations.")],
    format_: Annotated[
        Format | None, typer.Option("--format", help="Of the annotations; found by itself.")
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="Class that counts as a face; repeat it. Default: face."),
    ] = None,
    size_px: Annotated[
        list[int] | None,
        typer.Option(min=64, max=4096, help="Longer side for detection; repeat it."),
    ] = None,
    detector: Annotated[
        str | None, typer.Option(help="Model card of the detector; default as configured.")
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(min=0.02, max=1, help="Operating confidence; default: a camera's."),
    ] = None,
    min_face_px: Annotated[
        float, typer.Option(min=1, max=4096, help="Smaller faces neither count nor hurt.")
    ] = 10,
    config: ConfigOption = None,
    engine: EngineOption = None,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
) -> None:
    """Measure precision, recall, overlap and average precision of the detector by face height."""
    began, made_at = perf_counter(), datetime.now(UTC)
    settings = settings_from(config, engine=engine)
    if detector is not None:
        chosen = settings.models.model_copy(update={"detector": detector})
        settings = settings.model_copy(update={"models": chosen})
    operating = min_confidence or float(CameraSettings.model_fields["min_confidence"].default)
    annotations = read_annotations(root, format_=format_, classes=classes or [])
    eyes = make_eyes(settings, looks=False)
    with progress("detecting", len(annotations.images)) as done:
        detected, faults = detect_all(
            annotations,
            eyes.detector,
            sizes_px=size_px or SIZES_PX,
            min_confidence=operating,
            done=done,
        )
    measured = {one.size_px for one in detected}
    left_out = sorted(size for size in set(size_px or SIZES_PX) if size not in measured)
    heights = height_classes(min_face_px)
    with progress("drawing samples", len(detected)) as done:
        findings = []
        for number, one in enumerate(detected, 1):
            findings.append(_findings(one, heights, operating))
            done(number)
    problems = [(p.kind, p.place, p.details) for p in (*annotations.problems, *faults)]
    deliver(
        EvaluationReport(
            title="Detection",
            command=command_line(),
            models=(" on ".join(eyes.engines[0]),),
            data=_data(root, annotations, detected[0]),
            made_at=made_at,
            seconds=perf_counter() - began,
            tables=(*detection_report.tables(findings, operating), *problem_tables(problems)),
            plots=detection_report.plots(findings, operating),
            pictures=_worst(annotations, detected[0], heights[0], operating) if html else (),
            warnings=_warnings(annotations, len(problems), findings, left_out),
            figures={
                **detection_report.figures(findings, operating),
                "classes": annotations.classes,
                "counted": list(annotations.counted),
                "problems": [
                    {"kind": kind, "place": place, "details": details}
                    for kind, place, details in problems
                ],
            },
        ),
        html,
        json_file,
    )


def _findings(
    detected: Detected, heights: tuple[HeightClass, ...], operating: float
) -> DetectionFindings:
    by_height, faces = recall_by_height(detected.images, heights[0], operating)
    return DetectionFindings(
        f"{detected.size_px} px",
        tuple(rates(detected.images, height, min_confidence=operating) for height in heights),
        by_height,
        faces,
        Estimate(median(detected.cpu_ms)),
    )


def _data(root: Path, annotations: Annotations, first: Detected) -> tuple[tuple[str, str], ...]:
    counts = ", ".join(f"{name} {n:,}" for name, n in annotations.classes.items())
    ignored = sum(int(image.ignored.sum()) for image in first.images)
    return (
        ("folder", str(root)),
        ("annotations", annotations.format),
        ("images", f"{len(first.images):,}"),
        ("boxes by class", counts or "none"),
        ("counted as faces", ", ".join(annotations.counted) or "none"),
        ("marked as ignored", f"{ignored:,}"),
    )


def _warnings(
    annotations: Annotations,
    problems: int,
    findings: list[DetectionFindings],
    left_out: list[int],
) -> tuple[str, ...]:
    said = [
        f"No picture is larger than the size before {size} px: it would show the same."
        for size in left_out
    ]
    if problems:
        said.append(f"{problems:,} things are wrong with the data set; they are listed below.")
    if len(annotations.classes) > 1 and len(annotations.counted) == len(annotations.classes):
        said.append("No class is named face, so every class counts as one; choose with --class.")
    empty = [rate.height.name for rate in findings[0].rates if not rate.faces]
    if empty:
        said.append(f"There is no face of {', '.join(empty)} in the data: no figure for them.")
    return tuple(said)


def _worst(
    annotations: Annotations, detected: Detected, height: HeightClass, operating: float
) -> tuple[Picture, ...]:
    paths = {image.path.name: image.path for image in annotations.images}
    png = worst_images(detected.images, paths, height, operating)
    title = f"The images with the most mistakes, {detected.size_px} px"
    return (Picture(title, png, CAPTION),) if png else ()
