"""Differentials between groups that are known, since the templates were made to have them."""

from itertools import pairwise

import numpy as np
import pytest

from facewarden.data import Float32
from facewarden.errors import DataError, InputError
from facewarden.evaluate.alike import alike_pairs
from facewarden.evaluate.fairness import AtLevel, Differential, at_levels
from facewarden.evaluate.fairness_report import plots, tables, warnings
from facewarden.evaluate.grouped import gather


def templates(people: int, spread: float, seed: int, dimension: int = 16) -> Float32:
    """Return two unit rows a person, people the more alike the smaller `spread` is."""
    random = np.random.default_rng(seed)
    centre = np.zeros(dimension)
    centre[0] = 1
    faces = centre + spread * random.standard_normal((people, dimension))
    rows = np.repeat(faces, 2, axis=0) + 0.05 * random.standard_normal((2 * people, dimension))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def measured(
    *sizes: int,
    spreads: tuple[float, ...],
    thresholds: tuple[float, ...] = (0.5,),
    enrolled: int = 5,
) -> tuple[AtLevel, ...]:
    vectors = np.concatenate(
        [templates(n, s, i) for i, (n, s) in enumerate(zip(sizes, spreads, strict=True))]
    )
    people = sum(sizes)
    group = np.repeat(np.repeat(np.arange(len(sizes)), sizes), 2)
    names = tuple("abcdef"[: len(sizes)])
    subject = np.repeat(np.arange(people), 2)
    return at_levels(gather(vectors, subject, group, names, np.array(thresholds), enrolled))


def differential(level: AtLevel, rate: str) -> Differential:
    return next(one for one in level.differentials if one.rate == rate)


def test_a_group_of_people_who_are_alike_is_the_worst() -> None:
    (level,) = measured(60, 60, spreads=(0.5, 0.8))
    fmr = differential(level, "FMR")
    assert (fmr.worst, fmr.best) == ("a", "b")
    a, b = (group.fmr.value for group in level.groups)
    assert fmr.worst_to_best.value == pytest.approx(a / b)
    assert fmr.worst_to_mean.value == pytest.approx(a / np.sqrt(a * b))
    assert 1 < fmr.by_chance < fmr.worst_to_best.value
    assert fmr.worst_to_best.low > 1
    assert differential(level, "FPIR").worst == "a"
    for group in level.groups:
        assert group.fmr.low < group.fmr.value < group.fmr.high
        assert group.fmr.count == 120


def test_groups_at_random_are_apart_by_chance_only() -> None:
    (level,) = measured(60, 60, 60, spreads=(0.8, 0.8, 0.8))
    fmr = differential(level, "FMR")
    # Above 1 all the same: that is what the last column is for.
    assert 1 < fmr.worst_to_best.value < fmr.by_chance


def test_no_error_says_only_so_much() -> None:
    (level,) = measured(40, 40, spreads=(0.5, 0.8), thresholds=(0.995,))
    b = level.groups[1].fmr
    assert (b.value, b.low) == (0, 0)
    assert b.high == pytest.approx(3 / (40 * 39 / 2))
    assert (b.note, b.count) == ("rule of three: none seen", 780)
    fmr = differential(level, "FMR")
    assert np.isnan(fmr.worst_to_best.value)
    assert fmr.worst_to_best.note == "no error seen in a, b"


def test_a_small_group_is_shown_and_left_out_of_the_ratios() -> None:
    levels = measured(40, 40, 3, spreads=(0.7, 0.8, 0.2))
    (level,) = levels
    assert level.groups[2].fmr.value == 1
    assert differential(level, "FMR").worst == "a"
    (said,) = [s for s in warnings(level, [0.5], levels, 5, 5) if "left out" in s]
    assert said == "Fewer than 30 people in c (3): shown, but left out of the ratios."
    assert any(
        "c (fewer than 30 people)" in str(row[0]) for row in tables(level, levels, "x", 5)[0].rows
    )


def test_only_one_group_is_large_enough() -> None:
    (level,) = measured(40, 3, spreads=(0.8, 0.8))
    assert differential(level, "FMR").worst_to_best.note == "fewer than two groups large enough"


def test_one_person_has_nobody_to_be_compared_with() -> None:
    (level,) = measured(40, 1, spreads=(0.8, 0.8))
    assert level.groups[1].fmr.note == "nothing to compare"


@pytest.mark.parametrize(
    ("operating", "tested", "word"),
    [(0.5, [0.6, 0.7], "below 0.6000, the lowest tested one"), (0.7, [0.5, 0.6], "above 0.6000")],
)
def test_threshold_outside_the_tested_ones(
    operating: float, tested: list[float], word: str
) -> None:
    levels = measured(40, 40, spreads=(0.5, 0.5), thresholds=(0.5, 0.6, 0.7))
    level = next(one for one in levels if one.threshold == operating)
    assert any(word in said for said in warnings(level, tested, levels, 5, 5))


def test_within_the_tested_ones_nothing_is_said() -> None:
    levels = measured(60, 60, spreads=(0.5, 0.5), thresholds=(0.5, 0.6))
    assert warnings(levels[0], [0.5, 0.6], levels, 5, 5) == ()


def test_too_few_false_matches_are_said_with_where_there_are_enough() -> None:
    levels = measured(60, 60, spreads=(0.6, 0.7), thresholds=(0.4, 0.9))
    (said,) = [s for s in warnings(levels[1], [0.4, 0.9], levels, 5, 5) if "rule of 30" in s]
    assert said.endswith("Every group has them at 0.4000 and below.")


def test_a_longer_list_than_there_are_people() -> None:
    levels = measured(40, 40, spreads=(0.5, 0.5), enrolled=1000)
    (said,) = warnings(levels[0], [0.5], levels, 1000, 79)
    assert said == "FPIR is for a watchlist of 79 people, not 1,000: the data have no more."


def test_lower_thresholds_never_match_less() -> None:
    levels = measured(40, 40, spreads=(0.6, 0.7), thresholds=(0.3, 0.5, 0.7, 0.9))
    for lower, higher in pairwise(levels):
        for one, other in zip(lower.groups, higher.groups, strict=True):
            assert one.fmr.value >= other.fmr.value
            assert one.fpir.value >= other.fpir.value
            assert one.fnmr.value <= other.fnmr.value
            assert one.false_matches >= other.false_matches


def test_embeddings_that_are_not_numbers() -> None:
    vectors = templates(3, 0.5, 0)
    vectors[2] = np.nan
    with pytest.raises(DataError, match="1 with NaN"):
        gather(
            vectors, np.repeat([0, 1, 2], 2), np.zeros(6, np.int64), ("a", "b"), np.array([0.5]), 2
        )


def test_too_low_a_threshold_is_refused_before_memory_is_full() -> None:
    vectors = templates(30, 0.01, 0)
    with pytest.raises(InputError, match="more than 100 comparisons"):
        alike_pairs(vectors, np.arange(60), 0.1, most=100)


def test_plots_can_be_drawn() -> None:
    from matplotlib.figure import Figure

    levels = measured(40, 40, spreads=(0.6, 0.7), thresholds=(0.4, 0.6))
    for plot in plots(levels[1], levels, "age"):
        plot.draw(Figure().subplots())


def test_one_error_gives_no_narrower_interval_than_none() -> None:
    """Thresholds from where all are alike to where nobody is: each count of events comes once."""
    thresholds = tuple(np.arange(0.5, 1, 0.01).tolist())
    levels = measured(40, 40, spreads=(0.5, 0.8), thresholds=thresholds)
    pairs = 40 * 39 / 2
    few = [
        one
        for level in levels
        for one in (group.fmr for group in level.groups)
        if 0 < one.value * pairs < 30
    ]
    assert few
    for one in few:
        assert one.note == "few events"
        assert one.high > 3 / pairs
        assert one.low <= one.value <= one.high
    assert any(group.fmr.note == "" for level in levels for group in level.groups)


def test_that_everybody_is_missed_is_known_by_the_people_only() -> None:
    (level,) = measured(40, 40, spreads=(0.5, 0.8), thresholds=(0.99999,))
    missed = level.groups[0].fnmr
    assert (missed.value, missed.low) == pytest.approx((1, 1 - 3 / 40))


def test_what_chance_does_stands_in_every_row_of_the_ladder() -> None:
    levels = measured(60, 60, spreads=(0.5, 0.8), thresholds=(0.3, 0.5))
    (ladder,) = [t for t in tables(levels[0], levels, "x", 5) if t.title.startswith("FMR by x, al")]
    assert ladder.columns[-1] == "by chance"
    for row, level in zip(ladder.rows, levels, strict=True):
        assert row[-1] == f"{differential(level, 'FMR').by_chance:.2f}"
