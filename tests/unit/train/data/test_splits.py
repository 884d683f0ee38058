from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import ConfigError
from facewarden.measure.pairs import read_pairs
from facewarden.train.data.duplicates import groups
from facewarden.train.data.splits import Plan, draw, of_folds, read_plan

counts = st.lists(st.integers(1, 30), min_size=2, max_size=30)
plans = st.sampled_from([(70, 15, 15), (79.2, 10.8, 10), (50, 0, 50)])


def alone(labels: np.ndarray) -> np.ndarray:
    return np.arange(len(labels), dtype=np.int64)


@given(counts, plans)
def test_images_are_shared_out(of_people: list[int], percent: tuple[float, ...]) -> None:
    labels = np.repeat(np.arange(len(of_people)), of_people)
    plan = Plan("images", (percent[0], percent[1], percent[2]))
    part = draw(plan, labels, alone(labels), np.arange(len(of_people)))
    assert set(labels[part == 0]) == set(labels), "whoever is tested is trained on"
    taken = np.bincount(part, minlength=3)
    wanted = np.array(percent) / 100 * len(labels)
    # Each person is trained on with one picture at least, which others may not outweigh.
    assert (taken[1:] <= wanted[1:] + 1.5).all()
    assert (part == draw(plan, labels, alone(labels), np.arange(len(of_people)))).all()


def test_the_seed_of_arcface_is_met_to_the_picture() -> None:
    labels = np.repeat(np.arange(25), 40)
    plan = read_plan("images:79.2/10.8/10")
    part = draw(plan, labels, alone(labels), np.arange(25))
    assert plan.name == "images-79.2-10.8-10"
    assert np.bincount(part).tolist() == [792, 108, 100]


@given(counts, plans)
def test_nobody_is_in_two_parts(of_people: list[int], percent: tuple[float, ...]) -> None:
    labels = np.repeat(np.arange(len(of_people)), of_people)
    plan = Plan("subjects", (percent[0], percent[1], percent[2]))
    alike = groups(len(of_people), [(0, 1)])
    part = draw(plan, labels, alone(labels), alike)
    for one in range(len(of_people)):
        assert len(set(part[labels == one].tolist())) == 1
    assert part[labels == 0][0] == part[labels == 1][0], "perhaps one person under two names"


def test_people_are_shared_out_by_pictures() -> None:
    labels = np.repeat(np.arange(200), np.arange(1, 201))
    part = draw(Plan("subjects", (70, 15, 15)), labels, alone(labels), np.arange(200))
    assert np.bincount(part) / len(labels) == pytest.approx([0.7, 0.15, 0.15], abs=0.005)


def test_near_duplicates_stay_together() -> None:
    labels = np.zeros(40, np.int64)
    labels[20:] = 1
    bound = groups(40, [(0, 1), (1, 2), (30, 39)])
    for seed in range(20):
        part = draw(Plan("images", (50, 25, 25)), labels, bound, np.arange(2), seed=seed)
        assert part[0] == part[1] == part[2]
        assert part[30] == part[39]


@pytest.mark.parametrize(
    "text",
    ["images", "faces:70/15/15", "images:70/30", "images:70/15/16", "images:0/50/50",
     "images:a/b/c", "subjects:120/-10/-10"],
)  # fmt: skip
def test_no_split(text: str) -> None:
    with pytest.raises(ConfigError, match="this is no split"):
        read_plan(text)


def test_folds_test_on_their_people(tmp_path: Path) -> None:
    people = ["a", "b", "c", "d", "e"]
    sources = [f"{who}/{who}_{number:04d}.jpg" for who in people for number in (1, 2)]
    for source in sources:
        (tmp_path / source).parent.mkdir(exist_ok=True)
        (tmp_path / source).touch()
    (tmp_path / "pairs.txt").write_text(
        "2\t1\na\t1\t2\na\t1\tb\t1\nc\t1\t2\nc\t2\td\t1\n", encoding="utf-8"
    )
    labels = np.repeat(np.arange(5), 2)
    pairs = read_pairs(tmp_path / "pairs.txt", tmp_path)
    found = of_folds(pairs, sources, tmp_path, labels)
    # Of a, b, c, d, e; e is in no pair.
    assert {name: part[::2].tolist() for name, part in found.items()} == {
        "folds-1": [2, 2, 1, 1, 0],
        "folds-2": [1, 1, 2, 2, 0],
    }
    for part in found.values():
        assert (part[::2] == part[1::2]).all(), "all pictures of a person are in one part"
