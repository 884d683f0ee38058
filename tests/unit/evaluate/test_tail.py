"""The fit against laws that are known, and what a cohort that cannot carry one is told."""

import numpy as np
import pytest
from scipy.stats import genpareto

from facewarden.errors import DataError
from facewarden.evaluate.calibration import (
    StrangerTracks,
    alert_shares,
    check_budgets,
    looks_factors,
    reference_factors,
)
from facewarden.evaluate.tail import (
    Probes,
    compare,
    fitted,
    held_out,
    least_people,
    moments,
    refits,
    trusted_to,
)


def strangers(people: int, of_each: int = 1, seed: int = 3, dimension: int = 24) -> Probes:
    """Random directions: what a perfect embedder would make of strangers."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((people * of_each, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Probes(vectors, np.repeat(np.arange(people), of_each).astype(np.int64))


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.15])
def test_moments_find_the_law_that_was_drawn(shape: float) -> None:
    drawn = genpareto.rvs(shape, scale=0.025, size=50_000, random_state=4)
    scale, found = moments(drawn, np.ones(len(drawn)))
    assert found == pytest.approx(shape, abs=0.025)
    assert scale == pytest.approx(0.025, rel=0.03)


def test_weights_count_as_repetitions() -> None:
    drawn = genpareto.rvs(0.05, scale=0.02, size=2000, random_state=4)
    weight = np.random.default_rng(1).integers(1, 4, len(drawn))
    repeated = np.repeat(drawn, weight)
    assert moments(drawn, weight.astype(float)) == pytest.approx(
        moments(repeated, np.ones(len(repeated))), rel=2e-3
    )


def test_the_tail_of_random_directions() -> None:
    # Of unit vectors in d dimensions, (cosine + 1) / 2 is Beta((d - 1) / 2, (d - 1) / 2).
    from scipy.stats import beta

    probes = strangers(1200)
    tail = fitted(compare(probes, probes))
    for rate in (0.1, 1e-2, 1e-3, 1e-4, 1e-5):
        exact = 2 * beta.isf(rate, 11.5, 11.5) - 1
        assert tail.similarity_at(rate) == pytest.approx(exact, abs=0.02), rate


def test_somebody_with_many_photographs_weighs_as_much_as_others() -> None:
    probes = strangers(200)
    one = probes.vectors[:1]
    many = Probes(
        np.concatenate([probes.vectors, np.repeat(one, 300, axis=0)]),
        np.concatenate([probes.people, np.zeros(300, np.int64)]),
    )
    plain, crowded = compare(probes, probes), compare(many, many)
    np.testing.assert_allclose(plain.histogram, crowded.histogram, atol=1e-9)
    assert moments(plain.excess, plain.weight) == pytest.approx(
        moments(crowded.excess, crowded.weight), rel=0.05
    )


def test_a_halved_cohort_foretells_its_other_half() -> None:
    probes = strangers(600)
    (common, rare) = held_out(compare(probes, probes), (1e-3 / 2, 1e-4), halvings=10)
    assert common.observed == pytest.approx(common.rate, rel=0.15)
    assert rare.ratio_low < 1 < rare.ratio_high


def test_more_people_are_trusted_further() -> None:
    reached = []
    for people in (100, 1000):
        probes = strangers(people)
        compared = compare(probes, probes)
        reached.append(trusted_to(fitted(compared), refits(compared, 100)))
    assert reached[1] < reached[0] / 3


@pytest.mark.parametrize("people", [1, 2, least_people() - 1])
def test_too_few_people(people: int) -> None:
    probes = strangers(people, 5)
    with pytest.raises(DataError, match=f"at least {least_people()} people"):
        compare(probes, probes)


def test_a_model_that_takes_strangers_for_one_person_has_no_tail() -> None:
    """As one that was hardly trained: the index of a bin was looked for that there is not."""
    probes = strangers(least_people() + 4)
    same = Probes(np.tile(probes.vectors[:1], (len(probes.vectors), 1)), probes.people)
    with pytest.raises(DataError, match=r"takes strangers for one person.*found 100 %"):
        compare(same, same)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_embeddings_that_are_none(value: float) -> None:
    vectors = strangers(3).vectors.copy()
    vectors[1] = value
    with pytest.raises(DataError, match="1 of 3 embeddings"):
        Probes(vectors, np.arange(3))


def test_alert_shares_are_those_of_drawn_galleries() -> None:
    random = np.random.default_rng(8)
    best = random.random((40, 60)).astype(np.float32)
    counts = np.full(40, 60)
    exact = alert_shares(best, counts, 7, 0.9).mean()
    drawn = [
        (best[:, random.choice(60, 7, replace=False)].max(axis=1) >= 0.9).mean()
        for _ in range(2000)
    ]
    assert exact == pytest.approx(np.mean(drawn), abs=0.01)
    assert (alert_shares(best, counts, 7, 2.0) == 0).all()


def tracks(number: int, looks: int, others: Probes) -> StrangerTracks:
    """Tracks of as many independent looks: the most that looks can do."""
    random = np.random.default_rng(11)
    found = []
    for _ in range(number):
        drawn = random.standard_normal((looks, others.vectors.shape[1])).astype(np.float32)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        found.append(drawn @ others.vectors.T)
    everybody = np.ones(len(others.vectors), np.bool_)
    return StrangerTracks(tuple(found), (everybody,) * number, np.arange(number))


def test_independent_looks_are_as_many_chances() -> None:
    others = strangers(400)
    tail = fitted(compare(others, others))
    factors = dict(looks_factors(tracks(200, 8, others), tail))
    for looks in (1, 2, 4, 8):
        assert factors[looks] == pytest.approx(looks, rel=0.15)


def test_too_few_tracks_give_no_factor() -> None:
    others = strangers(400)
    assert looks_factors(tracks(5, 8, others), fitted(compare(others, others))) == ()


def test_references_that_never_help_are_one_chance() -> None:
    similarity = np.random.default_rng(2).random((200, 50)).astype(np.float32)
    stranger = np.ones_like(similarity, np.bool_)
    same = [(count, similarity, stranger) for count in (1, 2, 4)]
    assert reference_factors(same) == ((1, 1.0), (2, 1.0), (4, 1.0))


def test_budgets_hold_on_tracks_of_others() -> None:
    others = strangers(800)
    tail = fitted(compare(others, others))
    seen = tracks(400, 1, strangers(800, seed=9))
    for check in check_budgets(tail, seen, subjects=(10, 100), budgets=(0.1, 0.01), looks=1):
        assert 0.6 < check.ratio < 1.6, check
        assert check.foretold >= 10


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_cohort_can_be_refitted(seed: int) -> None:
    # The rate at the start of the tail moves with the people drawn, past points of the body.
    probes = strangers(least_people() + 4, seed=seed)
    compared = compare(probes, probes)
    assert len(refits(compared, 50)) == 50
    assert trusted_to(fitted(compared), refits(compared, 50)) <= compared.rate_at_start
