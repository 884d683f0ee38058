"""Annotations of Pascal VOC: an XML file per image.

Boxes are taken as they are written. The devkit of the challenge counts pixels from 1 and includes
the last; many tools that write the format do not. It makes a pixel of difference.
"""

import math
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from facewarden.errors import InputError
from facewarden.measure.labelled_image import LabelledImage, Problem, Row, images_under, labelled

MAX_BYTES = 16 * 2**20
CORNERS = ("xmin", "ymin", "xmax", "ymax")
TOLD = {"object/name", "object/difficult", *(f"object/bndbox/{corner}" for corner in CORNERS)}
FOLDERS = ("JPEGImages", "images", ".")


def read_voc(root: Path) -> tuple[list[LabelledImage], list[Problem]]:
    """Read Annotations/*.xml and the images beside it, in JPEGImages/, images/ or the root.

    An object marked as difficult is ignored, as the challenge does.

    Raises:
        InputError: no such folder.
    """
    folder = next((root / n for n in ("Annotations", "annotations") if (root / n).is_dir()), None)
    if folder is None:
        raise InputError(f"{root} is no Pascal VOC data set", expected="the folder Annotations")
    pictures = next(
        (
            found
            for name in FOLDERS
            if (root / name).is_dir() and (found := images_under(root / name))
        ),
        {},
    )
    problems, images = [], []
    files = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*.xml"))
    }
    problems += [
        Problem("image without label file, left out", path.relative_to(root).as_posix())
        for key, path in pictures.items()
        if key not in files
    ]
    for key, path in files.items():
        told = path.relative_to(root).as_posix()
        if key not in pictures:
            problems.append(Problem("label file without image", told))
            continue
        try:
            with path.open("rb") as file:
                rows, faults = parse(file.read(MAX_BYTES), told)
        except expat.ExpatError as error:
            problems.append(
                Problem("malformed file, left out", f"{told}:{error.lineno}", str(error))
            )
            continue
        images.append(labelled(pictures[key], rows))
        problems += faults
    return images, problems


def parse(data: bytes, told: str) -> tuple[list[Row], list[Problem]]:
    """Return box, mark, class and place of each object of one file.

    A document type is refused: entities of its own are how XML reads other files and grows without
    end, and no annotation needs one.

    Raises:
        ExpatError: not well-formed, or with a document type.
    """
    parser = expat.ParserCreate()
    reader = _Reader(told, lambda: parser.CurrentLineNumber)
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(data, True)  # noqa: FBT003
    return reader.rows, reader.problems


def _refuse(*_: object) -> None:
    error = expat.ExpatError("a document type is not allowed")
    error.lineno = 1
    raise error


class _Reader:
    """Collects the objects of one file; parts of an object (such as a head) are no objects."""

    def __init__(self, told: str, line: Callable[[], int]) -> None:
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self._told, self._line = told, line
        self._path: list[str] = []
        self._words: dict[str, str] = {}
        self._began = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(name)
        if self._path[1:] == ["object"]:
            self._words, self._began = {}, self._line()

    def text(self, data: str) -> None:
        key = "/".join(self._path[1:])
        if key in TOLD:
            self._words[key] = (self._words.get(key, "") + data)[:200]

    def end(self, _: str) -> None:
        if self._path[1:] == ["object"]:
            self._object()
        self._path.pop()

    def _object(self) -> None:
        words = {key.rpartition("/")[2]: word.strip() for key, word in self._words.items()}
        place = f"{self._told}:{self._began}"
        try:
            x1, y1, x2, y2 = (float(words[corner]) for corner in CORNERS)
        except (KeyError, ValueError):
            x1 = y1 = x2 = y2 = math.nan
        # No comparison with NaN holds.
        if not (-math.inf < x1 <= x2 < math.inf and -math.inf < y1 <= y2 < math.inf):
            found = ", ".join(f"{c} {words.get(c, 'missing')}" for c in CORNERS)
            self.problems.append(
                Problem(
                    "malformed line, left out",
                    place,
                    f"expected bndbox with xmin <= xmax and ymin <= ymax, found {found}",
                )
            )
            return
        ignored = words.get("difficult", "0") == "1"
        self.rows.append(((x1, y1, x2, y2), ignored, words.get("name", ""), place))
