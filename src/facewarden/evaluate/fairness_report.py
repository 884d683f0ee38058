"""Differentials between groups in words: tables, plots, warnings and figures for machines."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from facewarden.evaluate.fairness import (
    FEWEST_ERRORS,
    FEWEST_PEOPLE,
    RATES,
    AtLevel,
    Differential,
    GroupRates,
)
from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Plot, Table
from facewarden.svg import LINES

MOST_ACROSS = 12
"""Groups in the table of comparisons across them; more do not fit a page."""


def tables(
    operating: AtLevel, levels: Sequence[AtLevel], column: str, enrolled: int
) -> tuple[Table, ...]:
    """Return rates, ratios, the same along the tested thresholds, and across groups."""
    groups = operating.groups
    made = [
        Table(
            f"By {column}, at the operating threshold {operating.threshold:.4f}",
            (column, "people", "photographs", "false matches", "FMR", "FNMR", "FPIR"),
            tuple(
                (g.name + _few(g), g.people, g.photographs, g.false_matches, g.fmr, g.fnmr, g.fpir)
                for g in groups
            ),
            note=(
                "FMR and FNMR within the group. FPIR: share of photographs of people who are not "
                f"on a watchlist of {enrolled:,} people of all groups, one photograph each, that "
                "match somebody on it. Every person counts the same. Intervals at 95 %, by person; "
                "where no error was seen, the rule of three over pairs of people (FMR) or people."
            ),
        ),
        _ratios(operating),
        _along("FMR", levels, column),
        _along("FNMR", levels, column),
        _along("FPIR", levels, column),
    ]
    if len(groups) <= MOST_ACROSS:
        made.append(
            Table(
                "FMR within and across groups, at the operating threshold",
                (column, *(g.name for g in groups)),
                tuple((g.name, *row) for g, row in zip(groups, operating.across, strict=True)),
            )
        )
    return tuple(made)


def _few(group: GroupRates) -> str:
    return f" (fewer than {FEWEST_PEOPLE} people)" if group.people < FEWEST_PEOPLE else ""


def _ratios(level: AtLevel) -> Table:
    return Table(
        "How far groups are apart",
        (
            "rate",
            "worst group",
            "best group",
            "worst / best",
            "worst / geometric mean",
            "by chance",
        ),
        tuple(
            (
                one.rate,
                one.worst or None,
                one.best or None,
                one.worst_to_best,
                one.worst_to_mean,
                _chance(one),
            )
            for one in level.differentials
        ),
        unit="",
        note=(
            "Ratios as NISTIR 8429 has them. The worst is above the best by luck too: when the "
            "same people are put into groups at random, worst / best stays below the last column "
            f"in 95 % of cases. Groups of fewer than {FEWEST_PEOPLE} people are left out here."
        ),
    )


def _along(rate: str, levels: Sequence[AtLevel], column: str) -> Table:
    names = [g.name for g in levels[0].groups]
    which = RATES.index(rate)
    return Table(
        f"{rate} by {column}, along the thresholds",
        ("threshold", *names, "worst / best", "by chance"),
        tuple(
            (
                f"{level.threshold:.4f}",
                *(getattr(g, rate.lower()) for g in level.groups),
                _plain(level.differentials[which].worst_to_best),
                _chance(level.differentials[which]),
            )
            for level in levels
        ),
        note=f"Few events: fewer than {FEWEST_ERRORS} errors, so that the rate is not known to "
        "within 30 % (rule of 30, ISO/IEC 19795-1). By chance: as above.",
    )


def _chance(one: Differential) -> str | None:
    return None if np.isnan(one.by_chance) else f"{one.by_chance:.2f}"


def _plain(ratio: Estimate) -> str | None:
    if np.isnan(ratio.value):
        return None
    spread = f" ({ratio.low:.2f} to {ratio.high:.2f})" if ratio.has_interval else ""
    return f"{ratio.value:.2f}{spread}"


def plots(operating: AtLevel, levels: Sequence[AtLevel], column: str) -> tuple[Plot, ...]:
    """Return a bar plot of each rate at the operating threshold, and FMR along the thresholds."""
    bars = tuple(
        Plot(f"{rate} by {column}, at {operating.threshold:.4f}", _bars(operating, rate))
        for rate in RATES
    )
    return (*bars, Plot(f"FMR by {column}, along the thresholds", _lines(levels)))


def _bars(level: AtLevel, rate: str) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        known = [g for g in level.groups if not np.isnan(getattr(g, rate.lower()).value)]
        for place, group in enumerate(known):
            one = getattr(group, rate.lower())
            axes.barh(place, 100 * one.value, color=LINES[0], height=0.6)
            if one.has_interval:
                middle = 100 * (one.low + one.high) / 2
                half = 100 * (one.high - one.low) / 2
                axes.errorbar(
                    middle, place, xerr=half, fmt="none", ecolor=LINES[1], capsize=3, linewidth=1.5
                )
        axes.set_yticks(range(len(known)), [f"{g.name} ({g.people:,})" for g in known])
        for label in axes.get_yticklabels():
            label.set_parse_math(False)
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel(f"{rate} (%), with its interval; people in brackets")

    return draw


def _lines(levels: Sequence[AtLevel]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        at = [level.threshold for level in levels]
        for place, group in enumerate(levels[0].groups):
            rates = [level.groups[place].fmr.value for level in levels]
            seen = [(t, rate) for t, rate in zip(at, rates, strict=True) if rate > 0]
            if seen:
                colour, dashes = (
                    LINES[place % len(LINES)],
                    ("-", "--", ":")[place // len(LINES) % 3],
                )
                axes.plot(*zip(*seen, strict=True), dashes, color=colour, marker="o",
                          label=group.name)  # fmt: skip
        axes.set_yscale("log")
        axes.set_xlabel("threshold (similarity)")
        axes.set_ylabel("false match rate")

    return draw


def warnings(
    operating: AtLevel,
    tested: Sequence[float],
    levels: Sequence[AtLevel],
    wanted_enrolled: int,
    enrolled: int,
) -> tuple[str, ...]:
    """Return what a reader must know before using the figures.

    Args:
        tested: the thresholds at which differentials are examined beside the operating one.
        wanted_enrolled, enrolled: the watchlist asked for, and that the data have people for.
    """
    said = []
    if tested and operating.threshold < min(tested):
        said.append(
            f"The operating threshold {operating.threshold:.4f} is below {min(tested):.4f}, the "
            "lowest tested one. Differentials between groups appear as thresholds are lowered "
            "(National Physical Laboratory 2023, of another system: none found at its threshold of "
            "0.60, a significant one at 0.58): raise it, or "
            "examine lower ones first with --examine."
        )
    elif tested and operating.threshold > max(tested):
        said.append(
            f"The operating threshold {operating.threshold:.4f} is above {max(tested):.4f}, the "
            "highest tested one."
        )
    large = [g for g in operating.groups if g.people >= FEWEST_PEOPLE]
    unsure = [f"{g.name} ({g.false_matches})" for g in large if g.false_matches < FEWEST_ERRORS]
    if unsure:
        enough = [
            level.threshold
            for level in levels
            if all(
                g.false_matches >= FEWEST_ERRORS for g in level.groups if g.people >= FEWEST_PEOPLE
            )
        ]
        said.append(
            f"Fewer than {FEWEST_ERRORS} false matches at the operating threshold in "
            f"{', '.join(unsure)}: the FMR of these groups is not known to within 30 % (rule of "
            "30). "
            + (
                f"Every group has them at {max(enough):.4f} and below."
                if enough
                else "No threshold examined has them in every group."
            )
        )
    small = [f"{g.name} ({g.people})" for g in operating.groups if g.people < FEWEST_PEOPLE]
    if small:
        said.append(
            f"Fewer than {FEWEST_PEOPLE} people in {', '.join(small)}: shown, but left out of the "
            "ratios."
        )
    if enrolled < wanted_enrolled:
        said.append(
            f"FPIR is for a watchlist of {enrolled:,} people, not {wanted_enrolled:,}: the data "
            "have no more."
        )
    return tuple(said)


def figures(
    operating: AtLevel, levels: Sequence[AtLevel], column: str, enrolled: int
) -> dict[str, Any]:
    """Return the findings for machines."""
    return {
        "column": column,
        "enrolled": enrolled,
        "operating": _level(operating),
        "levels": [_level(level) for level in levels],
    }


def _level(level: AtLevel) -> dict[str, Any]:
    return {
        "threshold": level.threshold,
        "groups": [
            {name: getattr(group, name) for name in GroupRates.__slots__} for group in level.groups
        ],
        "differentials": [
            {
                "rate": one.rate,
                "worst": one.worst,
                "best": one.best,
                "worst_to_best": one.worst_to_best,
                "worst_to_geometric_mean": one.worst_to_mean,
                "worst_to_best_by_chance": one.by_chance,
            }
            for one in level.differentials
        ],
        "fmr_across": [list(row) for row in level.across],
    }
