"""Which photographs are of whom: a folder for each person, or a CSV file of labels."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from facewarden.capture.folder import pictures_below
from facewarden.data import SubjectDetails
from facewarden.errors import EnrolmentRefused, InputError
from facewarden.measure.people import photographs_of_people
from facewarden.pipeline.photographs import REQUIRED, photographs_in_table

LEAST_PEOPLE = 2
NAMED = 3
"""Examples in a message."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photograph and the name of the person it is of.

    Attributes:
        source: its path below the root, with slashes.
    """

    subject: str
    source: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The photographs to prepare, sorted by person, then by path.

    Attributes:
        unlabelled: photographs below the root that the labels do not name; none without labels.
        empty: folders of people without a photograph; none with labels.
    """

    root: Path
    photographs: tuple[Labelled, ...]
    unlabelled: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


def sources_in(
    root: Path, labels: Path | None = None, same: Mapping[str, str] = MappingProxyType({})
) -> Sources:
    """Return the photographs of `root/person/`, or those that a CSV file names.

    Args:
        labels: columns `file` (below the root) and `name`.
        same: names that are one person: the first is read as the second.

    Raises:
        InputError: no such folder, a name in `same` that nobody has, fewer than two people, labels
            that cannot be read, that name a file that is not there, or that contradict themselves
            or the folders.
    """
    if labels is None:
        found = photographs_of_people(root, least=LEAST_PEOPLE)
        theirs = [Labelled(who, path.relative_to(root).as_posix()) for who, path in found]
        people = {one.subject for one in theirs}
        folders = sorted(folder.name for folder in root.iterdir() if folder.is_dir())
        return Sources(
            root,
            _ordered(_joined(theirs, same, root)),
            empty=tuple(name for name in folders if name not in people),
        )
    if not root.is_dir():
        raise InputError(f"{root} is not a folder", expected="the folder of the photographs")
    named = _read(labels, root)
    _require_files(named, root, labels)
    _require_agreement(named, labels)
    named = _joined(named, same, labels)
    known = {one.source for one in named}
    there = (path.relative_to(root).as_posix() for path in pictures_below(root))
    return Sources(root, _ordered(named), tuple(path for path in there if path not in known))


def read_excluded(file: Path) -> frozenset[str]:
    """Read which photographs to leave out: the column `source` of a CSV file, below the root.

    `doubtful.csv`, which a preparation writes, has it; take out the lines that are in order.

    Raises:
        InputError: it cannot be read, or has no such column.
    """
    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
            reader = csv.DictReader(lines)
            if "source" not in (reader.fieldnames or ()):
                raise InputError(
                    f"{file} has no column source",
                    expected="the column source",
                    found=", ".join(reader.fieldnames or ()) or "nothing",
                )
            return frozenset(row["source"] for row in reader if row["source"])
    except (OSError, csv.Error) as error:
        raise InputError(f"{file} cannot be read", found=str(error)) from None


def _ordered(found: Iterable[Labelled]) -> tuple[Labelled, ...]:
    return tuple(sorted(found, key=lambda one: (one.subject, one.source)))


def _read(labels: Path, root: Path) -> list[Labelled]:
    try:
        table = labels.read_bytes()
        # What else enrolment's files say is passed over, and so not asked for.
        rows = photographs_in_table(
            table, str(labels), root, SubjectDetails(name=""), columns=", ".join(REQUIRED)
        )
    except OSError as error:
        raise InputError(f"{labels} cannot be read", found=str(error.strerror)) from None
    except EnrolmentRefused as error:
        raise InputError(error.what, remedy="mend these lines") from None
    found = []
    for row in rows:
        if not row.path.is_relative_to(root) or ".." in row.path.relative_to(root).parts:
            raise InputError(
                f"{row.label} leads out of {root}",
                expected="a path below it",
                found=str(row.path),
            )
        found.append(Labelled(row.details.name, row.path.relative_to(root).as_posix()))
    return found


def _joined(named: Sequence[Labelled], same: Mapping[str, str], where: Path) -> list[Labelled]:
    """Put the photographs of two names down to one."""
    people = {one.subject for one in named}
    strange = [name for pair in same.items() for name in pair if name not in people]
    if strange:
        raise InputError(f"{where} names nobody {strange[0]}", expected="a name that somebody has")
    joined = [Labelled(same.get(one.subject, one.subject), one.source) for one in named]
    left = len({one.subject for one in joined})
    if left < LEAST_PEOPLE:
        raise InputError(
            f"{where} names too few people", expected=f"at least {LEAST_PEOPLE}", found=str(left)
        )
    return joined


def _require_files(named: Sequence[Labelled], root: Path, labels: Path) -> None:
    missing = [one.source for one in named if not (root / one.source).is_file()]
    if missing:
        raise InputError(
            f"{labels} names {len(missing):,} files that are not in {root}",
            found=few(missing),
            remedy="file is a path below that folder; take out the lines of files that are gone",
        )


def _require_agreement(named: Sequence[Labelled], labels: Path) -> None:
    """Refuse labels that put a photograph in the folder of one person down to another.

    A folder is a person's where it has the name of somebody whom the labels know; other folders,
    such as those of a camera or a year, say nothing.
    """
    people = {one.subject for one in named}
    wrong = []
    for one in named:
        folder = one.source.split("/", 1)[0] if "/" in one.source else ""
        if folder in people and folder != one.subject:
            wrong.append(f"{one.source} as {one.subject}")
    if wrong:
        raise InputError(
            f"{labels} disagrees with the folders about {len(wrong):,} photographs",
            expected="the name of the folder, where folders are named after people",
            found=few(wrong),
            remedy="mend the labels or move the files",
        )


def few(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - NAMED
    return "; ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
