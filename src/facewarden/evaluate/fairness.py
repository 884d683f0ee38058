"""Differentials between groups: false match, false non-match and false positive rates compared.

The summary measures are those of NISTIR 8429 (Grother 2022): the ratio of the worst group to the
best, and of the worst to the geometric mean.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from facewarden.evaluate.grouped import (
    Float,
    Grouped,
    Int,
    false_match_rates,
    mean_by_group,
    people_compared,
)
from facewarden.evaluate.intervals import (
    SEED,
    Estimate,
    bootstrap_all,
    or_rule_of_three,
    proportion,
)

Mask = NDArray[np.bool_]

FEWEST_PEOPLE = 30
"""In a group, for the ratios: with fewer, one person is more than 3 % of what is measured."""
FEWEST_ERRORS = 30
"""For a rate to be known to 30 % at 90 % confidence (Doddington's rule of 30, 2000)."""
SHUFFLES = 400
"""Of the groups, to see what chance does; the 95th percentile of them is known to about 1 %."""
RATES = ("FMR", "FNMR", "FPIR")


@dataclass(frozen=True, slots=True)
class GroupRates:
    """The errors of one group at one threshold.

    Attributes:
        people, photographs: how many the group has.
        false_matches: comparisons of two of its people that reach the threshold.
        fmr: of comparisons within the group.
        fnmr: of its own pairs.
        fpir: share of its photographs that would raise a false alert.
    """

    name: str
    people: int
    photographs: int
    false_matches: int
    fmr: Estimate
    fnmr: Estimate
    fpir: Estimate


@dataclass(frozen=True, slots=True)
class Differential:
    """How far groups are apart in one rate; groups with too few people are left out.

    Attributes:
        rate: one of RATES.
        worst, best: names of groups; empty where there is no figure.
        worst_to_best, worst_to_mean: the ratios, the mean being geometric.
        by_chance: worst to best that 95 % of random groupings of the same people stay below.
    """

    rate: str
    worst: str
    best: str
    worst_to_best: Estimate
    worst_to_mean: Estimate
    by_chance: float


@dataclass(frozen=True, slots=True)
class AtLevel:
    """All groups at one threshold."""

    threshold: float
    groups: tuple[GroupRates, ...]
    differentials: tuple[Differential, ...]
    across: tuple[tuple[Estimate, ...], ...]


def at_levels(grouped: Grouped) -> tuple[AtLevel, ...]:
    """Return rates and differentials at every threshold, with intervals by subject."""
    groups, levels = len(grouped.names), len(grouped.thresholds)
    enough = people_of(grouped) >= FEWEST_PEOPLE
    rows, columns = np.triu_indices(groups)

    def statistics(weights: Float) -> Float:
        return _flat(grouped, grouped.group, weights, enough)

    estimates = bootstrap_all(statistics, grouped.subjects)
    chance = _by_chance(grouped, enough)
    compared = people_compared(grouped, grouped.group, np.ones(grouped.subjects))
    cells = len(rows) * levels
    across = {
        (level, int(row), int(column)): _seen(
            estimates[place * levels + level], compared[row, column]
        )
        for place, (row, column) in enumerate(zip(rows, columns, strict=True))
        for level in range(levels)
    }
    fnmr = estimates[cells : cells + groups * levels]
    fpir = estimates[cells + groups * levels : cells + 2 * groups * levels]
    ratios = estimates[cells + 2 * groups * levels :]
    people, mated = people_of(grouped), _mated(grouped)
    counts = _false_matches(grouped)
    found = []
    for level in range(levels):
        group_rates = tuple(
            GroupRates(
                name,
                int(people[g]),
                int(grouped.photographs[grouped.group == g].sum()),
                int(counts[g, level]),
                across[level, g, g],
                _seen(fnmr[g * levels + level], mated[g]),
                _seen(fpir[g * levels + level], people[g]),
            )
            for g, name in enumerate(grouped.names)
        )
        found.append(
            AtLevel(
                float(grouped.thresholds[level]),
                group_rates,
                tuple(
                    _differential(
                        rate,
                        [one for one, kept in zip(group_rates, enough, strict=True) if kept],
                        ratios[(level * 3 + r) * 2 : (level * 3 + r) * 2 + 2],
                        float(chance[level, r]),
                    )
                    for r, rate in enumerate(RATES)
                ),
                tuple(
                    tuple(across[level, min(g, h), max(g, h)] for h in range(groups))
                    for g in range(groups)
                ),
            )
        )
    return tuple(found)


def people_of(grouped: Grouped) -> Int:
    """Return how many people each group has."""
    return np.bincount(grouped.group, minlength=len(grouped.names))


def _mated(grouped: Grouped) -> Int:
    """Return how many people of each group have two photographs or more."""
    several = np.isfinite(grouped.missed[:, 0])
    return np.bincount(grouped.group[several], minlength=len(grouped.names))


def _false_matches(grouped: Grouped) -> Int:
    """Return (g, t) how many comparisons within each group reach each threshold."""
    groups, levels = len(grouped.names), len(grouped.thresholds)
    one = grouped.group[grouped.left]
    within = one == grouped.group[grouped.right]
    cell = one[within] * levels + grouped.reached[within] - 1
    exact = np.bincount(cell, minlength=groups * levels).reshape(groups, levels)
    return np.asarray(np.cumsum(exact[:, ::-1], axis=1)[:, ::-1])


def _flat(grouped: Grouped, group: Int, weights: Float, enough: Mask) -> Float:
    """Return every rate and ratio of one draw in one row: FMR, FNMR, FPIR, ratios."""
    fmr = false_match_rates(grouped, group, weights)
    fnmr = mean_by_group(grouped.missed, grouped, group, weights)
    fpir = mean_by_group(grouped.raised, grouped, group, weights)
    rows, columns = np.triu_indices(len(grouped.names))
    return np.concatenate(
        [fmr[rows, columns].ravel(), fnmr.ravel(), fpir.ravel(), _ratios(fmr, fnmr, fpir, enough)]
    )


def _ratios(fmr: Float, fnmr: Float, fpir: Float, enough: Mask) -> Float:
    """Return worst to best and worst to geometric mean, by threshold and rate."""
    within = fmr[np.arange(len(fmr)), np.arange(len(fmr))]
    made = []
    for level in range(fmr.shape[2]):
        for rates in (within[enough, level], fnmr[enough, level], fpir[enough, level]):
            if len(rates) < 2 or not (rates > 0).all():
                made += [np.nan, np.nan]
                continue
            worst = rates.max()
            made += [worst / rates.min(), worst / np.exp(np.log(rates).mean())]
    return np.array(made, np.float64)


def _by_chance(grouped: Grouped, enough: Mask) -> Float:
    """Return (t, 3) the worst-to-best ratio that random groups of the same sizes seldom exceed."""
    random = np.random.default_rng(SEED)
    weights = np.ones(grouped.subjects)
    levels = len(grouped.thresholds)
    drawn = np.full((SHUFFLES, levels * 3), np.nan)
    for row in range(SHUFFLES):
        shuffled = random.permutation(grouped.group)
        drawn[row] = _flat(grouped, shuffled, weights, enough)[-levels * 6 :: 2]
    # A shuffled group without an error is further apart than any figure says.
    drawn[np.isnan(drawn)] = np.inf
    limit = np.quantile(drawn, 0.95, axis=0, method="higher")
    return np.asarray(np.where(np.isfinite(limit), limit, np.nan).reshape(levels, 3))


def _seen(estimate: Estimate, trials: float) -> Estimate:
    """Return the estimate, widened to what so many trials can show at best.

    Few errors are often drawn not at all or by the same people, and give the bootstrap a narrower
    interval than none give the rule of three; so theirs is at least that of Clopper and Pearson.

    Args:
        trials: pairs of people, or people: what is independent, not every comparison.
    """
    if not trials or np.isnan(estimate.value):
        return Estimate(float("nan"), note="nothing to compare")
    whole = int(trials)
    told = or_rule_of_three(estimate, whole)
    events = min(whole, estimate.value * whole)
    if told is not estimate or min(events, whole - events) >= FEWEST_ERRORS:
        return told
    # A person whose photographs err in part is part of an event.
    low = proportion(math.floor(events), whole).low
    high = proportion(math.ceil(events), whole).high
    return replace(
        estimate,
        low=float(np.fmin(estimate.low, low)),
        high=float(np.fmax(estimate.high, high)),
        note="few events" if events < FEWEST_ERRORS else "",
    )


def _differential(
    rate: str, groups: Sequence[GroupRates], ratios: Sequence[Estimate], by_chance: float
) -> Differential:
    values = {one.name: getattr(one, rate.lower()).value for one in groups}
    known = {name: value for name, value in values.items() if not np.isnan(value)}
    if len(groups) < 2 or len(known) < len(groups):
        nothing = Estimate(float("nan"), note="fewer than two groups large enough")
        return Differential(rate, "", "", nothing, nothing, float("nan"))
    worst, best = max(known, key=lambda n: known[n]), min(known, key=lambda n: known[n])
    if known[best] == 0:
        none = ", ".join(name for name, value in known.items() if value == 0)
        nothing = Estimate(float("nan"), note=f"no error seen in {none}")
        return Differential(rate, worst if known[worst] else "", "", nothing, nothing, by_chance)
    return Differential(rate, worst, best, ratios[0], ratios[1], by_chance)
