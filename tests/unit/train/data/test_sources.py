from pathlib import Path

import pytest

from facewarden.cli.same_person import same_people
from facewarden.errors import ConfigError, InputError
from facewarden.train.data.sources import Labelled, read_excluded, sources_in


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for place in ("ann/1.jpg", "ann/2.jpg", "bob/1.jpg", "2019/x.png", "notes/readme.txt"):
        path = tmp_path / "root" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not looked at here")
    return tmp_path / "root"


def csv(root: Path, *lines: str) -> Path:
    path = root.parent / "labels.csv"
    path.write_text("\n".join(("file,name", *lines)) + "\n", encoding="utf-8")
    return path


def test_folders_are_people(root: Path) -> None:
    found = sources_in(root)
    assert found.photographs == (
        Labelled("2019", "2019/x.png"),
        Labelled("ann", "ann/1.jpg"),
        Labelled("ann", "ann/2.jpg"),
        Labelled("bob", "bob/1.jpg"),
    )


def test_two_names_of_one_person_are_joined(root: Path) -> None:
    same = {"ann": "bob"}
    found = sources_in(root, same=same)
    assert [one.subject for one in found.photographs] == ["2019", "bob", "bob", "bob"]
    assert found.empty == ("notes",)
    labels = csv(root, "ann/1.jpg,ann", "bob/1.jpg,bob", "2019/x.png,eve")
    assert {one.subject for one in sources_in(root, labels, same).photographs} == {"bob", "eve"}
    with pytest.raises(InputError, match="names nobody anne"):
        sources_in(root, same={"anne": "bob"})


@pytest.mark.parametrize("pairs", [["ann"], ["=bob"], ["ann=bob", "bob=eve"]])
def test_pairs_of_names_that_cannot_be_joined_are_refused(pairs: list[str]) -> None:
    with pytest.raises(ConfigError, match="--same names"):
        same_people(pairs)


def test_labels_win_where_folders_are_nobody(root: Path) -> None:
    found = sources_in(root, csv(root, "bob/1.jpg,bob", "2019/x.png,ann", "ann/1.jpg,ann"))
    assert found.photographs == (
        Labelled("ann", "2019/x.png"),
        Labelled("ann", "ann/1.jpg"),
        Labelled("bob", "bob/1.jpg"),
    )
    assert found.unlabelled == ("ann/2.jpg",)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(("ann/1.jpg,ann", "ann/9.jpg,bob"), "1 files that are not in", id="missing"),
        pytest.param(("ann/1.jpg,bob", "ann/2.jpg,ann"), "ann/1.jpg as bob", id="disagrees"),
        pytest.param(("ann/1.jpg,ann", "ann/1.jpg,bob"), "the file of line 2 again", id="twice"),
        pytest.param(("ann/1.jpg,ann", "ann/2.jpg,ann"), "too few people", id="one person"),
        pytest.param(("ann/1.jpg,", "ann/2.jpg,ann"), "line 2: name empty", id="no name"),
        pytest.param((), "no photograph", id="empty"),
    ],
)
def test_labels_that_cannot_be_right_are_refused(
    root: Path, lines: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        sources_in(root, csv(root, *lines))
    assert "\n" not in str(refused.value)


def test_wrong_columns_are_told_with_those_of_training(root: Path) -> None:
    path = csv(root, "ann/1.jpg,ann")
    path.write_text("picture,person\nann/1.jpg,ann\n", encoding="utf-8")
    with pytest.raises(InputError, match="wrong columns") as refused:
        sources_in(root, path)
    assert "expected file, name, found picture, person" in str(refused.value)


def test_a_path_out_of_the_root_is_refused(root: Path) -> None:
    (root.parent / "secret.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="leads out of"):
        sources_in(root, csv(root, "../secret.jpg,bob", "ann/2.jpg,ann"))


def test_one_class_is_refused(root: Path) -> None:
    with pytest.raises(InputError, match="too few people"):
        sources_in(root / "ann")


def test_a_list_of_exclusions_needs_its_column(root: Path) -> None:
    path = csv(root, "ann/1.jpg,ann")
    with pytest.raises(InputError, match="no column source"):
        read_excluded(path)
    path.write_text("why,source\nunlike,ann/1.jpg\n", encoding="utf-8")
    assert read_excluded(path) == {"ann/1.jpg"}
