"""Data sets in three formats, whole and damaged, written to disk and read back."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.errors import InputError
from facewarden.measure.annotations import Format, find_format, read_annotations

WIDTH, HEIGHT = 200, 100
BLACK = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.new("RGB", (WIDTH, HEIGHT)).save(path)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def yolo(root: Path, **labels: str) -> Path:
    for name, text in labels.items():
        picture(root / "images" / f"{name}.png")
        write(root / "labels" / f"{name}.txt", text)
    return root


def voc(root: Path, objects: str, *, head: str = "") -> Path:
    picture(root / "JPEGImages" / "a.png")
    write(root / "Annotations" / "a.xml", f"{head}<annotation>{objects}</annotation>")
    return root


def object_(box: tuple[object, ...] = (10, 20, 50, 80), name: str = "face", more: str = "") -> str:
    corners = "".join(
        f"<{c}>{v}</{c}>" for c, v in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    )
    return f"<object><name>{name}</name>{more}<bndbox>{corners}</bndbox></object>"


def wider(root: Path, text: str) -> Path:
    picture(root / "WIDER_val" / "images" / "0--Parade" / "a.png")
    write(root / "wider_face_split" / "wider_face_val_bbx_gt.txt", text)
    return root


def boxes_of(root: Path, **how: object) -> list[list[float]]:
    (image,) = read_annotations(root, **how).images  # type: ignore[arg-type]
    boxes: list[list[float]] = np.round(image.within(BLACK)[0], 3).tolist()
    return boxes


@pytest.fixture
def same_box(tmp_path: Path) -> dict[Format, Path]:
    """Return the box 10 20 50 80 in every format."""
    return {
        Format.YOLO: yolo(tmp_path / "y", a="0 0.15 0.5 0.2 0.6\n"),
        Format.VOC: voc(tmp_path / "v", object_()),
        Format.WIDER: wider(tmp_path / "w", "0--Parade/a.png\n1\n10 20 40 60 0 0 0 0 0 0\n"),
    }


@pytest.mark.parametrize("name", Format)
def test_formats_are_found_and_agree(same_box: dict[Format, Path], name: Format) -> None:
    assert find_format(same_box[name]) is name
    assert boxes_of(same_box[name]) == [[10, 20, 50, 80]]
    assert boxes_of(same_box[name], format_=name) == [[10, 20, 50, 80]]
    assert read_annotations(same_box[name]).problems == ()


def test_no_format_and_two_formats(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of them"):
        find_format(tmp_path)
    voc(yolo(tmp_path, a=""), object_())
    with pytest.raises(InputError, match=r"yolo and voc.*--format"):
        find_format(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        read_annotations(tmp_path / "nowhere")


def test_yolo_lists_what_is_wrong(tmp_path: Path) -> None:
    root = yolo(
        tmp_path,
        a="0 0.5 0.5 0.2 0.2\n\n0 0.5 0.5 0.2\nnose\n0 nan 0.5 0.1 0.1\n0 0.5 0.5 -0.1 0.1\n",
        b="",
    )
    picture(root / "images" / "c.png")
    write(root / "labels" / "d.txt", "0 0.5 0.5 0.1 0.1")
    read = read_annotations(root)
    assert [(p.kind, p.place) for p in read.problems] == [
        ("image without label file, left out", "images/c.png"),
        ("label file without image", "labels/d.txt"),
        *(("malformed line, left out", f"labels/a.txt:{line}") for line in (3, 4, 5, 6)),
    ]
    assert "expected class, centre x" in read.problems[2].details
    # An empty label file is an image without a face.
    assert [len(image.boxes) for image in read.images] == [1, 0]


@pytest.mark.parametrize(
    ("line", "kind", "boxes"),
    [
        ("0 0 0.5 0.2 0.2", "box reaches over the edge, clipped", [[0, 40, 20, 60]]),
        ("0 3 0.5 0.2 0.2", "box outside the image, left out", []),
        ("0 0.5 0.5 0 0.2", "box without area, left out", []),
        ("0 0.002 0.5 0.005 0.2", None, [[0, 40, 0.9, 60]]),
    ],
)
def test_boxes_at_the_border(
    tmp_path: Path, line: str, kind: str | None, boxes: list[list[float]]
) -> None:
    (image,) = read_annotations(yolo(tmp_path, a=line)).images
    cut, ignored, problems = image.within(BLACK)
    assert np.round(cut, 3).tolist() == boxes
    assert len(ignored) == len(boxes)
    assert [p.kind for p in problems] == ([kind] if kind else [])
    assert all(p.place == "labels/a.txt:1" for p in problems)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("data.yaml", "names: [face, mask]"),
        ("data.yaml", "names: {0: face, 1: mask}"),
        ("classes.txt", "face\nmask\n"),
    ],
)
def test_classes_by_name(tmp_path: Path, file: str, text: str) -> None:
    write(yolo(tmp_path, a="0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.4 0.4\n") / file, text)
    read = read_annotations(tmp_path)
    assert read.classes == {"face": 1, "mask": 1}
    assert read.counted == ("face",)
    assert boxes_of(tmp_path) == [[80, 40, 120, 60]]
    assert boxes_of(tmp_path, classes=["mask"]) == [[60, 30, 140, 70]]
    assert len(boxes_of(tmp_path, classes=["mask", "face"])) == 2
    with pytest.raises(InputError, match=r"no box has the class hat.*face \(1 boxes\)"):
        read_annotations(tmp_path, classes=["hat"])


def test_without_a_class_named_face_all_count(tmp_path: Path) -> None:
    root = yolo(tmp_path, a="0 0.5 0.5 0.2 0.2\n7 0.5 0.5 0.4 0.4\n")
    assert read_annotations(root).counted == ("0", "7")


def test_yaml_that_cannot_be_read(tmp_path: Path) -> None:
    write(yolo(tmp_path, a="") / "data.yaml", "names: [")
    with pytest.raises(InputError, match="cannot be read"):
        read_annotations(tmp_path)


def test_voc_marks_difficult_and_skips_parts(tmp_path: Path) -> None:
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    root = voc(
        tmp_path,
        object_(more="<difficult>1</difficult>") + object_(more=part) + object_(name="car"),
    )
    (image,) = read_annotations(root).images
    assert image.ignored.tolist() == [True, False]
    assert image.boxes.tolist() == [[10, 20, 50, 80]] * 2


ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("objects", "head", "kind"),
    [
        (object_((10, 20, 5, 80)), "", "malformed line, left out"),
        (object_(("ten", 20, 50, 80)), "", "malformed line, left out"),
        (object_(("nan", 20, 50, 80)), "", "malformed line, left out"),
        ("<object><name>face</name></object>", "", "malformed line, left out"),
        ("<object>", "", "malformed file, left out"),
        (object_(name="&x;"), ENTITY, "malformed file, left out"),
        (object_(name="&b;"), LAUGHS, "malformed file, left out"),
    ],
)
def test_voc_lists_what_is_wrong(tmp_path: Path, objects: str, head: str, kind: str) -> None:
    root = voc(tmp_path, objects, head=head)
    picture(root / "JPEGImages" / "good.png")
    write(root / "Annotations" / "good.xml", f"<annotation>{object_()}</annotation>")
    read = read_annotations(root)
    assert [(p.kind, p.place) for p in read.problems] == [(kind, "Annotations/a.xml:1")]
    assert sum(len(image.boxes) for image in read.images) == 1


def test_voc_without_partner(tmp_path: Path) -> None:
    root = voc(tmp_path, object_())
    picture(root / "JPEGImages" / "b.png")
    write(root / "Annotations" / "c.xml", "<annotation/>")
    assert {(p.kind, p.place) for p in read_annotations(root).problems} == {
        ("image without label file, left out", "JPEGImages/b.png"),
        ("label file without image", "Annotations/c.xml"),
    }


WIDER = """0--Parade/a.png
3
10 20 40 60 0 0 0 0 0 0
60 20 40 60 0 0 0 1 0 0
60 20 0 0 0 0 0 0 0 0
"""


def test_wider_honours_invalid(tmp_path: Path) -> None:
    (image,) = read_annotations(wider(tmp_path, WIDER)).images
    boxes, ignored, problems = image.within(BLACK)
    assert boxes.tolist() == [[10, 20, 50, 80], [60, 20, 100, 80]]
    assert ignored.tolist() == [False, True]
    assert [p.kind for p in problems] == ["box without area, left out"]
    assert problems[0].place == "wider_face_split/wider_face_val_bbx_gt.txt:5"


@pytest.mark.parametrize(
    ("text", "problems", "boxes"),
    [
        ("0--Parade/a.png\n0\n0 0 0 0 0 0 0 0 0 0\n", [], 0),
        ("0--Parade/a.png\n2\n1 1 9 9\n", [("number of faces is not the number of lines", 2)], 1),
        ("0--Parade/a.png\n1\n1 1 9\n", [("malformed line, left out", 3)], 0),
        ("0--Parade/a.png\nmany\n1 1 9 9\n", [("malformed line, left out", 2)], 0),
        ("0--Parade/a.png\n", [("malformed line, left out", 2)], 0),
        (
            "0--Parade/a.png\n1\n1 1 9 9\nb.png\n1\n1 1 9 9\n",
            [("label without image", 4)],
            1,
        ),
        (
            "0--Parade/a.png\n1\n1 1 9 9\n../../out.png\n1\n1 1 9 9\n",
            [("label without image", 4)],
            1,
        ),
    ],
)
def test_wider_lists_what_is_wrong(
    tmp_path: Path, text: str, problems: list[tuple[str, int]], boxes: int
) -> None:
    picture(tmp_path / "out.png")
    read = read_annotations(wider(tmp_path / "set", text))
    place = "wider_face_split/wider_face_val_bbx_gt.txt"
    assert [(p.kind, p.place) for p in read.problems] == [(k, f"{place}:{n}") for k, n in problems]
    assert [len(image.boxes) for image in read.images] == [boxes]


def test_nothing_readable(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    write(tmp_path / "labels" / "a.txt", "")
    with pytest.raises(InputError, match=r"no annotated image as yolo.*label file without image"):
        read_annotations(tmp_path)
