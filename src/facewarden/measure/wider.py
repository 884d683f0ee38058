"""Annotations of WIDER FACE: one text for all images (Yang et al. 2016).

A path, the number of faces, then a line per face: x y width height blur expression illumination
invalid occlusion pose. An image without faces has the number 0 and one line of zeros.
"""

import math
from pathlib import Path

from facewarden.capture.folder import SUFFIXES
from facewarden.errors import InputError
from facewarden.measure.labelled_image import FACE, LabelledImage, Problem, Row, labelled

EXPECTED = "x y width height, then optionally blur expression illumination invalid occlusion pose"
INVALID = 7
"""The column of the mark: the annotators could not tell, so it neither counts nor hurts."""


def read_wider(root: Path) -> tuple[list[LabelledImage], list[Problem]]:
    """Read wider_face_*_bbx_gt.txt and the images it names, below WIDER_*/images/ or the root.

    Raises:
        InputError: no such text.
    """
    lists = wider_lists(root)
    if not lists:
        raise InputError(f"{root} is no WIDER FACE data set", expected="wider_face_*_bbx_gt.txt")
    folders = [*sorted(root.glob("WIDER_*/images")), root / "images", root]
    images, problems = [], []
    for text in lists:
        found, faults = _read(text, text.relative_to(root).as_posix(), folders, root)
        images += found
        problems += faults
    return images, problems


def _read(
    text: Path, told: str, folders: list[Path], root: Path
) -> tuple[list[LabelledImage], list[Problem]]:
    lines = text.read_text(encoding="utf-8", errors="replace").splitlines()
    starts = [n for n, line in enumerate(lines) if _is_path(line)]
    images, problems = [], []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        name, place = lines[start].strip(), f"{told}:{start + 1}"
        rows, faults = _rows(lines[start + 1 : stop], told, start + 2)
        problems += faults
        path = _find(name, folders, root)
        if path is None:
            problems.append(Problem("label without image", place, name))
        else:
            images.append(labelled(path, rows))
    return images, problems


def _is_path(line: str) -> bool:
    return Path(line.strip()).suffix.lower() in SUFFIXES


def _find(name: str, folders: list[Path], root: Path) -> Path | None:
    for folder in folders:
        path = folder / name
        # A list may come from anywhere; it must not lead out of the data set.
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            return path
    return None


def _rows(lines: list[str], told: str, first: int) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    if not lines or not lines[0].strip().isdecimal():
        found = repr(lines[0]) if lines else "the end of the file"
        return [], [
            Problem(
                "malformed line, left out",
                f"{told}:{first}",
                f"expected the number of faces, found {found}",
            )
        ]
    told_count = int(lines[0])
    filled = [(first + n, line) for n, line in enumerate(lines[1:], 1) if line.strip()]
    if not told_count:
        return [], problems
    rows: list[Row] = []
    for number, line in filled:
        place = f"{told}:{number}"
        try:
            values = [float(word) for word in line.split()]
        except ValueError:
            values = []
        if len(values) < 4 or not all(map(math.isfinite, values)) or min(values[2:4]) < 0:
            problems.append(
                Problem("malformed line, left out", place, f"expected {EXPECTED}, found {line!r}")
            )
            continue
        x, y, width, height = values[:4]
        ignored = len(values) > INVALID and values[INVALID] == 1
        rows.append(((x, y, x + width, y + height), ignored, FACE, place))
    if len(filled) != told_count:
        problems.append(
            Problem(
                "number of faces is not the number of lines",
                f"{told}:{first}",
                f"expected {told_count}, found {len(filled)}; the lines count",
            )
        )
    return rows, problems


def wider_lists(root: Path) -> list[Path]:
    """Return the lists of boxes of a WIDER FACE data set, by name."""
    lists = [*root.glob("wider_face_*_bbx_gt.txt"), *root.glob("*/wider_face_*_bbx_gt.txt")]
    return sorted(lists)
