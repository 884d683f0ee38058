"""Nobody is enrolled and seen by one file, and nobody appears under two names by one file."""

from pathlib import Path

import pytest

from facewarden.detect.yunet import YuNet
from facewarden.errors import ImageRefused, InputError
from facewarden.measure.casting import cast, chosen, portrait
from facewarden.measure.people import photographs_of_people


def folder(root: Path, people: dict[str, list[str]]) -> list[tuple[str, Path]]:
    for person, contents in people.items():
        (root / person).mkdir()
        for number, content in enumerate(contents):
            (root / person / f"{number}.jpg").write_text(content)
    return photographs_of_people(root)


def test_the_first_is_enrolled_and_the_last_is_seen(tmp_path: Path) -> None:
    casting = cast(folder(tmp_path, {"a": ["1", "2", "3"], "b": ["4"]}))
    ((person, enrolled, seen),) = casting.enrolled
    assert (person, enrolled.name, seen.name) == ("a", "0.jpg", "2.jpg")
    assert [person for person, _ in casting.others] == ["b"]


def test_a_copy_is_not_another_photograph(tmp_path: Path) -> None:
    casting = cast(folder(tmp_path, {"a": ["1", "1"], "b": ["2", "3", "2"]}))
    assert [person for person, _ in casting.others] == ["a"]
    ((_, enrolled, seen),) = casting.enrolled
    assert enrolled.read_text() != seen.read_text()


def test_a_photograph_under_two_names_leaves_the_second_out(tmp_path: Path) -> None:
    casting = cast(folder(tmp_path, {"a": ["1", "2"], "b": ["2"], "c": ["3"]}))
    assert casting.copies == ("b",)
    assert [person for person, _ in casting.others] == ["c"]


def test_a_draw_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    people = {f"p{i}": [f"{i}", f"{i}b"] for i in range(9)}
    casting = cast(folder(tmp_path, {**people, "x": ["x"], "y": ["y"]}))
    first = chosen(casting, 4, 1, 1)
    assert first == chosen(casting, 4, 1, 1)
    assert first.enrolled != chosen(casting, 4, 1, 2).enrolled
    assert len(first.enrolled) == 4


@pytest.mark.parametrize(("enrolled", "others"), [(2, 0), (1, 2)])
def test_more_than_there_are(tmp_path: Path, enrolled: int, others: int) -> None:
    casting = cast(folder(tmp_path, {"a": ["1", "2"], "b": ["3"]}))
    with pytest.raises(InputError, match="too few people"):
        chosen(casting, enrolled, others, 1)


def test_a_photograph_without_a_face(detector: YuNet, tmp_path: Path) -> None:
    import cv2
    import numpy as np

    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((200, 200, 3), 128, np.uint8))
    with pytest.raises(ImageRefused, match="no face"):
        portrait(path, detector)
