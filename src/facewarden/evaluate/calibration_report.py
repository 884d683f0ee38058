"""A calibration for people: the tail, how its fit was checked, and what it foretells."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from facewarden.data.calibration import ImpostorTail
from facewarden.evaluate.calibration import BudgetCheck
from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Plot, Table
from facewarden.evaluate.tail import BINS, Comparisons, HeldOutRate
from facewarden.svg import LINES

SHOWS_FROM = 10
"""Comparisons foretold above a threshold, from which data can show a factor of two: 10 is told from
20, and from 5, in about 19 of 20 cases (Poisson)."""

SHOWN = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)


def tail_table(tail: ImpostorTail, again: Sequence[ImpostorTail]) -> Table:
    """Return similarity by false match rate; the interval is of the rate, at that similarity."""
    rows: list[tuple[str | Estimate, ...]] = []
    for rate in SHOWN:
        if rate > tail.body[0][0] or rate < tail.reaches_to:
            continue
        similarity = tail.similarity_at(rate)
        low, high = np.quantile([one.rate_at(similarity) for one in again], [0.025, 0.975])
        word = (
            "counted"
            if rate >= tail.body[-1][0]
            else "fitted"
            if rate >= tail.trusted_to
            else "beyond the data, exponential"
        )
        rows.append((f"{rate:g}", f"{similarity:.4f}", f"{low:.1e} to {high:.1e}", word))
    return Table(
        "False match rate of one look at one reference",
        ("rate", "similarity", "the rate there, by refits", "how"),
        tuple(rows),
        note=f"Trusted to {tail.trusted_to:.2g}: there 95 % of refits, with people drawn with "
        f"replacement, stay within a factor of 2. Refused below {tail.reaches_to:.2g}.",
    )


def held_out_table(checks: Sequence[HeldOutRate]) -> Table:
    """Return what fits to half of the people foretold of the other half."""
    return Table(
        "The fit to half of the people, counted on the other half",
        ("foretold", "observed, mean", "observed / foretold in 95 % of halvings"),
        tuple(
            (
                f"{check.rate:g}",
                f"{check.observed:.2g}",
                f"{check.ratio_low:.2f} to {check.ratio_high:.2f}",
            )
            for check in checks
        ),
    )


def factors_table(tail: ImpostorTail) -> Table:
    """Return what more looks and more references do."""
    return Table(
        "More looks, more references: so many times the chance of a false match",
        ("of", "factors"),
        (
            ("looks of a track", _factors(tail.looks)),
            ("references of a subject", _factors(tail.references)),
        ),
    )


def budget_table(title: str, checks: Sequence[BudgetCheck]) -> Table:
    """Return false alerts per 1,000 tracks of strangers, budget against observed."""
    return Table(
        title,
        (
            "subjects",
            "budget per 1,000 tracks",
            "threshold",
            "observed per 1,000",
            "ratio",
            "comparisons foretold",
        ),
        tuple(
            (
                f"{check.subjects:,}",
                f"{1000 * check.budget:g}",
                f"{check.threshold:.4f}" + ("" if check.supported else " (the strictest)"),
                _per_thousand(check.observed),
                f"{check.ratio:.2f}" if check.foretold >= SHOWS_FROM else "cannot be shown",
                f"{check.foretold:.1f}",
            )
            for check in checks
        ),
        note="Mean over all galleries of so many of the strangers, intervals by person.",
    )


def plots(compared: Comparisons, tail: ImpostorTail) -> tuple[Plot, ...]:
    """Return the tail over what was counted, and the quantiles of excesses against the law."""

    def survival(axes: Axes) -> None:
        counted = np.cumsum(compared.histogram[::-1])[::-1]
        places = np.arange(BINS) / (BINS / 2) - 1
        shown = (counted > 0) & (counted < 0.1)
        axes.plot(places[shown], counted[shown], color=LINES[0], label="counted")
        rates = np.logspace(np.log10(tail.body[-1][0]), np.log10(tail.reaches_to), 60)
        axes.plot(
            [tail.similarity_at(float(rate)) for rate in rates],
            rates,
            color=LINES[1],
            linestyle="--",
            label="fitted",
        )
        axes.axhline(tail.trusted_to, color=LINES[2], linewidth=0.8, label="trusted to")
        axes.set_yscale("log")
        axes.set_xlabel("similarity")
        axes.set_ylabel("false match rate")

    def quantiles(axes: Axes) -> None:
        order = np.argsort(compared.excess)
        share = np.cumsum(compared.weight[order]) / compared.weight.sum()
        picked = np.unique(np.searchsorted(share, 1 - np.logspace(0, -3.5, 120)))
        picked = picked[picked < len(share) - 1]
        law = [
            tail.similarity_at(max(1e-12, tail.body[-1][0] * (1 - float(share[one]))))
            - compared.start
            for one in picked
        ]
        axes.plot(law, compared.excess[order][picked], ".", color=LINES[0], label="excesses")
        most = float(max(law))
        axes.plot([0, most], [0, most], color=LINES[1], linewidth=0.8, label="the law")
        axes.set_xlabel("similarity above the start, by the law")
        axes.set_ylabel("counted")

    return (Plot("False match rate", survival), Plot("Quantiles of the tail", quantiles))


def _factors(table: Sequence[tuple[int, float]]) -> str:
    return ", ".join(f"{count}: {factor:.2f}" for count, factor in table)


def _per_thousand(estimate: Estimate) -> str:
    if not estimate.has_interval:
        return f"{1000 * estimate.value:.3g}"
    return f"{1000 * estimate.value:.3g} ({1000 * estimate.low:.2g} to {1000 * estimate.high:.2g})"
