"""From scores to figures: every detector of a run, judged on the same clips."""

from collections.abc import Callable, Sequence
from functools import partial

from facewarden.errors import DataError, InputError
from facewarden.evaluate.presentation import measure
from facewarden.evaluate.presentation_report import DetectorResult
from facewarden.measure.clip_list import ClipEntry
from facewarden.measure.presentation.judging import Fold, Judged, judged, judged_by_learning
from facewarden.measure.presentation.scorer import FittedScorer, Scorer
from facewarden.measure.presentation.scoring import Scored

Silent = tuple[str, str]
"""A detector's name, and why there are no figures of it."""


def results_of(
    entries: Sequence[ClipEntry],
    folds: Sequence[Fold],
    scored: Scored,
    scorers: Sequence[Scorer],
    fitted: Sequence[FittedScorer] = (),
) -> tuple[tuple[DetectorResult, ...], tuple[Silent, ...]]:
    """Return the figures of each detector, and the detectors that cannot be judged.

    One that answers too few clips, such as a model of several looks on short clips, must not cost
    the figures of the others.

    Raises:
        InputError: not one detector can be judged.
    """
    jobs: list[tuple[str, float | None, Callable[[], Judged]]] = []
    for one in scorers:
        score = scored.scores[one.name]
        jobs.append((one.name, one.threshold, partial(judged, entries, folds, score)))
    for learner in fitted:
        known = scored.descriptions[learner.name]
        learnt = partial(judged_by_learning, entries, folds, known, learner)
        jobs.append((learner.name, None, learnt))
    found, silent = [], []
    for name, own, job in jobs:
        try:
            found.append(_result(name, job(), own))
        except (InputError, DataError) as error:
            silent.append((name, str(error)))
    if not found:
        raise InputError("not one detector can be judged", found=f"{silent[0][0]}: {silent[0][1]}")
    return tuple(found), tuple(silent)


def _result(name: str, told: Judged, own: float | None) -> DetectorResult:
    return DetectorResult(
        name,
        told.rows,
        told.presentations,
        told.thresholds,
        told.development_eer,
        measure(told.presentations, told.thresholds),
        measure(told.presentations, own) if own is not None else None,
        own if own is not None else float("nan"),
    )
