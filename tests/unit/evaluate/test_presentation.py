"""Figures of presentation attack detection: what they are by hand, and what little data allows."""

import numpy as np
import pytest

from facewarden.errors import DataError
from facewarden.evaluate.presentation import Presentations, equal_error_threshold, measure


def made(rows: list[tuple[float, str, int]]) -> Presentations:
    """Build presentations from score, species and person."""
    score, species, subject = zip(*rows, strict=True)
    return Presentations(np.array(score, np.float64), species, np.array(subject, np.int64))


HAND = made(
    [
        *[(0.9, "", 0), (0.8, "", 1), (0.4, "", 2), (0.7, "", 3)],
        *[(0.6, "print", 0), (0.1, "print", 1)],
        *[(0.2, "replay", 0), (0.1, "replay", 1), (0.3, "replay", 2), (0.55, "replay", 3)],
    ]
)


def test_a_set_computed_by_hand() -> None:
    found = measure(HAND, 0.5)
    assert {one.name: one.apcer.value for one in found.species} == {"print": 0.5, "replay": 0.25}
    assert (found.worst, found.apcer.value, found.apcer_mean.value) == ("print", 0.5, 0.375)
    assert found.apcer_pooled.value == pytest.approx(2 / 6)
    assert found.bpcer.value == 0.25
    assert (found.acer.value, found.acer_mean.value) == (0.375, 0.3125)
    assert found.hter.value == pytest.approx((2 / 6 + 0.25) / 2)
    assert (found.bona_fide, found.people) == (4, 4)
    assert [one.people for one in found.species] == [2, 4]


def test_a_score_at_the_threshold_is_bona_fide() -> None:
    found = measure(HAND, 0.4)
    assert found.bpcer.value == 0
    assert measure(HAND, np.nextafter(0.4, 1)).bpcer.value == 0.25


def test_each_presentation_may_have_its_own_threshold() -> None:
    thresholds = np.where(HAND.subject == 2, 0.35, 0.5)
    assert measure(HAND, thresholds).bpcer.value == 0


def test_without_an_answer_a_presentation_counts_in_the_non_response_rates_only() -> None:
    more = made(
        [
            (float("nan"), "", 0),
            (float("nan"), "print", 1),
            (0.1, "print", 0),
            (0.2, "print", 1),
            (0.9, "", 1),
            (0.8, "", 2),
        ]
    )
    found = measure(more, 0.5)
    assert [found.bpcer.value, found.bpnrr.value] == pytest.approx([0, 1 / 3])
    first = found.species[0]
    assert [first.apcer.value, first.apnrr.value] == pytest.approx([0, 1 / 3])
    assert (found.species[0].presentations, found.bona_fide) == (3, 2)


def test_a_species_without_any_answer_is_told() -> None:
    silent = made(
        [
            *[(0.9, "", 0), (0.8, "", 1)],
            *[(0.1, "print", 0), (0.6, "print", 1), (float("nan"), "cut", 1)],
        ]
    )
    found = measure(silent, 0.5)
    cut, _ = found.species
    assert np.isnan(cut.apcer.value)
    assert (cut.apnrr.value, cut.people) == (1, 0)
    assert (found.worst, found.apcer.value, found.acer_mean.value) == ("print", 0.5, 0.25)


def test_no_error_is_no_proof_that_there_are_none() -> None:
    perfect = made(
        [(0.9, "", person) for person in range(10)]
        + [(0.1, "print", person) for person in range(10)]
        + [(0.1, "replay", person) for person in range(5)]
    )
    found = measure(perfect, 0.5)
    assert [found.acer.value, found.acer.high] == pytest.approx([0, 0.3])
    assert found.apcer.high == pytest.approx(0.6), "the species with five people says least"
    assert found.bpcer.note.startswith("rule of three")


def test_intervals_draw_people_not_clips() -> None:
    """A hundred clips of four people are four people: one whole person fails."""
    rows = [(0.9 if person else 0.1, "", person) for person in range(4) for _ in range(25)]
    rows += [(0.0, "print", person) for person in range(4)]
    found = measure(made(rows), 0.5)
    assert found.bpcer.value == 0.25
    assert found.bpcer.high - found.bpcer.low >= 0.5


def test_one_person_has_no_interval() -> None:
    found = measure(made([(0.9, "", 3), (0.1, "print", 3)]), 0.5)
    assert found.acer.value == 0


def test_a_rate_that_the_data_cannot_show_has_no_figure() -> None:
    assert [np.isnan(at.value) for at in measure(HAND, 0.5).bpcer_at] == [True, True, True]
    rows = [(0.01 * k, "print", k) for k in range(20)] + [(0.5 + 0.01 * k, "", k) for k in range(9)]
    at = measure(made(rows), 0.5).bpcer_at
    assert [float(one.value) for one in at[:2]] == [0, 0]
    assert np.isnan(at[2].value)


@pytest.mark.parametrize(
    "rows", [[(0.5, "", 0)], [(0.5, "print", 0)], [(0.5, "", 0), (float("nan"), "print", 0)]]
)
def test_one_kind_only_is_refused(rows: list[tuple[float, str, int]]) -> None:
    with pytest.raises(DataError, match="both kinds"):
        measure(made(rows), 0.5)
    with pytest.raises(DataError, match="both kinds"):
        equal_error_threshold(made(rows))


def test_the_threshold_of_separable_scores_lies_midway() -> None:
    rows = [(0.9, "", 0), (0.8, "", 1), (0.2, "print", 0), (0.4, "print", 1)]
    assert equal_error_threshold(made(rows)) == pytest.approx((0.6, 0))


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="length"):
        Presentations(np.zeros(2), ("",), np.zeros(2, np.int64))
    with pytest.raises(DataError, match="finite"):
        Presentations(np.array([np.inf]), ("",), np.zeros(1, np.int64))
