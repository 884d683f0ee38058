"""Lists of pairs: LFW's pairs.txt, or CSV with the columns left, right, same and perhaps fold."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import InputError

FOLDS = 10
"""Made where a list names none, as LFW's has ten."""

_YES, _NO = {"1", "true", "yes", "same"}, {"0", "false", "no", "different"}
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
_COLUMNS = ("left", "right", "same")


@dataclass(frozen=True, slots=True)
class Pairs:
    """n pairs in the order of the list.

    Attributes:
        left, right: the files; they need not exist.
        same: (n,) whether a pair shows one person.
        fold: (n,) int64.
        folds_given: whether the list names the folds.
    """

    left: tuple[Path, ...]
    right: tuple[Path, ...]
    same: NDArray[np.bool_]
    fold: NDArray[np.int64]
    folds_given: bool

    def __len__(self) -> int:
        return len(self.same)

    def files(self) -> list[Path]:
        """Return every file once, sorted."""
        return sorted({*self.left, *self.right})


def read_pairs(file: Path, root: Path) -> Pairs:
    """Read a list of pairs of files below `root`.

    Raises:
        InputError: the list cannot be read, names no pair of one or the other kind, has a line that
            is none of the format's, or not as many lines as its first line says.
    """
    if not root.is_dir():
        raise InputError(f"no folder at {root}", expected="the folder of the photographs")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"{file} cannot be read", found=reason) from error
    first = text.split("\n", 1)[0]
    pairs = _from_csv(text, file, root) if "," in first else _from_lfw(text, file, root)
    for kind, count in (("one person", pairs.same.sum()), ("two people", (~pairs.same).sum())):
        if not count:
            raise InputError(f"{file} has no pair of {kind}", remedy="both kinds are needed")
    return pairs


def _from_lfw(text: str, file: Path, root: Path) -> Pairs:
    """Read `name i j` and `name i name j` under a line with folds and pairs of each kind."""
    lines = [line for line in text.splitlines() if line.strip()]
    head = lines[0].split() if lines else []
    if not head or len(head) > 2 or not all(word.isdecimal() for word in head):
        raise InputError(
            f"{file} is not a list of pairs",
            expected="LFW's first line (folds and pairs of each kind), or CSV with the columns "
            + ", ".join(_COLUMNS),
            found=lines[0][:80] if lines else "an empty file",
        )
    folds, of_each = (int(head[0]), int(head[1])) if len(head) == 2 else (1, int(head[0]))
    if len(lines) - 1 != folds * 2 * of_each:
        raise InputError(
            f"{file} is cut off, or its first line is wrong",
            expected=f"{folds * 2 * of_each} pairs",
            found=str(len(lines) - 1),
        )
    rows = [_lfw_line(line, number, file) for number, line in enumerate(lines[1:], 2)]
    return Pairs(
        tuple(_lfw_file(root, name, number) for (name, number), _ in rows),
        tuple(_lfw_file(root, name, number) for _, (name, number) in rows),
        np.array([left[0] == right[0] for left, right in rows], np.bool_),
        np.arange(len(rows), dtype=np.int64) // (2 * of_each),
        folds_given=folds > 1,
    )


def _lfw_line(line: str, number: int, file: Path) -> tuple[tuple[str, int], tuple[str, int]]:
    words = line.split("\t") if "\t" in line else line.split()
    words = [word.strip() for word in words]
    if len(words) == 3 and words[1].isdecimal() and words[2].isdecimal():
        return (words[0], int(words[1])), (words[0], int(words[2]))
    if len(words) == 4 and words[1].isdecimal() and words[3].isdecimal():
        return (words[0], int(words[1])), (words[2], int(words[3]))
    raise InputError(
        f"{file}, line {number} is not a pair", expected="name i j, or name i name j", found=line
    )


def _lfw_file(root: Path, name: str, number: int) -> Path:
    """Return where an image is: in its person's folder or not, whatever its format."""
    stem = f"{name}_{number:04d}"
    places = [folder / f"{stem}{end}" for folder in (root / name, root) for end in _SUFFIXES]
    return next((place for place in places if place.exists()), places[0])


def _from_csv(text: str, file: Path, root: Path) -> Pairs:
    reader = csv.DictReader(io.StringIO(text))
    columns = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = columns
    if not set(_COLUMNS) <= set(columns):
        raise InputError(
            f"{file} lacks a column",
            expected=", ".join(_COLUMNS) + " and perhaps fold",
            found=", ".join(columns[:20]),
        )
    rows = list(_csv_rows(reader, file))
    given = "fold" in columns
    same = np.array([row[2] for row in rows], np.bool_)
    return Pairs(
        tuple(root / row[0] for row in rows),
        tuple(root / row[1] for row in rows),
        same,
        np.unique([row[3] for row in rows], return_inverse=True)[1].astype(np.int64).ravel()
        if given
        else dealt(same),
        folds_given=given,
    )


def _csv_rows(reader: "csv.DictReader[str]", file: Path) -> Iterator[tuple[str, str, bool, str]]:
    try:
        for row in reader:
            left, right, word, fold = (
                (row.get(name) or "").strip() for name in (*_COLUMNS, "fold")
            )
            if not left or not right or word.lower() not in _YES | _NO:
                raise InputError(
                    f"{file}, line {reader.line_num} is not a pair",
                    expected="left, right, and same as 1 or 0",
                    found=f"{left}, {right}, {word}",
                )
            yield left, right, word.lower() in _YES, fold
    except csv.Error as error:
        raise InputError(f"{file}, line {reader.line_num}: {error}") from error


def dealt(same: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Deal pairs into `FOLDS` folds, each kind in turn, so that both kinds are in every fold."""
    fold = np.zeros(len(same), np.int64)
    for kind in (same, ~same):
        fold[kind] = np.arange(int(kind.sum())) % FOLDS
    return fold


def subjects_of(pairs: Pairs) -> dict[Path, int]:
    """Return the number of the person on each file: whom the bootstrap draws.

    The files of one folder are of one person, unless a pair says that two of them are not: then
    the folders of this list mean nothing. Files of a genuine pair are of one person anyway.
    """
    contradicted = any(
        left.parent == right.parent and not same
        for left, right, same in zip(pairs.left, pairs.right, pairs.same.tolist(), strict=True)
    )
    head: dict[Path, Path] = {}

    def find(file: Path) -> Path:
        while head.setdefault(file, file) != file:
            head[file] = head[head[file]]
            file = head[file]
        return file

    for left, right, same in zip(pairs.left, pairs.right, pairs.same.tolist(), strict=True):
        for file in (left, right):
            if not contradicted:
                head[find(file)] = find(file.parent)
        if same:
            head[find(left)] = find(right)
    files = pairs.files()
    numbers: dict[Path, int] = {}
    return {file: numbers.setdefault(find(file), len(numbers)) for file in files}


def take(pairs: Pairs, rows: Sequence[int]) -> Pairs:
    """Return the chosen pairs."""
    chosen = np.asarray(rows, np.int64)
    return Pairs(
        tuple(pairs.left[row] for row in rows),
        tuple(pairs.right[row] for row in rows),
        pairs.same[chosen],
        pairs.fold[chosen],
        pairs.folds_given,
    )
