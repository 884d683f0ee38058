"""Heads fitted to one split: parameters by the validation part, figures by the test part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.errors import InputError
from facewarden.train.classify.catalogue import heads
from facewarden.train.classify.closed_set import ClosedSet
from facewarden.train.classify.head import Head
from facewarden.train.data.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Material:
    """Templates of a closed set in three parts.

    Attributes:
        rows: of the prepared data, for each part.
        labels: for each part, from 0 to len(subjects) - 1.
        subjects: the people, sorted; each is in the train part.
        people_left_out: those who have fewer faces than asked for.
    """

    rows: Mapping[str, Int64]
    labels: Mapping[str, Int64]
    subjects: tuple[str, ...]
    people_left_out: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One head on the test part.

    Attributes:
        head: with the parameters that were best on the validation part.
        validation: its accuracy there, NaN where that part is empty.
        seconds: of fitting it once with these parameters.
    """

    name: str
    head: Head
    validation: float
    test: ClosedSet
    seconds: float


def material(prepared: Prepared, split: str, *, least: int) -> Material:
    """Return the rows and labels of people with at least `least` faces.

    Raises:
        InputError: nobody is left, nobody is tested, or somebody is tested who is not trained on.
    """
    counts = np.bincount(prepared.labels, minlength=len(prepared.subjects))
    people = np.flatnonzero(counts >= least)
    if len(people) < 2:
        raise InputError(
            f"{prepared.folder} has too few people with {least} faces or more",
            expected="at least 2",
            found=str(len(people)),
        )
    parts = prepared.split(split)
    rows = {part: found[np.isin(prepared.labels[found], people)] for part, found in parts.items()}
    labels = {part: np.searchsorted(people, prepared.labels[found]) for part, found in rows.items()}
    strange = np.setdiff1d(np.concatenate([labels["validation"], labels["test"]]), labels["train"])
    if len(strange):
        raise InputError(
            f"the split {split} tests people whom it does not train on",
            expected="a split by images, such as images-70-15-15",
            found=f"{len(strange):,} of {len(people):,} people",
        )
    if not len(labels["test"]):
        raise InputError(
            f"nobody is tested in the split {split}",
            remedy="lower --least, or have more faces of each person",
        )
    return Material(
        rows,
        labels,
        tuple(prepared.subjects[one] for one in people.tolist()),
        len(prepared.subjects) - len(people),
    )


def run_heads(
    names: Sequence[str], found: Material, templates: Mapping[str, Float32]
) -> list[Outcome]:
    """Fit each head to the train part and name the test part.

    Args:
        templates: (n, d) unit rows for each part, in the order of its rows.

    Raises:
        ConfigError: there is no such head.
    """
    return [_outcome(name, found, templates) for name in names]


def _outcome(name: str, found: Material, templates: Mapping[str, Float32]) -> Outcome:
    options = heads(name)
    best: tuple[float, Head] = (float("nan"), options[0])
    if len(options) > 1 and len(found.labels["validation"]):
        best = (-1.0, options[0])
        for head in options:
            accuracy = _accuracy(head, found, templates)
            if accuracy > best[0]:
                best = (accuracy, head)
    elif len(found.labels["validation"]):
        best = (_accuracy(options[0], found, templates), options[0])
    began = perf_counter()
    predict = best[1].fit(templates["train"], found.labels["train"])
    seconds = perf_counter() - began
    named = predict(templates["test"])
    test = ClosedSet(found.labels["test"], named, len(found.subjects))
    return Outcome(name, best[1], best[0], test, seconds)


def _accuracy(head: Head, found: Material, templates: Mapping[str, Float32]) -> float:
    predict = head.fit(templates["train"], found.labels["train"])
    return float((predict(templates["validation"]) == found.labels["validation"]).mean())
