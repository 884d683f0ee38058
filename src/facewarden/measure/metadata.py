"""Which group each person or photograph is in, as a CSV file tells; nothing is inferred."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import InputError
from facewarden.measure.labelled_image import Problem

PERSON_KEYS = ("subject", "person", "name")
FILE_KEYS = ("file", "path")
MAX_BYTES = 256 * 2**20
MOST_GROUPS = 50
"""Above, a column holds no groups but, say, names or dates."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """One column of a CSV file.

    Attributes:
        key: the column that says whom a line is about.
        column: the column of groups.
        value: the group of each person, or of each file by its path below the root.
        problems: lines that cannot be used.
    """

    key: str
    column: str
    value: dict[str, str]
    problems: tuple[Problem, ...]

    @property
    def by_file(self) -> bool:
        """Whether lines are about photographs, not people."""
        return self.key in FILE_KEYS


def read_metadata(path: Path, column: str) -> Metadata:
    """Read whose group is what.

    The file has a head line with `subject`, `person` or `name` (the folder of a person) or `file`
    (the path of a photograph below the root). A line that says again what another said is listed;
    lines that contradict each other are listed, and none of them counts.

    Raises:
        InputError: the file cannot be read, lacks the column or a key, or the column has one value
            or more than 50.
    """
    table = _table(path)
    head = next(table, None) or []
    names = [word.strip() for word in head]
    if column not in names:
        raise InputError(
            f"{path.name} has no column {column}",
            expected=", ".join(name for name in names if name) or "a head line",
            found="none of that name",
        )
    key = next(
        (name for name in (*PERSON_KEYS, *FILE_KEYS) if name in names and name != column), ""
    )
    if not key:
        raise InputError(
            f"{path.name} does not say whom its lines are about",
            expected=f"a column {', '.join(PERSON_KEYS)} or {FILE_KEYS[0]}",
            found=", ".join(names),
        )
    key_at, column_at = names.index(key), names.index(column)
    value: dict[str, str] = {}
    contradicted: set[str] = set()
    problems: list[Problem] = []
    for number, row in enumerate(table, 2):
        place = f"{path.name}:{number}"
        if not any(word.strip() for word in row):
            continue
        if len(row) <= max(key_at, column_at) or not row[key_at].strip():
            told = f"expected {len(names)} columns, found {len(row)}"
            problems.append(Problem("malformed line, left out", place, told))
            continue
        who, group = row[key_at].strip(), row[column_at].strip()
        if not group:
            problems.append(Problem("line without a value, left out", place, who))
        elif who in value and value[who] == group:
            problems.append(Problem("line that was there before", place, who))
        elif who in value:
            told = f"{who}: {value[who]} before, {group} now"
            problems.append(Problem("lines that contradict each other, left out", place, told))
            contradicted.add(who)
        else:
            value[who] = group
    for who in contradicted:
        del value[who]
    groups = sorted(set(value.values()))
    if not 2 <= len(groups) <= MOST_GROUPS:
        raise InputError(
            f"the column {column} of {path.name} makes no groups to compare",
            expected=f"2 to {MOST_GROUPS} different values",
            found=f"{len(groups)}" + (f": {groups[0]}" if len(groups) == 1 else ""),
        )
    return Metadata(key, column, value, tuple(problems))


def _table(path: Path) -> Iterator[list[str]]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read", found=error.strerror or "") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path} is too large", expected=f"at most {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8", found=f"byte {error.start}") from error
    return csv.reader(io.StringIO(text, newline=""))


@dataclass(frozen=True, slots=True)
class GroupedPhotographs:
    """Photographs of people, each with its group.

    Attributes:
        paths, person, group: one entry per photograph, in order of their names.
        problems: photographs and people that one side has and the other has not.
    """

    paths: tuple[Path, ...]
    person: tuple[str, ...]
    group: tuple[str, ...]
    problems: tuple[Problem, ...]


def grouped_photographs(
    root: Path, photographs: Sequence[tuple[str, Path]], metadata: Metadata
) -> GroupedPhotographs:
    """Give every photograph its group; those without are listed, one line per person.

    Args:
        photographs: person and path.

    Raises:
        InputError: fewer than two groups are left.
    """
    chosen: list[tuple[str, Path, str]] = []
    without: dict[str, int] = {}
    used = set()
    for person, path in photographs:
        key = path.relative_to(root).as_posix() if metadata.by_file else person
        if key in metadata.value:
            chosen.append((person, path, metadata.value[key]))
            used.add(key)
        else:
            without[person] = without.get(person, 0) + 1
    problems = [
        Problem("person without metadata, left out", person, f"{count} photographs")
        for person, count in without.items()
    ]
    problems += [
        Problem("metadata of nobody in the folder", key)
        for key in metadata.value
        if key not in used
    ]
    left = {group for _, _, group in chosen}
    if len(left) < 2:
        raise InputError(
            f"the photographs below {root} are of {len(left)} of the groups",
            expected="at least 2",
            found=f"{len(without)} people without metadata",
            remedy=f"the column {metadata.key} must hold "
            + ("paths below the folder" if metadata.by_file else "the names of its folders"),
        )
    return GroupedPhotographs(
        tuple(path for _, path, _ in chosen),
        tuple(person for person, _, _ in chosen),
        tuple(group for _, _, group in chosen),
        tuple(problems),
    )
