"""Accuracy, precision, recall and F1: scikit-learn's own are the second derivation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from facewarden.train.classify.closed_set import FIGURES, ClosedSet, overall

answers = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40
)  # fmt: skip


@given(answers)
def test_as_scikit_learn_has_it(pairs: list[tuple[int, int]]) -> None:
    truth, named = (np.array(side) for side in zip(*pairs, strict=True))
    found = ClosedSet(truth, named, 5)
    probed = np.unique(truth)
    macro, weighted = (
        precision_recall_fscore_support(truth, named, labels=probed, average=how, zero_division=0)[
            :3
        ]
        for how in ("macro", "weighted")
    )
    values = overall(found.confusion, (np.bincount(truth, minlength=5) > 0).astype(float))
    expected = [accuracy_score(truth, named), *macro, *weighted]
    assert values == pytest.approx(expected)
    each = precision_recall_fscore_support(truth, named, labels=range(5), zero_division=0)[:3]
    assert found.by_class[probed] == pytest.approx(np.stack(each, axis=1)[probed])
    assert np.isnan(found.by_class[np.setdiff1d(range(5), probed)]).all()


@given(answers, st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_a_person_drawn_twice_counts_twice(pairs: list[tuple[int, int]], times: list[int]) -> None:
    repeated = [pair for pair in pairs for _ in range(times[pair[0]])]
    if not repeated:
        return
    truth, named = (np.array(side) for side in zip(*pairs, strict=True))
    accuracy = overall(ClosedSet(truth, named, 5).confusion, np.array(times, float))[0]
    assert accuracy == pytest.approx(np.mean([of == called for of, called in repeated]))


def test_wrong_names_are_as_frequent_in_the_draws() -> None:
    """Few probes of many people: the mean of what is drawn is the figure, not above it."""
    random = np.random.default_rng(3)
    truth = np.repeat(np.arange(25), 4)
    named = np.where(random.random(100) < 0.25, random.integers(25, size=100), truth)
    confusion = ClosedSet(truth, named, 25).confusion
    value = overall(confusion, np.ones(25))
    draws = [
        overall(confusion, np.bincount(random.integers(25, size=25), minlength=25).astype(float))
        for _ in range(2000)
    ]
    # 0.03 is left, of dividing by a number that is drawn; with own probes by weight it was 0.08.
    assert np.mean(draws, axis=0) == pytest.approx(value, abs=0.04)


def test_intervals_hold_the_figure_and_no_mistake_promises_nothing() -> None:
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(20), 6)
    named = np.where(random.random(120) < 0.1, (truth + 1) % 20, truth)
    for name, one in ClosedSet(truth, named, 20).estimates.items():
        assert one.low < one.value < one.high, name
    perfect = ClosedSet(truth, truth, 20).estimates
    assert list(perfect) == list(FIGURES)
    assert perfect["accuracy"].value == 1
    assert perfect["accuracy"].low == pytest.approx(1 - 3 / 20)
