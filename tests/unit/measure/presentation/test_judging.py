"""Whose clips give thresholds and whose are judged."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.errors import InputError
from facewarden.measure.clip_list import ClipEntry
from facewarden.measure.presentation.judging import (
    folds_of,
    judged,
    judged_by_learning,
    shared_people,
)
from facewarden.measure.presentation.shown_face import ShownFace


def entries(people: int, parts: tuple[str, ...] = ("",)) -> tuple[ClipEntry, ...]:
    """Two bona fide clips and two attacks of each person, people dealt to the parts in turn."""
    made = []
    for number in range(people):
        part = parts[number % len(parts)]
        for take in range(2):
            for species in ("", "print"):
                path = Path(f"{number}-{species}-{take}")
                made.append(ClipEntry(path, f"p{number:02}", bool(species), species, "", "", part))
    return tuple(made)


class Nearest:
    """Learns the mean of each kind; remembers whom it learnt from."""

    name = "nearest"

    def __init__(self) -> None:
        self.asked: list[tuple[set[float], set[float]]] = []

    def describe(self, shown: ShownFace) -> NDArray[np.float32]:
        raise NotImplementedError

    def fit_and_score(
        self, known: NDArray[np.float32], attack: NDArray[np.bool_], asked: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        self.asked.append((set(known[:, 1].tolist()), set(asked[:, 1].tolist())))
        genuine, fake = known[~attack, 0].mean(), known[attack, 0].mean()
        nearer = np.abs(asked[:, 0] - fake) - np.abs(asked[:, 0] - genuine)
        return np.asarray(nearer, np.float64)


def described(listed: tuple[ClipEntry, ...]) -> NDArray[np.float32]:
    """What tells the kinds apart, and who it is."""
    return np.array([[0.0 if e.attack else 1.0, int(e.subject[1:])] for e in listed], np.float32)


def test_named_parts_are_taken_as_they_are() -> None:
    listed = entries(6, ("train", "development", "test"))
    (fold,) = folds_of(listed)
    for rows, part in ((fold.train, "train"), (fold.development, "development")):
        assert {listed[row].part for row in rows} == {part}
    told = judged(listed, (fold,), described(listed)[:, 0].astype(np.float64))
    assert {listed[row].part for row in told.rows} == {"test"}
    assert (told.thresholds == 0.5).all()
    assert told.development_eer == 0


def test_the_development_part_can_be_judged_instead() -> None:
    listed = entries(6, ("train", "development", "test"))
    (fold,) = folds_of(listed, judge="development")
    assert {listed[row].part for row in fold.test} == {"development"}
    assert not len(fold.development)


def test_without_parts_no_person_is_on_both_sides() -> None:
    listed = entries(7)
    folds = folds_of(listed)
    assert len(folds) == 5
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(28))
    assert shared_people(listed, folds) == ()


def test_a_list_of_a_test_part_only_is_judged_in_folds_of_its_people() -> None:
    assert len(folds_of(entries(3, ("test",)))) == 3


def test_what_learns_never_sees_whom_it_is_asked_about() -> None:
    listed = entries(7)
    scorer = Nearest()
    told = judged_by_learning(listed, folds_of(listed), described(listed), scorer)
    assert len(told.rows) == 28
    assert scorer.asked
    assert all(not known & asked for known, asked in scorer.asked)
    assert told.presentations.score[0] > told.thresholds[0] > told.presentations.score[1]


def test_a_clip_without_description_has_no_answer() -> None:
    listed = entries(6, ("train", "development", "test"))
    rows = described(listed)
    rows[8] = np.nan
    told = judged_by_learning(listed, folds_of(listed), rows, Nearest())
    assert np.isnan(told.presentations.score).sum() == 1


def test_people_on_both_sides_are_named() -> None:
    listed = entries(3, ("train", "development", "test"))
    again = ClipEntry(Path("x"), "p00", False, "", "", "", "test")
    mixed = (*listed, again)
    assert shared_people(mixed, folds_of(mixed)) == ("p00",)


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (entries(1), "all clips show one person"),
        (tuple(e for e in entries(3) if e.attack), "attack presentations only"),
        (
            (*entries(2, ("train", "test")), ClipEntry(Path("x"), "q", False)),
            "some clips are in no part",
        ),
        (
            tuple(e for e in entries(2, ("train", "test")) if e.attack or e.part == "test"),
            "the part train, which gives the threshold, has attack presentations only",
        ),
        (entries(2, ("train", "development")), "the part test names no clip"),
    ],
)
def test_what_cannot_be_judged_is_said(listed: tuple[ClipEntry, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        folds_of(listed)


def test_threshold_people_without_an_answer_are_said() -> None:
    listed = entries(6, ("train", "development", "test"))
    score = np.where([e.part == "development" for e in listed], np.nan, 0.5)
    with pytest.raises(InputError, match="no answers of both kinds"):
        judged(listed, folds_of(listed), score)


def test_nothing_to_learn_from_is_said() -> None:
    listed = entries(6, ("development", "test"))
    with pytest.raises(InputError, match="nearest has nothing to learn from"):
        judged_by_learning(listed, folds_of(listed), described(listed), Nearest())
