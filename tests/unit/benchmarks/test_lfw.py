from pathlib import Path

import numpy as np
import pytest
from benchmarks.lfw import (
    best_threshold,
    impostor_histogram,
    read_pairs,
    similarity_at,
    verification,
)

from factories import unit_rows


def test_pairs(tmp_path: Path) -> None:
    (tmp_path / "pairs.txt").write_text("2\t1\nA\t1\t4\nA\t1\tB_C\t22\nD\t2\t3\nA\t4\tD\t1\n")
    pairs = read_pairs(tmp_path)
    assert [path.name for path in pairs.left] == [
        "A_0001.jpg", "A_0001.jpg", "D_0002.jpg", "A_0004.jpg",
    ]  # fmt: skip
    assert [path.name for path in pairs.right] == [
        "A_0004.jpg", "B_C_0022.jpg", "D_0003.jpg", "D_0001.jpg",
    ]  # fmt: skip
    assert pairs.same.tolist() == [True, False, True, False]
    assert pairs.fold.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_best_threshold_is_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    same = rng.random(60) < 0.5
    similarity = np.where(same, rng.normal(0.5, 0.2, 60), rng.normal(0.2, 0.2, 60))
    similarity = similarity.astype(np.float32)
    threshold = best_threshold(similarity, same)
    accuracy = ((similarity >= threshold) == same).mean()
    assert accuracy == max(((similarity >= t) == same).mean() for t in [-1, *similarity, 1])


def test_verification_by_hand(tmp_path: Path) -> None:
    (tmp_path / "pairs.txt").write_text("2\t1\nA\t1\t4\nA\t1\tB\t2\nD\t2\t3\nA\t4\tD\t1\n")
    similarity = np.array([0.9, 0.1, 0.8, 0.2], np.float32)
    assert verification(similarity, read_pairs(tmp_path)).startswith("accuracy 100.00 % +- 0.00")


def test_calibration_counts_every_impostor_pair_once() -> None:
    vectors = unit_rows(4, 700)  # more than one block of rows
    people = np.random.default_rng(4).integers(0, 90, 700)
    similarity = vectors @ vectors.T
    upper = np.triu(people[:, None] != people[None], k=1)
    impostors = np.sort(similarity[upper])[::-1]
    counts = impostor_histogram(vectors, people)
    assert counts.sum() == len(impostors)
    for rate in (0.1, 1e-2, 1e-3):
        threshold = similarity_at(counts, rate)
        reach = (impostors >= threshold).sum()
        # The histogram's bins are 1e-5 wide: a few pairs may lie in the same one.
        assert reach <= rate * len(impostors) < reach + 40
