"""Every sampler: what an epoch holds, the same for a seed, going on where another stood."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from facewarden.errors import ConfigError, DataError
from facewarden.train.samplers.catalogue import SAMPLERS, build
from facewarden.train.samplers.p_k import PK
from facewarden.train.samplers.sampler import Rows, Sampler
from facewarden.train.samplers.shuffled import Shuffled

ROWS = np.arange(100, 150)
LABELS = np.array([0] * 20 + [1] * 10 + [2] * 8 + [3] * 6 + [4] * 3 + [5] * 2 + [6], np.int64)
SUBJECT = dict(zip(ROWS.tolist(), LABELS.tolist(), strict=True))
PARAMETERS: dict[str, dict[str, object]] = {
    "shuffled": {"batch_size": 8},
    "p-k": {"people": 3, "pictures": 4},
    "class-balanced": {"batch_size": 8},
}


def made(name: str, *, seed: int = 1, rows: Rows = ROWS, labels: Rows = LABELS) -> Sampler:
    return build(name, PARAMETERS[name], rows=rows, labels=labels, seed=seed)


def subjects(rows: list[int]) -> list[int]:
    return [SUBJECT[row] for row in rows]


@pytest.mark.parametrize("name", SAMPLERS)
def test_an_epoch_depends_on_seed_and_number_alone(name: str) -> None:
    one, other = made(name), made(name)
    first, second = list(one), list(one)
    assert len(first) == len(second) == len(one)
    assert first != second
    assert one.state_dict() == {"epoch": 2, "position": 0}
    other.set_epoch(1)
    assert list(other) == second
    assert list(made(name, seed=2)) != first
    assert all(type(row) is int for batch in first for row in batch)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_killed_epoch_goes_on(name: str) -> None:
    whole = made(name)
    whole.set_epoch(3)
    expected = list(whole)
    killed = made(name)
    killed.set_epoch(3)
    seen = [batch for batch, _ in zip(killed, range(2), strict=False)]
    # a loop that breaks off has taken one batch more than it has learnt from
    resumed = made(name)
    resumed.load_state_dict({"epoch": 3, "position": len(seen)})
    resumed.set_epoch(3)
    assert seen + list(resumed) == expected
    assert killed.position in (2, 3)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_position_of_other_data(name: str) -> None:
    sampler = made(name)
    sampler.load_state_dict({"epoch": 0, "position": len(sampler)})
    assert list(sampler) == []
    with pytest.raises(
        DataError, match=r"beyond its epoch: expected 0 to .* found 99; resume with"
    ):
        sampler.load_state_dict({"epoch": 0, "position": 99})


@pytest.mark.parametrize(
    ("count", "size", "drop", "lengths"),
    [
        (10, 4, False, [4, 4, 2]),
        (10, 4, True, [4, 4]),
        (8, 4, True, [4, 4]),
        (3, 4, True, [3]),
        (1, 1, False, [1]),
    ],
)
@pytest.mark.parametrize("name", ["shuffled", "class-balanced"])
def test_lengths(name: str, count: int, size: int, drop: bool, lengths: list[int]) -> None:
    parameters = {"batch_size": size, "drop_last": drop}
    sampler = build(name, parameters, rows=ROWS[:count], labels=LABELS[:count], seed=0)
    found = list(sampler)
    assert [len(batch) for batch in found] == lengths
    assert len(sampler) == len(lengths)
    every = [row for batch in found for row in batch]
    assert len(set(every)) == len(every)


def test_shuffled_takes_every_row_once() -> None:
    assert sorted(row for batch in made("shuffled") for row in batch) == ROWS.tolist()


def test_people_come_equally_often() -> None:
    counts = Counter(subjects([row for batch in made("class-balanced") for row in batch]))
    assert set(counts) == set(range(7))
    assert max(counts.values()) - min(counts.values()) <= 1
    assert sum(counts.values()) == len(ROWS)


def test_p_people_with_k_pictures() -> None:
    sampler = made("p-k")
    assert isinstance(sampler, PK)
    assert sampler.left_out == 1
    people: Counter[int] = Counter()
    for _ in range(4):
        for batch in sampler:
            found = subjects(batch)
            assert [len(set(found[start : start + 4])) for start in (0, 4, 8)] == [1, 1, 1]
            assert len(set(found)) == 3
            people.update(set(found))
            for start in (0, 4, 8):
                pictures = batch[start : start + 4]
                have = int(np.count_nonzero(np.int64(SUBJECT[pictures[0]]) == LABELS))
                assert len(set(pictures)) == min(4, have)
    assert set(people) == set(range(6))
    assert max(people.values()) - min(people.values()) <= 4  # one for each epoch


def test_pictures_are_dealt_like_cards() -> None:
    """A person of 20 pictures shows all of them before one comes again."""
    labels = np.repeat([0, 1], 20)
    sampler = PK(np.arange(40), labels, people=2, pictures=4, seed=5)
    for _ in range(3):
        seen = Counter(row for batch in sampler for row in batch)
        assert len(sampler) == 5
        assert set(seen.values()) == {1}


def test_singles_as_negatives() -> None:
    sampler = PK(ROWS, LABELS, people=7, pictures=2, least=1)
    assert sampler.left_out == 0
    for batch in sampler:
        assert len(set(subjects(batch))) == 7


Make = Callable[[], object]
REFUSED: dict[str, tuple[type[Exception], str, Make]] = {
    "name": (
        ConfigError,
        "no such sampler.*found random",
        lambda: build("random", {}, rows=ROWS, labels=LABELS, seed=0),
    ),
    "missing": (
        ConfigError,
        "shuffled.batch_size is missing",
        lambda: build("shuffled", {}, rows=ROWS, labels=LABELS, seed=0),
    ),
    "of another": (
        ConfigError,
        "p-k has no such.*found batch_size",
        lambda: build(
            "p-k", {"people": 2, "pictures": 2, "batch_size": 3}, rows=ROWS, labels=LABELS, seed=0
        ),
    ),
    "one picture": (
        ConfigError,
        "p-k.pictures is refused: .* 2, found 1",
        lambda: build("p-k", {"people": 2, "pictures": 1}, rows=ROWS, labels=LABELS, seed=0),
    ),
    "pairs": (ConfigError, "pairs and strangers", lambda: PK(ROWS, LABELS, people=1, pictures=4)),
    "too few people": (
        ConfigError,
        "expected 7 with 2 or more pictures, found 6 of 7",
        lambda: PK(ROWS, LABELS, people=7, pictures=2),
    ),
    "nobody": (DataError, "nothing to sample", lambda: Shuffled(ROWS[:0], batch_size=4)),
    "batches of nothing": (
        ConfigError,
        "expected 1 or more, found 0",
        lambda: Shuffled(ROWS, batch_size=0),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    kind, words, make = REFUSED[case]
    with pytest.raises(kind, match=words):
        make()
