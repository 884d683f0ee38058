"""Rates by group, gathered in blocks, are what looking at every comparison gives."""

import numpy as np
import pytest

from facewarden.evaluate.alike import alike_pairs
from facewarden.evaluate.grouped import (
    Grouped,
    false_match_rates,
    gather,
    mean_by_group,
    none_drawn,
)
from factories import unit_rows
from reference import slow_fairness

THRESHOLDS = np.array([0.05, 0.3, 0.6])


def drawn(seed: int, *, by_person: bool) -> tuple[np.ndarray, list[int], list[int]]:
    random = np.random.default_rng(seed)
    subject = np.sort(np.append(np.arange(7), random.integers(7, size=15)))
    group = (subject % 3) if by_person else random.integers(3, size=len(subject))
    rows = unit_rows(seed, len(subject), 4)
    # People are like themselves, and some photograph shows no face.
    centres = unit_rows(seed + 1, 7, 4)
    vectors = rows + centres[subject]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[3] = 0
    return vectors.astype(np.float32), subject.tolist(), group.tolist()


def gathered(seed: int, *, by_person: bool, enrolled: int = 3) -> Grouped:
    vectors, subject, group = drawn(seed, by_person=by_person)
    names = ("a", "b", "c")
    return gather(vectors, np.array(subject), np.array(group), names, THRESHOLDS, enrolled)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("by_person", [True, False])
def test_rates(seed: int, by_person: bool) -> None:
    vectors, subject, group = drawn(seed, by_person=by_person)
    grouped = gathered(seed, by_person=by_person)
    ones = np.ones(grouped.subjects)
    fmr = false_match_rates(grouped, grouped.group, ones)
    fnmr = mean_by_group(grouped.missed, grouped, grouped.group, ones)
    fpir = mean_by_group(grouped.raised, grouped, grouped.group, ones)
    for level, least in enumerate(THRESHOLDS):
        for g in range(3):
            slow = slow_fairness.false_non_match_rate(vectors, subject, group, g, least)
            assert fnmr[g, level] == pytest.approx(slow, nan_ok=True)
            slow = slow_fairness.false_positive_rate(vectors, subject, group, g, least, 3)
            assert fpir[g, level] == pytest.approx(slow, nan_ok=True)
            for h in range(3):
                slow = slow_fairness.false_match_rate(vectors, subject, group, (g, h), least)
                assert fmr[g, h, level] == pytest.approx(slow, nan_ok=True)


@pytest.mark.parametrize("seed", range(5))
def test_a_subject_drawn_twice_is_another_person_of_the_same_face(seed: int) -> None:
    """Copies of a subject are compared with all others, never with each other."""
    grouped = gathered(seed, by_person=True)
    weights = np.ones(grouped.subjects)
    weights[2], weights[4] = 2, 0
    fast = false_match_rates(grouped, grouped.group, weights)
    vectors, subject, group = drawn(seed, by_person=True)
    rows = [i for i, s in enumerate(subject) if s != 4]
    again = [i for i, s in enumerate(subject) if s == 2]
    rates = []
    for g in range(3):
        compared: dict[tuple[int, int], list[float]] = {}
        people = [(i, subject[i]) for i in rows] + [(i, 100) for i in again]
        for a, (i, s) in enumerate(people):
            for j, o in people[a + 1 :]:
                if group[i] == group[j] == g and s % 98 != o % 98:
                    hit = float(vectors[i] @ vectors[j]) >= THRESHOLDS[0]
                    compared.setdefault((min(s, o), max(s, o)), []).append(hit)
        rates.append(np.mean([np.mean(m) for m in compared.values()]) if compared else np.nan)
    assert fast[np.arange(3), np.arange(3), 0] == pytest.approx(rates, nan_ok=True)


@pytest.mark.parametrize("block", [1, 3, 7, 100])
def test_blocks_of_any_size_find_the_same_pairs(block: int) -> None:
    vectors, subject, _ = drawn(0, by_person=True)
    found = alike_pairs(vectors, np.array(subject), 0.2, block=block)
    slow = {
        (i, j)
        for i in range(len(subject))
        for j in range(i + 1, len(subject))
        if subject[i] != subject[j] and vectors[i] @ vectors[j] >= 0.2
    }
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == slow
    assert len(found.left) == len(slow)


@pytest.mark.parametrize(
    ("hits", "people", "enrolled", "chance"),
    [(0, 10, 3, 1.0), (10, 10, 3, 0.0), (8, 10, 3, 0.0), (1, 10, 3, 0.7), (2, 10, 1, 0.8)],
)
def test_none_drawn(hits: int, people: int, enrolled: int, chance: float) -> None:
    assert none_drawn(np.array([float(hits)]), people, enrolled)[0] == pytest.approx(chance)
