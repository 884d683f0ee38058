"""facewarden evaluate landmarks: how far eyes, nose and mouth are from where they should be."""

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
from facewarden.detect.detector import Detector
from facewarden.detect.refine import CloseUpDetector
from facewarden.errors import InputError
from facewarden.evaluate.landmarks import PointedFaces, figures, landmark_rates, plots, tables
from facewarden.evaluate.problems import problem_tables
from facewarden.evaluate.report import EvaluationReport
from facewarden.measure.labelled_image import Problem, images_under
from facewarden.measure.landmark_annotations import read_landmarks
from facewarden.measure.pointing import Looking, point_all, repeat_all
from facewarden.pipeline.examine import EnrolmentLimits
from facewarden.wiring.eyes import make_eyes

SWAPPED = 0.5
"""Share of faces whose first eye is right of the second, from which the order must be wrong."""


def landmarks(
    root: Annotated[
        Path, typer.Argument(help="Data set with label.txt, landmarks.csv or .pts files.")
    ],
    self_consistency: Annotated[
        bool,
        typer.Option(
            "--self-consistency",
            help="Without annotations: compare each picture with itself, mirrored, smaller and "
            "compressed. Repeatability, not accuracy.",
        ),
    ] = False,
    most: Annotated[
        int, typer.Option(min=2, help="Pictures for --self-consistency, evenly spread.")
    ] = 500,
    detector: Annotated[
        str | None, typer.Option(help="Model card of the detector; default as configured.")
    ] = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
) -> None:
    """Measure the error of landmarks, as cameras take them and as enrolment takes them."""
    began, made_at = perf_counter(), datetime.now(UTC)
    settings = settings_from(config, engine=engine)
    if detector is not None:
        chosen = settings.models.model_copy(update={"detector": detector})
        settings = settings.model_copy(update={"models": chosen})
    if self_consistency:
        paths = _spread(root, most)
        eyes = make_eyes(settings, looks=False)
        with progress("pictures", len(paths)) as done:
            faces, problems = repeat_all(paths, _lookings(eyes.detector), done)
        data = [("pictures", f"{faces[0].images:,} of {len(paths):,}")]
    else:
        kind, images, told = read_landmarks(root)
        eyes = make_eyes(settings, looks=False)
        with progress("images", len(images)) as done:
            faces, faults = point_all(images, _lookings(eyes.detector), done)
        problems = (*told, *faults)
        data = [
            ("annotations", kind),
            ("images", f"{faces[0].images:,}"),
            ("faces", f"{len(faces[0].truth):,}"),
        ]
    rates = [landmark_rates(one) for one in faces]
    rows = [(p.kind, p.place, p.details) for p in problems]
    title = "Landmarks: self-consistency" if self_consistency else "Landmarks"
    first = "picture, looked at as" if self_consistency else "looked at as"
    deliver(
        EvaluationReport(
            title=title,
            command=command_line(),
            models=(" on ".join(eyes.engines[0]),),
            data=(("folder", str(root)), *data),
            made_at=made_at,
            seconds=perf_counter() - began,
            tables=(*tables(rates, first), *problem_tables(rows)),
            plots=plots(rates),
            warnings=_warnings(faces[0], problems, repeated=self_consistency),
            figures={
                "self_consistency": self_consistency,
                "settings": figures(rates),
                "problems": [
                    {"kind": kind, "place": place, "details": details}
                    for kind, place, details in rows
                ],
            },
        ),
        html,
        json_file,
    )


def _lookings(detector: Detector) -> tuple[Looking, ...]:
    """Return how pictures of cameras (as found) and photographs (close up) are looked at."""
    limits = EnrolmentLimits()
    size_px, least = limits.detect_size_px, limits.min_confidence
    return (
        Looking("camera", detector, size_px, least),
        Looking("photograph", CloseUpDetector(detector), size_px, least),
    )


def _spread(root: Path, most: int) -> list[Path]:
    paths = list(images_under(root).values()) if root.is_dir() else []
    if not paths:
        raise InputError(f"{root} holds no picture", expected="a folder of photographs")
    places = np.unique(np.linspace(0, len(paths) - 1, min(most, len(paths))).round().astype(int))
    return [paths[place] for place in places]


def _warnings(
    faces: PointedFaces, problems: tuple[Problem, ...], *, repeated: bool
) -> tuple[str, ...]:
    said = []
    if repeated:
        said.append(
            "This is repeatability, not accuracy: the landmarks of a picture against those of the "
            "same picture changed. What is wrong in the same way each time does not show."
        )
    elif (faces.truth[:, 0, 0] > faces.truth[:, 1, 0]).mean() > SWAPPED:
        said.append(
            "In most faces the first eye is right of the second in the picture: the file seems to "
            "begin with the subject's left eye, and the errors of eyes and mouth are of that order."
        )
    if problems:
        said.append(f"{len(problems):,} things are wrong with the data; they are listed below.")
    return tuple(said)
