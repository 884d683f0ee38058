"""From scores to figures: every detector of a run, judged on the same clips."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from facewarden.errors import DataError, InputError
from facewarden.evaluate.presentation import measure
from facewarden.evaluate.presentation_report import DetectorResult
from facewarden.measure.clip_list import ClipEntry
from facewarden.measure.presentation.judging import Fold, Judged, judged, judged_by_learning
from facewarden.measure.presentation.scorer import FittedScorer, Scorer
from facewarden.measure.presentation.scoring import Scored, named_clips

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
        InputError: not one detector can be judged; names the clips that were not as they should be.
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
        told = "; ".join(f"{name}: {why}" for name, why in silent)
        clips = named_clips([*scored.problems, *_unanswered(entries, scored)])
        raise InputError(
            "not one detector can be judged", found=told + (f"; clips: {clips}" if clips else "")
        )
    return tuple(found), tuple(silent)


def _unanswered(entries: Sequence[ClipEntry], scored: Scored) -> list[tuple[str, str, str]]:
    """Return the clips without an answer of some detector whose reason is not told yet."""
    named = {path for _, path, _ in scored.problems}
    found = []
    for row, entry in enumerate(entries):
        path = str(entry.path)
        silent = [name for name, score in scored.scores.items() if not np.isfinite(score[row])]
        if silent and path not in named:
            found.append(("no answer", path, f"of {', '.join(silent)}"))
    return found


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
