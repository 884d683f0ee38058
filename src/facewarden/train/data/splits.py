"""Who or what is trained on, chosen by and tested on; recorded as files."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64
from facewarden.errors import ConfigError
from facewarden.measure.pairs import Pairs, subjects_of
from facewarden.train.data.duplicates import rows_by_label

PARTS = ("train", "validation", "test")
SEED = 20261122
"""Of the draw, so that a second preparation gives the same parts."""
KINDS = ("images", "subjects")
UNUSED = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """A split to draw: by images of each person, or by whole people.

    Attributes:
        kind: "images": each person's pictures are shared out, for closed sets; "subjects": no
            person is in two parts, for verification of people never seen.
        percent: of train, validation and test; 100 together.
    """

    kind: str
    percent: tuple[float, float, float]

    @property
    def name(self) -> str:
        """The name of its file, such as images-79.2-10.8-10."""
        return "-".join([self.kind, *(f"{share:g}" for share in self.percent)])


def read_plan(text: str) -> Plan:
    """Read a plan such as subjects:70/15/15.

    Raises:
        ConfigError: it is none.
    """
    kind, _, shares = text.partition(":")
    try:
        percent = tuple(float(share) for share in shares.split("/"))
    except ValueError:
        percent = ()
    fits = len(percent) == 3 and abs(sum(percent) - 100) < 1e-6 and min(percent) >= 0
    if kind not in KINDS or not fits or percent[0] == 0:
        raise ConfigError(
            "this is no split",
            expected="images:70/15/15 or subjects:70/15/15, in percent of train, validation and "
            "test, 100 together",
            found=text,
        )
    return Plan(kind, (percent[0], percent[1], percent[2]))


def draw(plan: Plan, labels: Int64, bound: Int64, alike: Int64, *, seed: int = SEED) -> Int64:
    """Return the part of each row, 0 train, 1 validation, 2 test.

    Args:
        labels: (n,) class of each row.
        bound: (n,) rows with one number are near-duplicates and stay in one part.
        alike: (classes,) classes with one number may be one person and stay in one part where
            people are split.
        seed: of the draw.
    """
    random = np.random.default_rng(seed)
    shares = np.array(plan.percent) / 100
    if plan.kind == "subjects":
        return _dealt(alike[labels], shares, random)
    part = np.zeros(len(labels), np.int64)
    owed = np.zeros(3)
    for rows in rows_by_label(labels):
        part[rows], owed = _within(bound[rows], shares, owed, random)
    return part


def of_folds(pairs: Pairs, sources: Sequence[str], root: Path, labels: Int64) -> dict[str, Int64]:
    """Return a split for each fold of a list of pairs: that fold's people are tested on.

    The people of the next fold are for validation, everybody else is trained on, whether a pair
    names them or not (LFW, View 2, with training outside the list: Huang et al. 2007, section 3).

    Args:
        sources: (n) path of each row below `root`.
    """
    files = [root / source for source in sources]
    person = subjects_of(pairs)
    class_of = {person[file]: int(label) for file, label in zip(files, labels, strict=True)
                if file in person}  # fmt: skip
    folds = np.unique(pairs.fold).tolist()
    tested: dict[int, set[int]] = {fold: set() for fold in folds}
    for left, right, fold in zip(pairs.left, pairs.right, pairs.fold.tolist(), strict=True):
        tested[fold] |= {class_of[person[file]] for file in (left, right)
                         if person[file] in class_of}  # fmt: skip
    made = {}
    for place, fold in enumerate(folds):
        after = folds[(place + 1) % len(folds)]
        part = np.zeros(len(labels), np.int64)
        if len(folds) > 1:
            part[np.isin(labels, list(tested[after]))] = 1
        part[np.isin(labels, list(tested[fold]))] = 2
        made[f"folds-{fold + 1}"] = part
    return made


def write_split(path: Path, part: Int64) -> None:
    """Write the part of each row."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("row", "part"))
        writer.writerows((row, PARTS[one]) for row, one in enumerate(part.tolist()) if one >= 0)


def _within(
    bound: Int64, shares: NDArray[np.float64], owed: NDArray[np.float64],
    random: np.random.Generator,
) -> tuple[Int64, NDArray[np.float64]]:  # fmt: skip
    """Share out one person's rows; what rounding took from a part, the next person gives it."""
    groups = [np.flatnonzero(bound == number) for number in np.unique(bound)]
    order = [groups[place] for place in random.permutation(len(groups))]
    wanted = shares * len(bound) + owed
    part = np.zeros(len(bound), np.int64)
    given = np.zeros(3)
    for number, rows in enumerate(order):
        # Who is tested must have been trained on.
        chosen = 0 if number == 0 else int((wanted - given).argmax())
        part[rows] = chosen
        given[chosen] += len(rows)
    return part, wanted - given


def _dealt(person: Int64, shares: NDArray[np.float64], random: np.random.Generator) -> Int64:
    """Deal whole people, those with most pictures first, to the part that is least full."""
    people = rows_by_label(person)
    mixed = [people[place] for place in random.permutation(len(people))]
    part = np.zeros(len(person), np.int64)
    given = np.zeros(3)
    wanted = np.maximum(shares * len(person), 1e-9)
    for rows in sorted(mixed, key=len, reverse=True):
        open_parts = np.where(shares > 0, given / wanted, np.inf)
        chosen = int(open_parts.argmin())
        part[rows] = chosen
        given[chosen] += len(rows)
    return part
