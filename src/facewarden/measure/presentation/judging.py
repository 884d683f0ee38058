"""Whose clips give the threshold and whose are judged: no person on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import InputError
from facewarden.evaluate.presentation import Presentations, equal_error_threshold
from facewarden.measure.clip_list import ClipEntry, require_both
from facewarden.measure.presentation.scorer import FittedScorer

FOLDS = 5
"""Of people, where a list has no parts; fewer where it has fewer people."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows of a list.

    Attributes:
        train: what is learnt from.
        development: gives the threshold; none takes the rows of `train`, each scored by what was
            learnt from other people.
        test: what is judged.
    """

    train: NDArray[np.int64]
    development: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One scorer's presentations of the test, and the thresholds that they are judged by.

    Attributes:
        rows: (t,) of the list.
        presentations: the same, with their scores.
        thresholds: (t,) of each.
        development_eer: EER where the thresholds come from, the mean over folds.
    """

    rows: NDArray[np.int64]
    presentations: Presentations
    thresholds: NDArray[np.float64]
    development_eer: float


def folds_of(entries: Sequence[ClipEntry], *, judge: str = "test") -> tuple[Fold, ...]:
    """Return the parts that a list names, or folds of its people where it names none to learn from.

    Args:
        judge: the part that is judged, `test` or `development`.

    Raises:
        InputError: a part has presentations of one kind only, some clips are in no part and others
            are, or all clips show one person.
    """
    partless = sum(not entry.part for entry in entries)
    if partless == len(entries):
        return _folds_of_people(entries, np.arange(len(entries)))
    if partless:
        raise InputError(
            "some clips are in no part",
            expected="a part for each clip, or for none",
            found=f"{partless:,} of {len(entries):,} without",
        )
    part = np.array([entry.part for entry in entries])
    train, development, test = (
        np.flatnonzero(part == name).astype(np.int64) for name in ("train", "development", judge)
    )
    if judge == "development":
        development = np.zeros(0, np.int64)
    require_both(_of(entries, test), f"the part {judge}")
    if not len(train) and not len(development):
        return _folds_of_people(entries, test)
    gives, name = (development, "development") if len(development) else (train, "train")
    require_both(_of(entries, gives), f"the part {name}, which gives the threshold,")
    return (Fold(train, development, test),)


def shared_people(entries: Sequence[ClipEntry], folds: Sequence[Fold]) -> tuple[str, ...]:
    """Return the people who are both judged and learnt from, which makes figures too good."""
    both: set[str] = set()
    for fold in folds:
        others = np.concatenate([fold.train, fold.development])
        judged_here = {entry.subject for entry in _of(entries, fold.test)}
        both |= judged_here & {entry.subject for entry in _of(entries, others)}
    return tuple(sorted(both))


def judged(
    entries: Sequence[ClipEntry], folds: Sequence[Fold], score: NDArray[np.float64]
) -> Judged:
    """Judge the scores of a scorer that learns nothing.

    Args:
        score: (n,) of each entry.
    """
    everything = _presentations(entries, score)
    parts = []
    for fold in folds:
        of = fold.development if len(fold.development) else fold.train
        parts.append((fold.test, score[fold.test], *_threshold(everything, of)))
    return _joined(entries, parts)


def judged_by_learning(
    entries: Sequence[ClipEntry],
    folds: Sequence[Fold],
    described: NDArray[np.float32],
    scorer: FittedScorer,
) -> Judged:
    """Judge by what a scorer learns from the people of `train`.

    Without a development part its threshold comes from scores of those people, each by what was
    learnt from the others of them.

    Raises:
        InputError: there is nothing to learn from, or presentations of one kind only.
    """
    parts = []
    for fold in folds:
        if not len(fold.train):
            raise InputError(
                f"{scorer.name} has nothing to learn from",
                expected="clips of the part train, or a list without parts",
            )
        asked = fold.development if len(fold.development) else fold.train
        groups = [(fold.train, fold.development)] if len(fold.development) else []
        if not groups:
            inner = _groups([entry.subject for entry in _of(entries, fold.train)])
            groups = [
                (fold.train[inner != k], fold.train[inner == k]) for k in range(inner.max() + 1)
            ]
        score = np.full(len(entries), np.nan)
        for known, others in groups:
            score[others] = _learnt(entries, described, scorer, known, others)
        threshold = _threshold(_presentations(entries, score), asked)
        test = _learnt(entries, described, scorer, fold.train, fold.test)
        parts.append((fold.test, test, *threshold))
    return _joined(entries, parts)


def _learnt(
    entries: Sequence[ClipEntry],
    described: NDArray[np.float32],
    scorer: FittedScorer,
    known: NDArray[np.int64],
    asked: NDArray[np.int64],
) -> NDArray[np.float64]:
    finite = np.asarray(np.isfinite(described).all(axis=1), np.bool_)
    known = known[finite[known]]
    require_both(_of(entries, known), f"what {scorer.name} learns from")
    attack = np.array([entry.attack for entry in _of(entries, known)], np.bool_)
    scores = np.full(len(asked), np.nan)
    answered = finite[asked]
    scores[answered] = scorer.fit_and_score(described[known], attack, described[asked[answered]])
    return scores


def _threshold(everything: Presentations, rows: NDArray[np.int64]) -> tuple[float, float]:
    chosen = np.zeros(len(everything), np.bool_)
    chosen[rows] = True
    part = everything.take(chosen)
    kinds = {bool(name) for name, known in zip(part.species, part.answered, strict=True) if known}
    if len(kinds) < 2:
        raise InputError(
            "the people who give the threshold have no answers of both kinds",
            expected="bona fide and attack presentations in which a face is found",
        )
    return equal_error_threshold(part)


def _joined(
    entries: Sequence[ClipEntry],
    parts: Sequence[tuple[NDArray[np.int64], NDArray[np.float64], float, float]],
) -> Judged:
    rows = np.concatenate([test for test, *_ in parts])
    score = np.full(len(entries), np.nan)
    limit = np.zeros(len(entries))
    for test, scores, threshold, _ in parts:
        score[test], limit[test] = scores, threshold
    chosen = np.zeros(len(entries), np.bool_)
    chosen[rows] = True
    rows = np.flatnonzero(chosen).astype(np.int64)
    everything = _presentations(entries, score)
    eer = float(np.mean([one for *_, one in parts]))
    return Judged(rows, everything.take(chosen), limit[rows], eer)


def _presentations(entries: Sequence[ClipEntry], score: NDArray[np.float64]) -> Presentations:
    _, subject = np.unique([entry.subject for entry in entries], return_inverse=True)
    return Presentations(score, tuple(entry.species for entry in entries), subject.astype(np.int64))


def _of(entries: Sequence[ClipEntry], rows: NDArray[np.int64]) -> list[ClipEntry]:
    return [entries[row] for row in rows.tolist()]


def _folds_of_people(entries: Sequence[ClipEntry], rows: NDArray[np.int64]) -> tuple[Fold, ...]:
    chosen = _of(entries, rows)
    require_both(chosen, "the list")
    group = _groups([entry.subject for entry in chosen])
    if not group.any():
        raise InputError(
            "all clips show one person",
            expected="another person's clips, which give the threshold",
        )
    none = np.zeros(0, np.int64)
    return tuple(Fold(rows[group != k], none, rows[group == k]) for k in range(group.max() + 1))


def _groups(subjects: Sequence[str]) -> NDArray[np.int64]:
    """Return (n,) a fold of 0 to FOLDS - 1 for each clip, people dealt in the order of names."""
    _, person = np.unique(list(subjects), return_inverse=True)
    return (person % min(FOLDS, int(person.max()) + 1)).astype(np.int64)
