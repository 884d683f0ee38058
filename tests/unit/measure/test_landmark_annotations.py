"""Annotated landmarks in three formats, whole and damaged, written to disk and read back."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.errors import InputError
from facewarden.measure.landmark_annotations import read_landmarks
from facewarden.measure.pointing import point_all

POINTS = [[10, 20], [30, 20], [20, 30], [12, 40], [28, 40]]
FLAT = [value for point in POINTS for value in point]
CSV = "a.png," + ",".join(map(str, FLAT))
RETINA = "5 6 40 50 " + " ".join(f"{x} {y} 0" for x, y in POINTS) + " 0.9"


def folder(root: Path, name: str, text: str) -> Path:
    root.mkdir(exist_ok=True)
    Pillow.new("RGB", (64, 64)).save(root / "a.png")
    (root / name).write_text(text)
    return root


def pts(points: list[tuple[float, float]]) -> str:
    body = "\n".join(f"{x} {y}" for x, y in points)
    return f"version: 1\nn_points: {len(points)}\n{{\n{body}\n}}\n"


def sixty_eight() -> list[tuple[float, float]]:
    """Return 300-W's points around POINTS, counted from 1."""
    points = [(1.0, 1.0)] * 68
    for eye, first in ((0, 36), (1, 42)):
        x, y = POINTS[eye]
        for number in range(6):
            angle = np.pi * number / 3
            points[first + number] = (x + 1 + 4 * np.cos(angle), y + 1 + 2 * np.sin(angle))
    for point, place in ((2, 30), (3, 48), (4, 54)):
        points[place] = (POINTS[point][0] + 1, POINTS[point][1] + 1)
    return points


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("label.txt", f"# a.png\n{RETINA}\n", "retinaface"),
        ("landmarks.csv", CSV, "csv"),
        ("landmarks.csv", f"file,x1,y1,x2,y2\n{CSV},5,6,45,56\n", "csv"),
        ("a.pts", pts(sixty_eight()), "pts"),
    ],
)
def test_formats_agree(tmp_path: Path, name: str, text: str, kind: str) -> None:
    found, images, problems = read_landmarks(folder(tmp_path, name, text))
    assert (found, problems) == (kind, [])
    assert np.round(images[0].landmarks, 6).tolist() == [POINTS]
    if "6" in text.split(",")[-3:] or kind == "retinaface":
        assert images[0].boxes.tolist() == [[5, 6, 45, 56]]


RETINA_NONE = "5 6 40 50 " + "-1 -1 -1 " * 5 + "0.2"


@pytest.mark.parametrize(
    ("name", "text", "kinds"),
    [
        (
            "label.txt",
            f"# a.png\n{RETINA}\n{RETINA_NONE}\n5 6 40\n",
            {"malformed line, left out:4"},
        ),
        ("label.txt", f"{RETINA}\n# a.png\n{RETINA}\n", {"malformed line, left out:1"}),
        ("label.txt", f"# a.png\n{RETINA}\n# gone.png\n{RETINA}\n", {"label without image"}),
        ("label.txt", f"# a.png\n{RETINA}\n# ../../x.png\n{RETINA}\n", {"label without image"}),
        ("landmarks.csv", f"{CSV}\na.png,1,2,x\n", {"malformed line, left out:2"}),
        ("landmarks.csv", f"{CSV}\na.png,{',nan' * 10}\n", {"malformed line, left out:2"}),
        ("landmarks.csv", f"{CSV}\na.png{',7' * 10}\n", {"eyes at one place, left out:2"}),
        ("landmarks.csv", f"{CSV}\n{CSV}\n", {"face listed twice, counted once:2"}),
        ("landmarks.csv", f"{CSV}\n./{CSV}\n", {"face listed twice, counted once:2"}),
        ("label.txt", f"# a.png\n{RETINA}\n{RETINA}\n", {"face listed twice, counted once:3"}),
    ],
)
def test_what_is_wrong_is_listed(tmp_path: Path, name: str, text: str, kinds: set[str]) -> None:
    _, images, problems = read_landmarks(folder(tmp_path / "set", name, text))
    assert sum(len(image.landmarks) for image in images) == 1
    told = {p.kind + (f":{p.place.split(':')[1]}" if ":" in p.place else "") for p in problems}
    assert told == kinds


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("notes.txt", "", "none of them.*--self-consistency"),
        ("a.pts", pts([(1, 1)] * 5), "malformed file"),
        ("label.txt", "", "no face with landmarks"),
    ],
)
def test_nothing_to_measure(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_landmarks(folder(tmp_path, name, text))


def test_two_formats_and_no_folder(tmp_path: Path) -> None:
    folder(folder(tmp_path, "landmarks.csv", CSV), "label.txt", "")
    with pytest.raises(InputError, match="retinaface and csv"):
        read_landmarks(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        read_landmarks(tmp_path / "none")


def test_landmarks_outside_the_image_are_listed_and_their_face_left_out(tmp_path: Path) -> None:
    away = "a.png," + ",".join(str(value + 60) for value in FLAT)
    cut = "a.png," + ",".join(str(value - 12) for value in FLAT)
    _, (image,), _ = read_landmarks(folder(tmp_path, "landmarks.csv", f"{CSV}\n{away}\n{cut}\n"))
    inside, problems = image.within(np.zeros((64, 64, 3), np.uint8))
    assert inside.places == ("landmarks.csv:1", "landmarks.csv:3")
    assert [(one.kind, one.place, one.details) for one in problems] == [
        ("face outside the image, left out", "landmarks.csv:2", "5 of 5 landmarks outside 64x64"),
        ("landmarks reach over the edge", "landmarks.csv:3", "1 of 5 landmarks outside 64x64"),
    ]


def test_a_set_with_no_face_in_its_images_is_refused(tmp_path: Path) -> None:
    away = "a.png," + ",".join(str(value + 60) for value in FLAT)
    _, images, _ = read_landmarks(folder(tmp_path, "landmarks.csv", away))
    with pytest.raises(InputError, match=r"face outside the image, left out: landmarks\.csv:1"):
        point_all(images, ())
