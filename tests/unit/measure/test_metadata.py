"""Metadata files, whole and damaged, against folders of people."""

from pathlib import Path

import pytest

from facewarden.errors import InputError
from facewarden.measure.metadata import grouped_photographs, read_metadata
from facewarden.measure.people import photographs_of_people

GOOD = "subject,age\nAnn,young\nBob,old\nCid,old\n"


def csv(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def people(root: Path, **photographs: int) -> Path:
    for person, count in photographs.items():
        for number in range(count):
            path = root / person / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
    return root


@pytest.mark.parametrize(
    "text",
    [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), "age,name\n" + "young,Ann\nold,Bob\n"],
)
def test_read(tmp_path: Path, text: str) -> None:
    told = read_metadata(csv(tmp_path, text), "age")
    assert told.value["Ann"] == "young"
    assert told.value["Bob"] == "old"
    assert not told.by_file


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (GOOD, "sex", "has no column sex: expected subject, age"),
        ("", "age", "has no column age: expected a head line"),
        ("who,age\nAnn,1\nBob,2\n", "age", "does not say whom"),
        ("subject,age\nAnn,old\nBob,old\n", "age", "no groups.*found 1: old"),
        ("subject,age\n", "age", "no groups.*found 0"),
        ("subject,age\n" + "".join(f"{n},{n}\n" for n in range(60)), "age", "no groups.*found 60"),
        (b"subject,age\n\xff,1\n", "age", "is not UTF-8"),
    ],
)
def test_refused(tmp_path: Path, text: str | bytes, column: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_metadata(csv(tmp_path, text), column)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_metadata(tmp_path / "none.csv", "age")


def test_lines_that_cannot_be_used_are_listed(tmp_path: Path) -> None:
    text = GOOD + "Ann,young\nDan\n\nEve,\nFay,old\nFay,young\nFay,old\n"
    told = read_metadata(csv(tmp_path, text), "age")
    assert set(told.value) == {"Ann", "Bob", "Cid"}
    assert [(p.kind.split(",")[0], p.place) for p in told.problems] == [
        ("line that was there before", "people.csv:5"),
        ("malformed line", "people.csv:6"),
        ("line without a value", "people.csv:8"),
        ("lines that contradict each other", "people.csv:10"),
        ("line that was there before", "people.csv:11"),
    ]


def test_people_on_one_side_only_are_listed(tmp_path: Path) -> None:
    root = people(tmp_path / "p", Ann=2, Bob=1, Zoe=3)
    told = read_metadata(csv(tmp_path, GOOD), "age")
    found = grouped_photographs(root, photographs_of_people(root), told)
    assert found.person == ("Ann", "Ann", "Bob")
    assert found.group == ("young", "young", "old")
    assert [(p.kind, p.place, p.details) for p in found.problems] == [
        ("person without metadata, left out", "Zoe", "3 photographs"),
        ("metadata of nobody in the folder", "Cid", ""),
    ]


def test_groups_of_photographs(tmp_path: Path) -> None:
    root = people(tmp_path / "p", Ann=2, Bob=1)
    text = "file,light\nAnn/0.jpg,day\nAnn/1.jpg,night\nBob/0.jpg,day\n"
    told = read_metadata(csv(tmp_path, text), "light")
    found = grouped_photographs(root, photographs_of_people(root), told)
    assert found.group == ("day", "night", "day")


def test_nobody_known(tmp_path: Path) -> None:
    root = people(tmp_path / "p", Ann=2, Zoe=1)
    told = read_metadata(csv(tmp_path, GOOD), "age")
    with pytest.raises(InputError, match=r"of 1 of the groups.*names of its folders"):
        grouped_photographs(root, photographs_of_people(root), told)


@pytest.mark.parametrize("counts", [{}, {"Ann": 2}])
def test_too_few_people(tmp_path: Path, counts: dict[str, int]) -> None:
    (tmp_path / "p").mkdir()
    with pytest.raises(InputError, match="too few people"):
        photographs_of_people(people(tmp_path / "p", **counts))
    with pytest.raises(InputError, match="not a folder"):
        photographs_of_people(tmp_path / "none")
