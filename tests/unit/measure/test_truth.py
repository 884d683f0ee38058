"""A truth is read as it was meant, and refused where it cannot be."""

import json
from pathlib import Path

import numpy as np
import pytest

from facewarden.compose.recipe import SceneRecipe
from facewarden.compose.truth import Truth
from facewarden.errors import DataError, InputError
from facewarden.measure.truth import read_truth, require_clips, spoken

CLIP = Path("door.mp4")


def write(folder: Path, text: str) -> Path:
    path = folder / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_stretches_without_boxes(tmp_path: Path) -> None:
    file = write(tmp_path, "clip,person,from_s,to_s\ndoor.mp4,Jane_Doe,1.5,4\n")
    truth = read_truth(file, [CLIP])[CLIP]
    assert truth.people == ("Jane Doe",)
    assert truth.at(1.4).tolist() == []
    assert truth.at(1.5).tolist() == [0]
    assert truth.at(4).tolist() == []
    assert np.isnan(truth.boxes).all()


def test_boxes_and_a_mark_of_byte_order(tmp_path: Path) -> None:
    head = "\ufeffclip,person,from_s,to_s,x1,y1,x2,y2\n"
    file = write(tmp_path, head + "door.mp4,Jane,0,1,10,20,30,40\n")
    assert read_truth(file, [CLIP])[CLIP].boxes.tolist() == [[10, 20, 30, 40]]


def test_who_is_away_for_long_passes_again(tmp_path: Path) -> None:
    rows = "door.mp4,Ann,0,1\ndoor.mp4,Ann,2,3\ndoor.mp4,Ann,9,10\ndoor.mp4,Bo,1,2\n"
    truth = read_truth(write(tmp_path, "clip,person,from_s,to_s\n" + rows), [CLIP])[CLIP]
    named = [(truth.people[p], n) for p, n in zip(truth.person, truth.passage, strict=True)]
    assert named == [("Ann", 0), ("Bo", 1), ("Ann", 0), ("Ann", 2)]


def test_a_clip_that_is_not_named_has_nobody(tmp_path: Path) -> None:
    file = write(tmp_path, "clip,person,from_s,to_s\ndoor.mp4,Ann,0,1\n")
    other = Path("hall.mp4")
    assert not len(read_truth(file, [CLIP, other])[other].person)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clip,person,from_s\n", "to_s"),
        ("clip,person,from_s,to_s,x1\n", "lacks columns"),
        ("clip,person,from_s,to_s\ndoor.mp4,Ann,5,5\n", "line 2"),
        ("clip,person,from_s,to_s\ndoor.mp4,Ann,-1,5\n", "line 2"),
        ("clip,person,from_s,to_s\ndoor.mp4,Ann,nan,5\n", "line 2"),
        ("clip,person,from_s,to_s\ndoor.mp4,Ann,one,5\n", "line 2"),
        ("clip,person,from_s,to_s\ndoor.mp4,,0,5\n", "no person"),
        ("clip,person,from_s,to_s\nhall.mp4,Ann,0,5\n", "names none of the clips"),
        ("clip,person,from_s,to_s,x1,y1,x2,y2\ndoor.mp4,A,0,5,9,9,3,3\n", "empty"),
        ("clip,person,from_s,to_s,x1,y1,x2,y2\ndoor.mp4,A,0,5,9,,10,3\n", "line 2"),
        ("", "lacks columns"),
        ("{", "no truth of a composed clip"),
        ('{"faces": [[1, 2]]}', "no truth of a composed clip"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_truth(write(tmp_path, text), [CLIP])


def test_the_composers_truth(tmp_path: Path) -> None:
    truth = Truth(
        SceneRecipe(),
        ("Jane_Doe",),
        np.array([0, 1], np.int64),
        np.array([0, 0], np.int64),
        np.array([[0, 0, 9, 9], [1, 0, 10, 9]], np.float32),
        np.array([0.4, 1], np.float32),
    )
    truth.write(tmp_path / "a.truth.json")
    read = read_truth(tmp_path / "a.truth.json", [CLIP])[CLIP]
    assert read.people == ("Jane Doe",)
    assert read.at(0.05).tolist() == [1]
    assert read.boxes[1].tolist() == [1, 0, 10, 9]
    with pytest.raises(InputError, match="truth of one clip"):
        read_truth(tmp_path / "a.truth.json", [CLIP, Path("b.mp4")])


def test_a_truth_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_truth(tmp_path / "none.csv", [CLIP])


def test_clips_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1 clips are not there.*none\.mp4"):
        require_clips([tmp_path / "none.mp4"])
    with pytest.raises(DataError):
        require_clips([])


def test_names_of_folders_are_spoken() -> None:
    assert spoken("Jane__van_Doe ") == "Jane van Doe"
    assert json.dumps(spoken("Jane Doe")) == '"Jane Doe"'
