"""Every miner against a slow twin; batches without a triplet; draws that a checkpoint keeps."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from facewarden.train.miners.all_triplets import AllTriplets
from facewarden.train.miners.distances import different, same, squared_distances
from facewarden.train.miners.hard import Hard
from facewarden.train.miners.miner import Miner, Triplets
from facewarden.train.miners.random_negative import RandomNegative
from facewarden.train.miners.semi_hard import SemiHard
from reference import slow_losses as slow

MINERS: dict[str, Callable[[], Miner]] = {
    "all": AllTriplets,
    "semi-hard": lambda: SemiHard(0.5),
    "hard": Hard,
    "random": RandomNegative,
}


def batch(seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(5, (11,), generator=generator)
    return torch.randn(11, 4, generator=generator, dtype=torch.float64), labels


def rows(found: Triplets) -> list[tuple[int, ...]]:
    return sorted(zip(*(part.tolist() for part in found), strict=True))


@pytest.mark.parametrize("name", ["all", "semi-hard", "hard"])
@pytest.mark.parametrize("seed", range(5))
def test_against_the_slow_twin(name: str, seed: int) -> None:
    x, labels = batch(seed)
    expected = {
        "all": lambda: slow.triplets(labels.numpy()),
        "semi-hard": lambda: slow.semi_hard(x.numpy(), labels.numpy(), 0.5),
        "hard": lambda: slow.hard(x.numpy(), labels.numpy()),
    }[name]()
    assert rows(MINERS[name]()(squared_distances(x), labels)) == sorted(expected)


def test_random_negatives() -> None:
    x, labels = batch(0)
    every = set(slow.triplets(labels.numpy()))
    miner = RandomNegative()
    seen = [rows(miner(squared_distances(x), labels)) for _ in range(200)]
    pairs = {(a, p) for a, p, _ in every}
    for found in seen:
        assert set(found) <= every
        assert [(a, p) for a, p, _ in found] == sorted(pairs)
    assert {triplet for found in seen for triplet in found} == every


def test_random_negatives_go_on_where_a_checkpoint_stood() -> None:
    x, labels = batch(0)
    one, other = RandomNegative(), RandomNegative(seed=7)
    one(squared_distances(x), labels)
    other.load_state_dict(one.state_dict())
    assert rows(one(squared_distances(x), labels)) == rows(other(squared_distances(x), labels))


NO_TRIPLET = {"one": [0], "one subject": [1, 1, 1], "strangers": [0, 1, 2], "two": [0, 0]}


@pytest.mark.parametrize("case", NO_TRIPLET)
@pytest.mark.parametrize("name", MINERS)
def test_no_triplet_is_an_answer(name: str, case: str) -> None:
    labels = torch.tensor(NO_TRIPLET[case])
    found = MINERS[name]()(squared_distances(torch.randn(len(labels), 3)), labels)
    assert [part.dtype for part in found] == [torch.int64] * 3
    assert rows(found) == []


def test_distances_and_pairs() -> None:
    x = torch.tensor([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])
    torch.testing.assert_close(
        squared_distances(x), torch.tensor([[0.0, 2.0, 4.0], [2.0, 0.0, 2.0], [4.0, 2.0, 0.0]])
    )
    labels = torch.tensor([5, 5, 6])
    assert same(labels).nonzero().tolist() == [[0, 1], [1, 0]]
    assert different(labels).nonzero().tolist() == [[0, 2], [1, 2], [2, 0], [2, 1]]
