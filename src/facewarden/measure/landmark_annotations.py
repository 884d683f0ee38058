"""Where the landmarks of faces are: as RetinaFace's label.txt, CSV or 300-W's .pts tell."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.capture.folder import SUFFIXES
from facewarden.data import Image
from facewarden.errors import InputError
from facewarden.measure.labelled_image import TOLERANCE_PX, Problem, images_under

CSV_NAMES = ("landmarks.csv", "annotations.csv")
PTS_POINTS = 68
PTS_OF = (range(36, 42), range(42, 48), (30,), (48,), (54,))
"""Of 300-W's points, counted from 0: the outline of each eye, nose tip, corners of the mouth."""
MALFORMED = "malformed line, left out"


@dataclass(frozen=True, slots=True)
class PointedImage:
    """An image with the landmarks of n of its faces.

    Attributes:
        landmarks: (n, 5, 2) px, the subject's right eye first.
        boxes: (n, 4) px, NaN where none was annotated.
        places: the file and line of each face.
    """

    path: Path
    landmarks: NDArray[np.float64]
    boxes: NDArray[np.float64]
    places: tuple[str, ...]

    def within(self, image: Image) -> tuple["PointedImage", list[Problem]]:
        """Return the faces whose middle lies in the decoded image, and what lies outside.

        A landmark over the edge is listed and stays, since part of a face may be cut off; a face
        whose middle is outside is listed and left out, since no detection could find it.
        """
        height_px, width_px = image.shape[:2]
        size = np.array([width_px, height_px], np.float64)
        middle = self.landmarks.mean(axis=1)
        kept = ((middle >= 0) & (middle < size)).all(axis=1)
        beyond = (self.landmarks < -TOLERANCE_PX) | (self.landmarks >= size + TOLERANCE_PX)
        over = beyond.any(axis=2).sum(axis=1)
        problems = []
        for row in np.flatnonzero(~kept | (over > 0)):
            kind = "landmarks reach over the edge" if kept[row] else "face outside the image"
            kind += "" if kept[row] else ", left out"
            told = f"{over[row]} of 5 landmarks outside {width_px}x{height_px}"
            problems.append(Problem(kind, self.places[row], told))
        inside = np.flatnonzero(kept).tolist()
        return (
            replace(
                self,
                landmarks=self.landmarks[kept],
                boxes=self.boxes[kept],
                places=tuple(self.places[row] for row in inside),
            ),
            problems,
        )


Face = tuple[Sequence[float], Sequence[float], str]
"""Ten numbers x1 y1 ... x5 y5, a box of four, and the file and line."""
NO_BOX = (math.nan,) * 4


def read_landmarks(root: Path) -> tuple[str, list[PointedImage], list[Problem]]:
    """Read the landmarks of a folder, found by its files: label.txt, landmarks.csv or *.pts.

    Returns:
        the format, the images, and what is wrong with the data.

    Raises:
        InputError: no such folder, no format or several, or not one face.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder", expected="a data set")
    tables = [root / name for name in CSV_NAMES if (root / name).is_file()]
    points = sorted(root.rglob("*.pts"))
    found = {
        "retinaface": (root / "label.txt").is_file(),
        "csv": bool(tables),
        "pts": bool(points),
    }
    names = [name for name, there in found.items() if there]
    if len(names) != 1:
        raise InputError(
            f"{root} holds no landmarks of one known format",
            expected="label.txt (RetinaFace), landmarks.csv or .pts files (300-W)",
            found=" and ".join(names) or "none of them",
            remedy="" if names else "--self-consistency measures without annotations",
        )
    if found["retinaface"]:
        faces, problems = _retinaface(root / "label.txt")
    elif found["csv"]:
        faces, problems = _csv(tables[0])
    else:
        faces, problems = _pts(points, root)
    of_image: dict[Path, list[Face]] = {}
    for name, own in faces.items():
        path = _image(root, name)
        if path is None:
            problems.append(Problem("label without image", name))
        else:
            of_image.setdefault(path.resolve(), []).extend(own)
    images = [_pointed(path, own, problems) for path, own in of_image.items() if own]
    if not images:
        told = f"; {problems[0].kind}: {problems[0].place}" if problems else ""
        raise InputError(f"{root} holds no face with landmarks", found=f"none{told}")
    return names[0], images, problems


def _pointed(path: Path, faces: Sequence[Face], problems: list[Problem]) -> PointedImage:
    once: dict[tuple[float, ...], Face] = {}
    for points, box, place in faces:
        first = once.setdefault(tuple(points), (points, box, place))
        if first[2] != place:
            problems.append(Problem("face listed twice, counted once", place, f"as {first[2]}"))
    return PointedImage(
        path,
        np.array([face[0] for face in once.values()], np.float64).reshape(-1, 5, 2),
        np.array([face[1] for face in once.values()], np.float64).reshape(-1, 4),
        tuple(face[2] for face in once.values()),
    )


def _image(root: Path, name: str) -> Path | None:
    for folder in (root / "images", root):
        path = folder / name
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            return path
    return None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    return ((n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip())


def _numbers(words: Sequence[str]) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        return []
    return values if all(map(math.isfinite, values)) else []


def _retinaface(path: Path) -> tuple[dict[str, list[Face]], list[Problem]]:
    """Read `# image`, then per face x y width height and five of x y flag; -1 is no landmark."""
    faces: dict[str, list[Face]] = {}
    problems: list[Problem] = []
    name = ""
    for number, line in _lines(path):
        if line.startswith("#"):
            name = line[1:].strip()
            faces.setdefault(name, [])
            continue
        values = _numbers(line.split())
        if not name or len(values) < 19:
            told = f"expected '# image', or a box and five of x y flag, found {line[:60]!r}"
            problems.append(Problem(MALFORMED, f"{path.name}:{number}", told))
            continue
        points = np.array(values[4:19]).reshape(5, 3)
        if (points[:, 2] < 0).any() or (points[:, :2] < 0).all():
            continue  # the annotators gave this face no landmarks
        x, y, width, height = values[:4]
        box = (x, y, x + width, y + height)
        _add(faces[name], points[:, :2].ravel().tolist(), box, f"{path.name}:{number}", problems)
    return faces, problems


def _csv(path: Path) -> tuple[dict[str, list[Face]], list[Problem]]:
    """Read file,x1,y1,...,x5,y5 and perhaps a box x1,y1,x2,y2; a head line is allowed."""
    faces: dict[str, list[Face]] = {}
    problems: list[Problem] = []
    for number, line in _lines(path):
        name, *words = (word.strip() for word in line.split(","))
        values = _numbers(words)
        if len(values) not in {10, 14}:
            if number > 1 or Path(name).suffix.lower() in SUFFIXES:
                told = f"expected file,x1,y1,...,x5,y5 and perhaps a box, found {line[:60]!r}"
                problems.append(Problem(MALFORMED, f"{path.name}:{number}", told))
            continue
        own = faces.setdefault(name, [])
        _add(own, values[:10], values[10:] or NO_BOX, f"{path.name}:{number}", problems)
    return faces, problems


def _pts(points: Sequence[Path], root: Path) -> tuple[dict[str, list[Face]], list[Problem]]:
    """Read 300-W's files, each beside an image of its name; they count pixels from 1."""
    faces: dict[str, list[Face]] = {}
    problems: list[Problem] = []
    images = images_under(root)
    for path in points:
        told = path.relative_to(root).as_posix()
        image = images.get(path.relative_to(root).with_suffix("").as_posix())
        if image is None:
            problems.append(Problem("label without image", told))
            continue
        rows = [_numbers(line.split()) for _, line in _lines(path) if line[0] in "-.0123456789"]
        if len(rows) != PTS_POINTS or any(len(row) != 2 for row in rows):
            wanted = f"expected {PTS_POINTS} points x y, found {len(rows)}"
            problems.append(Problem("malformed file, left out", told, wanted))
            continue
        all_points = np.array(rows) - 1
        five = np.array([all_points[list(of)].mean(axis=0) for of in PTS_OF])
        low, high = all_points.min(axis=0), all_points.max(axis=0)
        own = faces.setdefault(image.relative_to(root).as_posix(), [])
        _add(own, five.ravel().tolist(), (*low, *high), told, problems)
    return faces, problems


def _add(
    faces: list[Face],
    points: Sequence[float],
    box: Sequence[float],
    place: str,
    problems: list[Problem],
) -> None:
    if math.dist(points[:2], points[2:4]) < 1:
        problems.append(Problem("eyes at one place, left out", place, "no distance to measure by"))
        return
    faces.append((points, box, place))
