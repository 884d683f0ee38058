"""Where the faces of a data set are: boxes as people drew them, in three formats."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from facewarden.errors import InputError
from facewarden.measure.labelled_image import FACE, LabelledImage, Problem
from facewarden.measure.voc import read_voc
from facewarden.measure.wider import read_wider, wider_lists
from facewarden.measure.yolo import read_yolo


class Format(StrEnum):
    """How annotations are written."""

    YOLO = "yolo"
    VOC = "voc"
    WIDER = "wider"


@dataclass(frozen=True, slots=True)
class Annotations:
    """A data set as it was read.

    Attributes:
        format: what it was read as.
        images: those with a label file, which may hold no box.
        problems: what is not as it should be.
        classes: how many boxes each class has.
        counted: the classes that are taken for faces.
    """

    format: Format
    images: tuple[LabelledImage, ...]
    problems: tuple[Problem, ...]
    classes: dict[str, int]
    counted: tuple[str, ...]


def read_annotations(
    root: Path, *, format_: Format | None = None, classes: Sequence[str] = ()
) -> Annotations:
    """Read the annotations of a data set; damaged lines are listed, never silently dropped.

    Args:
        format_: None finds it from the files: `labels/` is YOLO, `Annotations/` Pascal VOC,
            `wider_face_*_bbx_gt.txt` WIDER FACE.
        classes: which count as faces. Empty: those named face, or all where none is.

    Raises:
        InputError: no such folder, no annotation, formats mixed, or a class without a box.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder", expected="a data set")
    readers = {Format.YOLO: read_yolo, Format.VOC: read_voc, Format.WIDER: read_wider}
    chosen = format_ or find_format(root)
    images, problems = readers[chosen](root)
    if not images:
        first = f"; {problems[0].kind}: {problems[0].place}" if problems else ""
        raise InputError(f"{root} holds no annotated image as {chosen}", found=f"none{first}")
    counts = Counter(name for image in images for name in image.classes)
    counted = _counted(counts, classes)
    return Annotations(
        chosen,
        tuple(image.of(counted) for image in images),
        tuple(problems),
        dict(sorted(counts.items())),
        counted,
    )


def find_format(root: Path) -> Format:
    """Tell the format of a data set from its files.

    Raises:
        InputError: none of them, or several.
    """
    found: list[Format] = []
    if (root / "labels").is_dir():
        found.append(Format.YOLO)
    if (root / "Annotations").is_dir() or (root / "annotations").is_dir():
        found.append(Format.VOC)
    if wider_lists(root):
        found.append(Format.WIDER)
    if len(found) != 1:
        raise InputError(
            f"{root} is not a data set of one known format",
            expected="labels/ (YOLO), Annotations/ (Pascal VOC) or wider_face_*_bbx_gt.txt",
            found=" and ".join(found) or "none of them",
            remedy="say which with --format" if found else "",
        )
    return found[0]


def _counted(counts: Counter[str], wanted: Sequence[str]) -> tuple[str, ...]:
    for name in wanted:
        if not counts[name]:
            raise InputError(
                f"no box has the class {name}",
                expected=", ".join(f"{known} ({n} boxes)" for known, n in sorted(counts.items()))
                or "a data set with boxes",
            )
    named = tuple(name for name in counts if name.lower() == FACE)
    return tuple(wanted) or named or tuple(sorted(counts))
