"""Annotations of YOLO: a text per image, a line per box: class, centre and size as shares."""

import math
from pathlib import Path

import yaml

from facewarden.errors import InputError
from facewarden.measure.labelled_image import LabelledImage, Problem, Row, images_under, labelled

EXPECTED = "class, centre x, centre y, width, height as shares of the image"
MAX_BYTES = 16 * 2**20
"""Of a label file: more than 100,000 boxes."""


def read_yolo(root: Path) -> tuple[list[LabelledImage], list[Problem]]:
    """Read images/ and labels/, which mirror each other; names from data.yaml or classes.txt.

    Raises:
        InputError: a folder is missing, or the names cannot be read.
    """
    images, labels = root / "images", root / "labels"
    if not images.is_dir() or not labels.is_dir():
        raise InputError(f"{root} is no YOLO data set", expected="the folders images and labels")
    names = class_names(root)
    pictures = images_under(images)
    texts = {
        path.relative_to(labels).with_suffix("").as_posix(): path
        for path in sorted(labels.rglob("*.txt"))
        if path.name != "classes.txt"
    }
    problems = [
        *(
            Problem("image without label file, left out", _short(path, root))
            for key, path in pictures.items()
            if key not in texts
        ),
        *(
            Problem("label file without image", _short(path, root))
            for key, path in texts.items()
            if key not in pictures
        ),
    ]
    found = []
    for key, path in pictures.items():
        if key in texts:
            rows, faults = _rows(texts[key], _short(texts[key], root), names)
            found.append(labelled(path, rows, relative=True))
            problems += faults
    return found, problems


def class_names(root: Path) -> dict[str, str]:
    """Return the name of each class number, as data.yaml, dataset.yaml or classes.txt tell.

    Raises:
        InputError: such a file that cannot be read.
    """
    for name in ("data.yaml", "dataset.yaml"):
        path = root / name
        if path.is_file():
            try:
                told = yaml.safe_load(path.read_text(encoding="utf-8"))
            except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
                raise InputError(f"{path} cannot be read", found=type(error).__name__) from error
            names = told.get("names") if isinstance(told, dict) else None
            if isinstance(names, list):
                return {str(number): str(word) for number, word in enumerate(names)}
            if isinstance(names, dict):
                return {str(number): str(word) for number, word in names.items()}
    for path in (root / "classes.txt", root / "labels" / "classes.txt"):
        if path.is_file():
            words = path.read_text(encoding="utf-8", errors="replace").split("\n")
            return {str(number): word.strip() for number, word in enumerate(words) if word.strip()}
    return {}


def _rows(path: Path, told: str, names: dict[str, str]) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems = []
    for number, line in enumerate(_lines(path), 1):
        words = line.split()
        if not words:
            continue
        place = f"{told}:{number}"
        try:
            values = [float(word) for word in words[1:]]
        except ValueError:
            values = []
        if len(values) != 4 or not all(map(math.isfinite, values)) or min(values[2:]) < 0:
            problems.append(
                Problem("malformed line, left out", place, f"expected {EXPECTED}, found {line!r}")
            )
            continue
        x, y, width, height = values
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        rows.append((box, False, names.get(words[0], words[0]), place))
    return rows, problems


def _lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        return file.read(MAX_BYTES).decode("utf-8", errors="replace").splitlines()


def _short(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
