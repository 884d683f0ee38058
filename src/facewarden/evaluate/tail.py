"""The tail of impostor similarities: which law, how it is fitted, and how far it is trusted.

Excesses over a high similarity follow a generalised Pareto distribution (Pickands 1975; Coles 2001,
section 4). It is fitted to comparisons, not to each probe's highest similarity: that depends on the
length of the gallery, and a watchlist changes its length every day. That strangers make 1 - (1 -
FMR)^N alerts with a gallery of N is checked apart (`evaluate.calibration`).

The fit is by probability-weighted moments (Hosking and Wallis 1987): closed form, so that it has no
start to choose and no way to fail to converge, and for shapes between -0.2 and 0.2, as cosine
similarities have, about as good as maximum likelihood.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.data.calibration import ImpostorTail
from facewarden.errors import DataError
from facewarden.evaluate.intervals import SEED

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

BINS = 20_000
"""Of similarity, each 1e-4 wide: what thresholds are written with."""
ROWS = 512
"""Probes compared at once: memory is this times the references."""
TAIL_FROM = 1e-3
"""The rate from which excesses are Pareto. From 1e-2 the law is not reached yet: on the held-out
half of lfw-dev's people it foretold 2 to 4 times too few comparisons at 1e-6, from 1e-3 1.0 to
3.8 times, around 1.6 (2026-11-22, four halvings)."""
LEAST_EXCESSES = 50
"""Pairs of people above the tail's start; with fewer the shape's standard error exceeds 0.15."""
BODY = (0.95, 0.75, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3)
WITHIN = 2.0
"""A rate is trusted while 95 % of refits stay within this factor of it."""
REFITS = 200


@dataclass(frozen=True, slots=True)
class Probes:
    """Templates to compare.

    Attributes:
        vectors: (n, d) float32 unit rows.
        people: (n,) who each shows, from 0; the same numbers for probes and references.
    """

    vectors: Float32
    people: Int64

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.people):
            raise DataError("templates and people differ in number")
        length = np.linalg.norm(self.vectors, axis=1)
        if not np.allclose(length, 1, atol=1e-3):  # also where one is NaN
            bad = int((~(np.abs(length - 1) <= 1e-3)).sum())
            raise DataError(
                f"{bad} of {len(length)} embeddings are no finite unit vectors",
                remedy="check the model's card, or leave those files out",
            )


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Impostor comparisons of `people` people, every pair of people weighing the same.

    Attributes:
        histogram: (BINS,) share of all pairs of people by similarity, -1 to 1; sums to 1.
        excess: (m,) similarity above `start`'s, of those above.
        probe, reference: (m,) who was compared.
        weight: (m,) each as a part of its pair of people.
        start: similarity at which the tail begins; rate_at_start the share above.
        count: comparisons, unweighted.
    """

    histogram: Float64
    excess: Float64
    probe: Int64
    reference: Int64
    weight: Float64
    start: float
    rate_at_start: float
    people: int
    count: int

    @property
    def pairs(self) -> int:
        """Pairs of people above the start of the tail."""
        low, high = np.sort(np.stack([self.probe, self.reference]), axis=0)
        return len(np.unique(low * np.int64(self.people) + high))


def compare(probes: Probes, references: Probes, *, start_rate: float = TAIL_FROM) -> Comparisons:
    """Compare all probes with all references of other people, in blocks.

    Somebody with 500 photographs weighs as much as somebody with one: each comparison counts as
    its part of the pair of people. Counted plainly, one person of lfw-dev's 2,805 stands in 7 % of
    all comparisons and ten in 22 %.

    Raises:
        DataError: fewer people than `least_people()`, or strangers whom the model does not part.
    """
    every = np.unique(np.concatenate([probes.people, references.people]))
    if len(every) < least_people():
        raise DataError(
            "the cohort is too small for a tail",
            expected=f"at least {least_people()} people",
            found=str(len(every)),
            remedy="add photographs of other people",
        )
    histogram, count = np.zeros(BINS), 0
    for similarity, different, weight, _ in _blocks(probes, references):
        place = np.clip(((similarity[different] + 1) * (BINS / 2)).astype(np.int64), 0, BINS - 1)
        histogram += np.bincount(place, weights=weight[different], minlength=BINS)
        count += len(place)
    total = histogram.sum()
    histogram /= total
    least = min(0.05, max(start_rate, LEAST_EXCESSES / (len(every) * (len(every) - 1) / 2)))
    survival = np.cumsum(histogram[::-1])[::-1]
    below = np.flatnonzero(survival <= least)
    if not len(below):
        raise DataError(
            "the model takes strangers for one person, so there is no tail to fit",
            expected=f"at most {100 * least:.3g} % of their similarities at its highest, 1",
            found=f"{100 * survival[-1]:.3g} %",
            remedy="use a model that was trained further",
        )
    edge = int(below[0])
    start = edge / (BINS / 2) - 1
    found = [
        (similarity[row, column] - start, probes.people[begin + row], references.people[column],
         weight[row, column])
        for similarity, different, weight, begin in _blocks(probes, references)
        for row, column in [np.nonzero(different & (similarity >= start))]
    ]  # fmt: skip
    excess, probe, reference, weight = (
        np.concatenate(list(column)) for column in zip(*found, strict=True)
    )
    return Comparisons(
        histogram,
        excess.astype(np.float64),
        probe.astype(np.int64),
        reference.astype(np.int64),
        weight / total,
        start,
        float(survival[edge]),
        len(every),
        count,
    )


def least_people() -> int:
    """Return how many people a tail needs: their pairs give LEAST_EXCESSES above the 5 % point."""
    return int(np.ceil((1 + np.sqrt(1 + 8 * LEAST_EXCESSES / 0.05)) / 2))


def _blocks(
    probes: Probes, references: Probes
) -> Iterator[tuple[Float32, NDArray[np.bool_], Float64, int]]:
    """Yield similarities, where people differ, the weight of each, and the first row's number."""
    own, theirs = (1 / _of_each(side.people)[side.people] for side in (probes, references))
    for begin in range(0, len(probes.vectors), ROWS):
        rows = slice(begin, begin + ROWS)
        yield (
            probes.vectors[rows] @ references.vectors.T,
            probes.people[rows, None] != references.people[None],
            own[rows, None] * theirs[None],
            begin,
        )


def _of_each(people: Int64) -> Int64:
    return np.bincount(people)


def moments(excess: Float64, weight: Float64) -> tuple[float, float]:
    """Return (scale, shape) of a generalised Pareto law by probability-weighted moments.

    With a0 = E[X] and a1 = E[X (1 - F(X))]: shape = 2 - a0 / (a0 - 2 a1), scale = 2 a0 a1 / (a0 -
    2 a1) (Hosking and Wallis 1987, equation 3.1, whose k is minus this shape).

    Args:
        excess: (m,) above 0.
        weight: (m,) of each; any scale.
    """
    order = np.argsort(excess)
    x, w = excess[order], weight[order] / weight.sum()
    above = 1 - np.cumsum(w) + w / 2
    a0 = float((w * x).sum())
    a1 = float((w * x * above).sum())
    return 2 * a0 * a1 / (a0 - 2 * a1), 2 - a0 / (a0 - 2 * a1)


def fitted(compared: Comparisons, trusted_to: float = 1e-12) -> ImpostorTail:
    """Return the tail that all comparisons give."""
    scale, shape = moments(compared.excess, compared.weight)
    return _tail(compared, compared.rate_at_start, scale, shape, trusted_to)


def _tail(
    compared: Comparisons, rate: float, scale: float, shape: float, trusted_to: float
) -> ImpostorTail:
    survival = np.cumsum(compared.histogram[::-1])[::-1]
    body = [
        (wanted, float(np.flatnonzero(survival <= wanted)[0] / (BINS / 2) - 1))
        for wanted in BODY
        if wanted > max(rate, compared.rate_at_start) * 1.01
    ]
    return ImpostorTail((*body, (rate, compared.start)), scale, shape, trusted_to)


def refits(compared: Comparisons, count: int = REFITS, seed: int = SEED) -> list[ImpostorTail]:
    """Fit again and again with people drawn with replacement; pairs weigh as both were drawn."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        drawn = np.bincount(
            random.integers(compared.people, size=compared.people), minlength=compared.people
        )
        found.append(_refit(compared, drawn))
    return found


def _refit(compared: Comparisons, drawn: Int64) -> ImpostorTail:
    weight = compared.weight * drawn[compared.probe] * drawn[compared.reference]
    kept = weight > 0
    scale, shape = moments(compared.excess[kept], weight[kept])
    everybody = compared.people * (compared.people - 1)
    share = (drawn.sum() ** 2 - (drawn**2).sum()) / everybody
    return _tail(compared, float(min(1.0, weight.sum() / share)), scale, shape, 1e-12)


def trusted_to(fit: ImpostorTail, again: list[ImpostorTail]) -> float:
    """Return the least rate, in steps of a tenth of a decade, whose refits stay within WITHIN.

    At the similarity that the fit gives for the rate, 95 % of the refits must give a rate between
    half and twice of it.
    """
    start = fit.body[-1][0]
    least = start
    for step in range(1, 90):
        rate = start * 10 ** (-step / 10)
        similarity = fit.similarity_at(rate)
        if similarity >= 1:
            break
        low, high = np.quantile([one.rate_at(similarity) for one in again], [0.025, 0.975])
        if low < rate / WITHIN or high > rate * WITHIN:
            break
        least = rate
    return float(least)


@dataclass(frozen=True, slots=True)
class HeldOutRate:
    """What fits to one half of the people foretold of the other, over many halvings."""

    rate: float
    observed: float
    ratio_low: float
    ratio_high: float


def held_out(
    compared: Comparisons, rates: tuple[float, ...], *, halvings: int = 50, seed: int = SEED
) -> list[HeldOutRate]:
    """Fit to half of the people, count on the other half, again and again.

    People are halved, not comparisons: comparisons of one person resemble each other, and would
    stand on both sides.
    """
    random = np.random.default_rng(seed)
    shares: list[list[float]] = [[] for _ in rates]
    for _ in range(halvings):
        first = random.permutation(compared.people) % 2 == 0
        for half in (first, ~first):
            fit = _refit(compared, half.astype(np.int64))
            others = ~half
            inside = others[compared.probe] & others[compared.reference]
            there = int(others.sum())
            share = there * (there - 1) / (compared.people * (compared.people - 1))
            weight, excess = compared.weight[inside], compared.excess[inside]
            for found, rate in zip(shares, rates, strict=True):
                above = excess >= fit.similarity_at(rate) - compared.start
                found.append(float(weight[above].sum() / share))
    return [
        HeldOutRate(
            rate, float(np.mean(found)), *(np.quantile(found, [0.025, 0.975]) / rate).tolist()
        )
        for rate, found in zip(rates, shares, strict=True)
    ]
