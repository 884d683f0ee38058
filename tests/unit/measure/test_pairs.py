from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import InputError
from facewarden.evaluate.verification import Verification
from facewarden.measure.compare import compare
from facewarden.measure.pairs import read_pairs, subjects_of
from facewarden.measure.photographs import Embedded
from factories import unit_rows

LFW = "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t1\nBob\t1\t2\nBob\t2\tAnn\t2\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "pairs.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_lfw_s_format(tmp_path: Path) -> None:
    (tmp_path / "Bob").mkdir()
    (tmp_path / "Bob" / "Bob_0001.png").touch()
    (tmp_path / "Ann_0002.jpg").touch()  # a tree without folders
    pairs = read_pairs(write(tmp_path, LFW), tmp_path)
    assert pairs.same.tolist() == [True, False, True, False]
    assert pairs.fold.tolist() == [0, 0, 1, 1]
    assert pairs.folds_given
    assert pairs.right[1] == tmp_path / "Bob" / "Bob_0001.png"
    assert pairs.right[0] == tmp_path / "Ann_0002.jpg"
    assert pairs.left[0] == tmp_path / "Ann" / "Ann_0001.jpg"  # missing: named as LFW would


def test_csv_without_folds_is_dealt(tmp_path: Path) -> None:
    rows = "".join(f"a/{i}.jpg,a/x.jpg,yes\na/{i}.jpg,b/x.jpg,0\n" for i in range(20))
    pairs = read_pairs(write(tmp_path, "\ufeffleft, right ,same\n" + rows), tmp_path)
    assert not pairs.folds_given
    for fold in range(10):
        assert pairs.same[pairs.fold == fold].sum() == 2
        assert (~pairs.same[pairs.fold == fold]).sum() == 2


def test_csv_with_folds(tmp_path: Path) -> None:
    text = "left,right,same,fold\na/1.jpg,a/2.jpg,true,two\na/1.jpg,b/1.jpg,False,one\n"
    pairs = read_pairs(write(tmp_path, text), tmp_path)
    assert pairs.fold.tolist() == [1, 0]
    assert pairs.folds_given


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty file"),
        ("hello\n", "not a list of pairs"),
        ("1\t1\nAnn\t1\t2\n", "cut off"),
        ("1 1\nAnn 1 2\nAnn 1 Bob\n", "line 3"),
        ("1 1\nAnn 1 2\nAnn 1 2\n", "no pair of two people"),
        ("left,right\na,b\n", "lacks a column"),
        ("left,right,same\na,b,maybe\n", "line 2"),
        ("left,right,same\na,,1\n", "line 2"),
        ("left,right,same\na,b,0\n", "no pair of one person"),
        ("left,right,same\n", "no pair of one person"),
    ],
)
def test_what_is_no_list_of_pairs_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_pairs(write(tmp_path, text), tmp_path)


def test_a_list_or_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(tmp_path / "none.txt", tmp_path)
    with pytest.raises(InputError, match="no folder"):
        read_pairs(write(tmp_path, LFW), tmp_path / "none")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_pairs(tmp_path / "bytes.txt", tmp_path)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("left,right,same\na/1,a/2,1\na/3,b/1,0\n", 2),
        # Everything in one folder: only genuine pairs say who is who.
        ("left,right,same\n1,2,1\n2,3,1\n3,4,0\n5,4,0\n", 3),
    ],
)
def test_who_is_on_a_file(tmp_path: Path, text: str, people: int) -> None:
    subject = subjects_of(read_pairs(write(tmp_path, text), tmp_path))
    assert len(set(subject.values())) == people
    assert set(subject.values()) == set(range(people))


def embedded(paths: list[Path], **changes: dict[str, str]) -> Embedded:
    """Templates by file: a copy or a fault where `changes` says so, by the file's name."""
    content, faults = changes.get("content", {}), changes.get("faults", {})
    vectors = unit_rows(1, len(paths))
    lost = {i: faults[path.name] for i, path in enumerate(paths) if path.name in faults}
    vectors[list(lost)] = 0
    return Embedded(
        tuple(paths),
        vectors,
        np.array([i not in lost for i in range(len(paths))]),
        np.ones(len(paths), np.float32),
        tuple(
            "" if lost.get(i, "") not in {"", "no face found"} else content.get(p.name, str(p))
            for i, p in enumerate(paths)
        ),
        lost,
        "a",
    )


def test_no_pair_is_dropped_without_a_word(tmp_path: Path) -> None:
    text = (
        "left,right,same,fold\n"
        "a/1,a/2,1,1\na/1,b/1,0,1\n"  # good ones
        "a/2,a/gone,1,1\nb/2,a/gone,0,2\n"  # missing
        "a/2,b/torn,0,2\n"  # no picture
        "a/1,a/copy,1,2\n"  # one photograph under two names
        "b/1,b/1,1,2\n"  # one file
        "b/faceless,b/2,1,2\n"
        "b/2,a/2,0,1\n"
    )
    pairs = read_pairs(write(tmp_path, text), tmp_path)
    files = pairs.files()
    for file in files:
        if file.name != "gone":
            file.parent.mkdir(exist_ok=True)
            file.touch()
    compared = compare(
        pairs,
        embedded(
            files,
            content={"copy": str(tmp_path / "a" / "1")},
            faults={"gone": "cannot be read", "torn": "damaged", "faceless": "no face found"},
        ),
    )
    assert [(one.path.name, one.reason, one.pairs) for one in compared.unread] == [
        ("gone", "missing", 2),
        ("torn", "damaged", 1),
    ]
    assert compared.lost == 3
    assert [(left.name, right.name) for left, right in compared.same_content] == [
        ("1", "copy"),
        ("1", "1"),
    ]
    assert [path.name for path in compared.faceless] == ["faceless"]
    assert [(one.name, other.name) for one, other in compared.copies] == [("1", "copy")]
    assert len(compared.pairs) == len(pairs) - compared.lost - len(compared.same_content)
    row = [path.name for path in compared.pairs.left].index("faceless")
    assert compared.scores.similarity[row] == 0
    assert compared.scores.similarity[0] == pytest.approx(
        float(
            embedded(files).vectors[files.index(tmp_path / "a" / "1")]
            @ embedded(files).vectors[files.index(tmp_path / "a" / "2")]
        ),
        abs=1e-6,
    )
    assert Verification(compared.scores).genuine == 2


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    pairs = read_pairs(write(tmp_path, LFW), tmp_path)
    files = pairs.files()
    faults = {file.name: "cannot be read" for file in files}
    with pytest.raises(InputError, match="4 of 4 pairs"):
        compare(pairs, embedded(files, faults=faults))
