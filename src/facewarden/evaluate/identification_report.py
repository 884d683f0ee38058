"""Identification in words: tables, plots and figures for machines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from facewarden.evaluate.curve_plots import det, histogram
from facewarden.evaluate.false_alerts import Expected
from facewarden.evaluate.identification import FPIRS, RANKS, Identification
from facewarden.evaluate.report import Cell, Plot, Table
from facewarden.svg import LINES

TOLD_RANKS = (1, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Series:
    """FNIR as something grows.

    Attributes:
        name: what grows, such as "people enrolled".
        steps: (label, figures), from little to much.
    """

    name: str
    steps: tuple[tuple[str, Identification], ...]

    def shown(self) -> tuple[float, ...]:
        """Return the rates at which any step has a figure; none where there is one step only."""
        if len(self.steps) < 2:
            return ()
        return tuple(
            rate
            for rate in FPIRS
            if any(np.isfinite(found.fnir[rate].value) for _, found in self.steps)
        )


@dataclass(frozen=True, slots=True)
class Traffic:
    """A list and a place to think of: people enrolled, and strangers' tracks that pass in a day."""

    enrolled: int
    tracks_per_day: float


def tables(
    found: Identification,
    series: Sequence[Series],
    alerts: Sequence[Expected],
    traffic: Traffic,
) -> tuple[Table, ...]:
    """Return the tables, the main one first.

    Args:
        series: FNIR over people, references and frames; each may be missing.
        alerts: at each threshold worth telling.
    """
    made = []
    if found.strangers and found.mated:
        made.append(_open_set(found))
    if alerts:
        made.append(_alerts(alerts, found, traffic))
    if found.mated:
        ranks = found.identified(TOLD_RANKS)
        made.append(
            Table(
                "Closed set",
                ("mate among the first", "mated searches"),
                tuple((str(k), one) for k, one in zip(TOLD_RANKS, ranks, strict=True)),
                note="Whoever is enrolled is found at some rank, whatever the similarity.",
            )
        )
    if found.strangers and found.mated:
        made += [_series(one) for one in series if one.shown()]
    return tuple(made)


def _open_set(found: Identification) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (f"{100 * rate:g} %", _similarity(found.threshold(rate)), fnir)
        for rate, fnir in found.fnir.items()
    ]
    return Table(
        "Misses at a rate of false alarms",
        ("FPIR", "threshold", "FNIR (95 % interval, by subject)"),
        tuple(rows),
        note=f"FPIR: of {found.strangers:,} searches for strangers, those whose first candidate "
        f"reaches the threshold. FNIR: of {found.mated:,} searches for people enrolled, those "
        "whose first candidate is somebody else or below it.",
    )


def _alerts(alerts: Sequence[Expected], found: Identification, traffic: Traffic) -> Table:
    enrolled = found.searches.enrolled
    rows: list[tuple[Cell, ...]] = [
        (
            one.point.name,
            _similarity(one.point.threshold),
            one.point.fpir,
            one.fpir,
            _count(one),
            one.point.fnir,
        )
        for one in alerts
    ]
    return Table(
        "False alerts",
        (
            "threshold",
            "similarity",
            f"FPIR, {enrolled:,} enrolled (measured)",
            f"FPIR, {traffic.enrolled:,} enrolled",
            f"false alerts a day at {traffic.tracks_per_day:,.0f} tracks",
            "FNIR",
        ),
        tuple(rows),
        note="FPIR for another length of the list is 1 - (1 - FPIR)^(N / n), as if all comparisons "
        "were alike. One track is taken as one search.",
    )


def _count(one: Expected) -> str:
    per_day = one.per_day
    if not np.isfinite(per_day.value):
        return "no figure"
    text = f"{per_day.value:,.2f}"
    if per_day.has_interval:
        text += f" ({per_day.low:,.2f} to {per_day.high:,.2f})"
    return text


def _series(series: Series) -> Table:
    rates = series.shown()
    return Table(
        f"Misses by {series.name}",
        (series.name, *(f"FNIR at FPIR {100 * rate:g} %" for rate in rates)),
        tuple((label, *(found.fnir[rate] for rate in rates)) for label, found in series.steps),
    )


def _similarity(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.4f}"


def plots(
    found: Identification, series: Sequence[Series], product: tuple[str, float] | None
) -> tuple[Plot, ...]:
    """Return DET, CMC, a curve for each series, and the histogram of similarities."""
    made = []
    if found.mated and found.strangers:
        made.append(
            Plot("DET", det(found.trade_off, "false positive identification rate (FPIR)", "FNIR"))
        )
    if found.mated:
        made.append(Plot("CMC", _cmc(found)))
    if found.mated and found.strangers:
        made += [Plot(f"Misses by {one.name}", _curve(one)) for one in series if len(one.steps) > 1]
    seen = found.searches.best > -1
    groups = [
        (name, found.searches.best[rows & seen])
        for name, rows in (
            ("enrolled, found first", found.searches.mated & (found.searches.rank == 1)),
            ("strangers", ~found.searches.mated),
        )
    ]
    groups = [(name, values) for name, values in groups if len(values)]
    if groups:
        lines = [product] if product else []
        made.append(Plot("Similarity of the first candidate", histogram(groups, lines)))
    return tuple(made)


def _cmc(found: Identification) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        shares = 100 * found.cmc()
        axes.plot(range(1, RANKS + 1), shares, color=LINES[0], marker=".")
        axes.set_ylim(max(0, shares[0] - (100 - shares[0]) * 0.2 - 0.1), 100.05)
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.set_xticks([1, 5, 10, 15, 20])
        axes.set_xlabel("rank")
        axes.set_ylabel("identified (%)")

    return draw


def _curve(series: Series) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        labels = [label for label, _ in series.steps]
        for colour, rate in zip(LINES, series.shown(), strict=False):
            told = [found.fnir[rate] for _, found in series.steps]
            value, low, high = (
                [100 * getattr(one, end) for one in told] for end in ("value", "low", "high")
            )
            axes.plot(labels, value, color=colour, marker=".", label=f"FPIR {100 * rate:g} %")
            axes.fill_between(labels, low, high, color=colour, alpha=0.12, linewidth=0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(series.name)
        axes.set_ylabel("FNIR (%)")

    return draw


def figures(
    found: Identification,
    series: Sequence[Series],
    alerts: Sequence[Expected],
    traffic: Traffic,
) -> dict[str, Any]:
    """Return the findings for machines."""
    return {
        "enrolled": found.searches.enrolled,
        "mated_searches": found.mated,
        "mated_people": found.people_mated,
        "nonmated_searches": found.strangers,
        "nonmated_people": found.people_strange,
        "cmc": found.cmc(),
        "fnir_at_fpir": {f"{rate:g}": one for rate, one in found.fnir.items()},
        "threshold_at_fpir": {f"{rate:g}": found.threshold(rate) for rate in FPIRS},
        "series": {
            one.name: {
                label: {f"{rate:g}": step.fnir[rate] for rate in FPIRS} for label, step in one.steps
            }
            for one in series
        },
        "traffic": {"enrolled": traffic.enrolled, "tracks_per_day": traffic.tracks_per_day},
        "false_alerts": [
            {
                "threshold": one.point.threshold,
                "name": one.point.name,
                "fpir_measured": one.point.fpir,
                "fpir": one.fpir,
                "per_day": one.per_day,
                "fnir": one.point.fnir,
            }
            for one in alerts
        ],
    }
