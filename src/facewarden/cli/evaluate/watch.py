"""facewarden evaluate watch: who of the people that pass is recognised, when, and who falsely."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.errors import InputError, SourceFailed
from facewarden.evaluate.report import EvaluationReport
from facewarden.evaluate.watch import Watched, figures
from facewarden.evaluate.watch_report import for_machines, plots, tables
from facewarden.measure.composing import TRUTH_SUFFIX
from facewarden.measure.passages import joined
from facewarden.measure.people import photographs_of_people
from facewarden.measure.truth import ClipTruth, read_truth, require_clips
from facewarden.measure.watching import Enrolment, watch_room
from facewarden.wiring.eyes import make_eyes

FEW_TRACKS = 300
"""With fewer tracks of strangers the data cannot show even 1 false alert in 100 (rule of three)."""


def watch(
    clips: Annotated[list[Path], typer.Argument(help="Recordings with known people.")],
    gallery: Annotated[
        Path, typer.Option(help="Who is enrolled: a folder per person with photographs.")
    ],
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Who is in view when: CSV (clip,person,from_s,to_s and perhaps x1,y1,x2,y2) or "
            "the JSON of a composed clip. Default: CLIP.truth.json beside each clip."
        ),
    ] = None,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Measure alerts on video: detection, mis-identification, false alerts and time to alert."""
    began = perf_counter()
    require_clips(clips)
    truths = _truths(clips, truth)
    photographs = photographs_of_people(gallery, least=1)
    settings = settings_from(config, engine=engine)
    eyes = make_eyes(settings)
    watched = Watched((), 0, 0, 0, 0.0, 0.0)
    failed: list[tuple[Path, str]] = []
    with ExitStack() as stack:
        with progress("photographs", len(photographs)) as done:
            room = stack.enter_context(watch_room(settings, eyes, photographs, done=done))
        enrolled = set(room.enrolment.names)
        with progress("clips", len(clips)) as done:
            for count, clip in enumerate(clips, 1):
                try:
                    seen = room.watch(clip)
                    watched = watched.joined(joined(clip.name, seen, truths[clip], enrolled))
                except SourceFailed as error:
                    failed.append((clip, str(error)))
                done(count)
        threshold, enrolment = room.threshold, room.enrolment
    if not watched.passages:
        raise InputError(
            "nobody of the truth passes in these clips",
            found="; ".join(f"{clip.name}: {why}" for clip, why in failed) or "no passage",
        )
    found = figures(watched)
    deliver(
        EvaluationReport(
            title="Watch",
            command=command_line(),
            models=tuple(f"{model} on {how}" for model, how in eyes.engines),
            data=(
                ("clips", f"{len(clips) - len(failed):,}"),
                ("enrolled", f"{len(enrolled):,} people, from {gallery}"),
                ("threshold", f"similarity {threshold:.3f}, as a watch would have it"),
            ),
            made_at=datetime.now(UTC),
            seconds=perf_counter() - began,
            tables=tables(watched, found),
            plots=plots(watched),
            warnings=tuple(_warnings(watched, enrolment, failed, truths)),
            figures={
                **for_machines(watched, found),
                "threshold": threshold,
                "not_enrolled": [list(one) for one in enrolment.refused],
                "unread_clips": [[str(clip), why] for clip, why in failed],
            },
        ),
        html,
        json_file,
    )


def _truths(clips: list[Path], truth: Path | None) -> dict[Path, ClipTruth]:
    if truth is not None:
        return read_truth(truth, clips)
    found = {}
    for clip in clips:
        beside = clip.with_suffix(TRUTH_SUFFIX)
        if not beside.is_file():
            raise InputError(
                f"who is in {clip}?", expected=f"{beside}, or --truth FILE", found="neither"
            )
        found.update(read_truth(beside, [clip]))
    return found


def _warnings(
    watched: Watched,
    enrolment: Enrolment,
    failed: list[tuple[Path, str]],
    truths: dict[Path, ClipTruth],
) -> Iterator[str]:
    if enrolment.refused:
        label, reason = enrolment.refused[0]
        yield f"{len(enrolment.refused)} photographs were not enrolled, such as {label}: {reason}"
    if failed:
        yield f"clips that cannot be read: {'; '.join(f'{clip}: {why}' for clip, why in failed)}"
    nobody = [clip.name for clip, truth in truths.items() if not len(truth.person)]
    if nobody:
        yield f"nobody is known to be in {', '.join(nobody)}: every track there is a stray one"
    absent = set(enrolment.names) - {one.person for one in watched.passages}
    if absent:
        yield f"{len(absent)} of the people enrolled pass in no clip"
    strangers = [one for one in watched.passages if not one.enrolled]
    tracks = sum(one.tracks for one in strangers) + watched.stray_tracks
    if tracks < FEW_TRACKS:
        yield (
            f"{tracks} tracks of people who are not enrolled: too few to show a false alert rate "
            f"below {300 / tracks:.1f} %" if tracks else "nobody passes who is not enrolled: "
            "nothing about false alerts"
        )  # fmt: skip
    if not any(one.enrolled for one in watched.passages):
        yield "nobody who is enrolled passes: nothing about detection"
