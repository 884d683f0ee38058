"""facewarden evaluate presentation: living people or pictures of them?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import typer

from facewarden.cli.evaluate.output import HtmlOption, JsonFileOption, command_line, deliver
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.cli.train.extra import require_extra
from facewarden.config.settings import Settings
from facewarden.errors import InputError
from facewarden.evaluate.presentation_report import DetectorResult, figures, plots, tables
from facewarden.evaluate.presentation_seed import OurModel, seed_tables
from facewarden.evaluate.problems import problem_tables
from facewarden.evaluate.report import EvaluationReport
from facewarden.measure.clip_list import ClipEntry, write_clip_list
from facewarden.measure.presentation.chosen_clips import ChosenClips, from_dataset, from_list
from facewarden.measure.presentation.cues.blink import Blink
from facewarden.measure.presentation.cues.difference import Difference
from facewarden.measure.presentation.judging import Fold, folds_of, shared_people
from facewarden.measure.presentation.model_scorer import ModelScorer
from facewarden.measure.presentation.opening import open_follower, open_models, open_watch
from facewarden.measure.presentation.results import results_of
from facewarden.measure.presentation.scorer import FittedScorer, Scorer
from facewarden.measure.presentation.scoring import score_clips
from facewarden.wiring.presentation import with_own_presentation


class Cue(StrEnum):
    """What can be measured without a network."""

    LBP = "lbp"
    BLINK = "blink"
    DIFFERENCE = "difference"


class JudgedPart(StrEnum):
    """A part that can be judged."""

    TEST = "test"
    DEVELOPMENT = "development"


FEW_PEOPLE = 30
"""Fewer say little: without a single error in 30 people the rate may still be 10 % (rule of
three)."""


def presentation(
    clips: Annotated[
        Path | None,
        typer.Argument(
            help="CSV with the columns path, subject, label (bona fide or attack), species and "
            "perhaps instrument, session, part."
        ),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="A published data set instead: siw, oulu-npu, ...")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Your copy of that data set.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Its protocol, such as 1.")] = None,
    run: Annotated[
        int, typer.Option(min=1, help="Which run of a protocol that leaves one out in turn.")
    ] = 1,
    learn_from: Annotated[
        Path | None,
        typer.Option(
            help="Another list: its training and development people learn and give thresholds, "
            "and everything else is judged (cross-dataset)."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Id of a model to judge, or ID:LOSS with the loss it was trained with; repeat it."
        ),
    ] = None,
    cues: Annotated[
        str, typer.Option(help="Baselines without a network, from lbp, blink, difference.")
    ] = "lbp,blink,difference",
    part: Annotated[JudgedPart, typer.Option(help="The part that is judged.")] = JudgedPart.TEST,
    seconds: Annotated[
        float, typer.Option(min=0.4, max=600, help="Of each clip that are looked at.")
    ] = 4.0,
    write_list: Annotated[
        Path | None,
        typer.Option(help="Write the clips with their parts to this CSV file, and end."),
    ] = None,
    html: HtmlOption = None,
    json_file: JsonFileOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Measure how well attacks with pictures are told from living people (ISO/IEC 30107-3).

    What the settings name as models.presentation_picture and models.presentation_clip, or the model
    that ships where they name no clip model, is judged as the watch asks them; models named with
    --model by themselves.
    """
    began = perf_counter()
    wanted = _cues(cues)
    chosen = _chosen(clips, dataset, root, protocol, run, learn_from)
    if write_list is not None:
        write_clip_list(write_list, chosen.entries)
        typer.echo(f"{len(chosen.entries):,} clips written to {write_list}")
        return
    folds = folds_of(chosen.entries, judge=part)
    settings = with_own_presentation(settings_from(config, engine=engine))
    models = open_models(settings, model or ())
    scorers: list[Scorer] = [*open_watch(settings), *models]
    scorers += [_UNFITTED[cue]() for cue in wanted if cue in _UNFITTED]
    fitted = _fitted(wanted)
    if not scorers and not fitted:
        raise InputError(
            "nothing to measure", expected="--model ID, settings with models, or --cues"
        )
    follower = open_follower(settings, seconds=seconds)
    with progress("clips", len(chosen.entries)) as done:
        scored = score_clips(
            chosen.entries, follower, scorers, fitted, train_frames=chosen.train_frames, done=done
        )
    results, silent = results_of(chosen.entries, folds, scored, scorers, fitted)
    deliver(
        EvaluationReport(
            title=f"Presentation attack detection: {chosen.title}",
            command=command_line(),
            models=_networks(settings, models) or ("none, cues only",),
            data=(*_data(chosen, folds, seconds), ("engine", settings.models.engine)),
            made_at=datetime.now(UTC),
            seconds=perf_counter() - began,
            tables=(
                *tables(results),
                *seed_tables(_ours(models, results), chosen.siw_protocol),
                *problem_tables(scored.problems),
            ),
            plots=plots(results),
            warnings=(
                *chosen.warnings,
                *(f"no figures of {name}: {why}" for name, why in silent),
                *_warnings(chosen.entries, folds, results),
            ),
            figures={
                "detectors": figures(results),
                "clips": _clips(chosen.entries, results),
                "problems": [list(one) for one in scored.problems],
            },
        ),
        html,
        json_file,
    )


_UNFITTED: dict[Cue, type[Blink] | type[Difference]] = {
    Cue.BLINK: Blink,
    Cue.DIFFERENCE: Difference,
}


def _networks(settings: Settings, models: Sequence[ModelScorer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*settings.models.presentation, *(one.name for one in models)]))


def _ours(models: Sequence[ModelScorer], results: Sequence[DetectorResult]) -> tuple[OurModel, ...]:
    acer = {result.name: result.found.acer for result in results}
    return tuple(
        OurModel(one.name, one.loss, one.looks, acer[one.name])
        for one in models
        if one.name in acer
    )


def _cues(text: str) -> tuple[Cue, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = {cue.value for cue in Cue}
    for name in names:
        if name not in known:
            raise InputError("unknown cue", expected=", ".join(sorted(known)), found=name)
    return tuple(Cue(name) for name in dict.fromkeys(names))


def _fitted(cues: Sequence[Cue]) -> tuple[FittedScorer, ...]:
    if Cue.LBP not in cues:
        return ()
    require_extra()
    # Learns with scikit-learn, which only the laboratory has; the other cues do without.
    from facewarden.train.presentation.cues.lbp_svm import LbpSvm

    return (LbpSvm(),)


def _chosen(
    clips: Path | None,
    dataset: str | None,
    root: Path | None,
    protocol: str | None,
    run: int,
    learn_from: Path | None,
) -> ChosenClips:
    if (clips is None) == (dataset is None):
        raise InputError("what is to be judged?", expected="CLIPS.csv, or --dataset and --root")
    if clips is not None:
        return from_list(clips, learn_from=learn_from)
    if root is None:
        raise InputError("where is the data set?", expected="--root DIR, your copy of it")
    return from_dataset(dataset or "", root, protocol, run=run, learn_from=learn_from)


def _data(
    chosen: ChosenClips, folds: Sequence[Fold], seconds: float
) -> tuple[tuple[str, str], ...]:
    test = np.unique(np.concatenate([fold.test for fold in folds]))
    of = [chosen.entries[row] for row in test.tolist()]
    attacks = sum(entry.attack for entry in of)
    people = len({entry.subject for entry in of})
    if len(folds) > 1:
        way = f"{len(folds)} folds of people; thresholds and learning from the other folds"
    else:
        fold = folds[0]
        way = f"{len(fold.train):,} clips to learn from, " + (
            f"{len(fold.development):,} of other people for the threshold"
            if len(fold.development)
            else "and for the threshold, each scored by what was learnt from others of them"
        )
    return (
        *chosen.data,
        ("judged", f"{len(of) - attacks:,} bona fide and {attacks:,} attacks of {people:,} people"),
        ("others", way),
        ("looked at", f"the first {seconds:g} s of each clip"),
    )


def _warnings(
    entries: Sequence[ClipEntry], folds: Sequence[Fold], results: Sequence[DetectorResult]
) -> list[str]:
    found = []
    shared = shared_people(entries, folds)
    if shared:
        names = ", ".join(shared[:5])
        found.append(
            f"{len(shared):,} people are judged and learnt from ({names}): figures are too good"
        )
    people = results[0].found.people
    if people < FEW_PEOPLE:
        found.append(
            f"{people} people are few: the intervals show how little their figures say of others"
        )
    return found


def _clips(
    entries: Sequence[ClipEntry], results: Sequence[DetectorResult]
) -> list[dict[str, object]]:
    """Return every clip that was judged, with its scores and what they were held against."""
    rows: dict[int, dict[str, object]] = {}
    for result in results:
        of = zip(
            result.rows.tolist(),
            result.presentations.score.tolist(),
            result.thresholds.tolist(),
            strict=True,
        )
        for row, score, threshold in of:
            entry = entries[row]
            told = rows.setdefault(
                row,
                {
                    "path": str(entry.path),
                    "subject": entry.subject,
                    "species": entry.species,
                    "instrument": entry.instrument,
                },
            )
            told[result.name] = {"score": score, "threshold": threshold}
    return [rows[row] for row in sorted(rows)]
