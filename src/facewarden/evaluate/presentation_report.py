"""Presentation attack detection in words: tables, plots and values for machines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from facewarden.evaluate.curve_plots import dets
from facewarden.evaluate.intervals import Estimate, proportion
from facewarden.evaluate.presentation import APCERS, PresentationFigures, Presentations
from facewarden.evaluate.report import Cell, Plot, Table
from facewarden.evaluate.trade_off import Floats, TradeOff
from facewarden.svg import LINES

HIGHEST = 0.9
"""Error up to which the curves go: a weak cue has none below a half."""

MEANINGS = (
    "APCER: attacks of a species that pass for bona fide; BPCER: bona fide presentations taken for "
    "attacks; ACER: half of both, of the worst species; HTER: the same with all attacks pooled; "
    "D-EER: where both are equal on these very clips (ISO/IEC 30107-3). Thresholds come from other "
    "people, intervals draw whole people."
)


@dataclass(frozen=True, slots=True)
class DetectorResult:
    """What one model or cue achieves.

    Attributes:
        name: of the model or cue.
        rows: (n,) of the caller's list, which the presentations are.
        presentations: those judged.
        thresholds: (n,) that each was judged by.
        development_eer: EER where the thresholds come from.
        found: at those thresholds.
        own: at the detector's own threshold; None where it has none.
        own_threshold: that threshold; NaN where it has none.
    """

    name: str
    rows: NDArray[np.int64]
    presentations: Presentations
    thresholds: Floats
    development_eer: float
    found: PresentationFigures
    own: PresentationFigures | None = None
    own_threshold: float = float("nan")


def tables(results: Sequence[DetectorResult]) -> tuple[Table, ...]:
    """Return the errors, those by species, operating points, and clips without an answer."""
    made = [_errors(results), _by_species(results), _points(results)]
    own = [one for one in results if one.own is not None]
    if own:
        made.append(_own(own))
    made.append(_silent(results))
    return tuple(made)


def plots(results: Sequence[DetectorResult]) -> tuple[Plot, ...]:
    """Return one picture of all DET curves, and for each detector its scores by kind."""
    curves, made = [], []
    for one in results:
        answered = one.presentations.take(one.presentations.answered)
        trade_off = TradeOff(answered.score[~answered.attack], answered.score[answered.attack])
        curves.append((one.name, trade_off))
        thresholds = sorted(set(np.round(one.thresholds, 6).tolist()))
        made.append(Plot(f"{one.name}: scores", _scores(answered, thresholds)))
    every = dets(curves, "APCER, all attacks pooled", "BPCER", highest=HIGHEST)
    return (Plot("APCER against BPCER", every), *made)


def figures(results: Sequence[DetectorResult]) -> dict[str, Any]:
    """Return every figure as plain values."""
    return {one.name: _for_machines(one) for one in results}


def _errors(results: Sequence[DetectorResult]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            one.found.acer,
            one.found.apcer,
            one.found.worst,
            one.found.bpcer,
            one.found.hter,
            one.found.deer,
        )
        for one in results
    ]
    attacks = int(results[0].presentations.attack.sum())
    bona_fide = len(results[0].presentations) - attacks
    return Table(
        "Errors at the threshold of other people's EER",
        ("detector", "ACER", "APCER, worst", "worst species", "BPCER", "HTER", "D-EER"),
        tuple(rows),
        note=f"{bona_fide:,} bona fide presentations and {attacks:,} attacks. {MEANINGS}",
    )


def _by_species(results: Sequence[DetectorResult]) -> Table:
    names = sorted({one.name for result in results for one in result.found.species})
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        of = [_species(result, name) for result in results]
        count = next((one.presentations for one in of if one is not None), 0)
        rows.append((name, count, *(one.apcer if one is not None else None for one in of)))
    mean = [result.found.apcer_mean for result in results]
    pooled = [result.found.apcer_pooled for result in results]
    rows.append(("mean of species", None, *mean))
    rows.append(("all pooled", None, *pooled))
    columns = ("species", "attacks", *(result.name for result in results))
    return Table("APCER by species of attack", columns, tuple(rows))


def _species(result: DetectorResult, name: str) -> Any:
    return next((one for one in result.found.species if one.name == name), None)


def _points(results: Sequence[DetectorResult]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            *(at if np.isfinite(at.value) else None for at in one.found.bpcer_at),
            Estimate(one.development_eer),
            _range(one.thresholds),
        )
        for one in results
    ]
    return Table(
        "Operating points",
        (
            "detector",
            *(f"BPCER at APCER {100 * rate:g} %" for rate in APCERS),
            "EER of other people",
            "threshold",
        ),
        tuple(rows),
        note="BPCER at the lowest threshold at which no species exceeds the APCER; no figure where "
        "a species has too few attacks to show it.",
    )


def _range(thresholds: Floats) -> str:
    low, high = float(thresholds.min()), float(thresholds.max())
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"


def _own(results: Sequence[DetectorResult]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            f"{one.own_threshold:g}",
            one.own.acer,
            one.own.apcer,
            one.own.worst,
            one.own.bpcer,
        )
        for one in results
        if one.own is not None
    ]
    return Table(
        "Errors at the detectors' own thresholds",
        ("detector", "threshold", "ACER", "APCER, worst", "worst species", "BPCER"),
        tuple(rows),
    )


def _silent(results: Sequence[DetectorResult]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in results:
        attack, silent = one.presentations.attack, ~one.presentations.answered
        apnrr = proportion(int((attack & silent).sum()), int(attack.sum()))
        rows.append((one.name, one.found.bpnrr, apnrr))
    return Table(
        "Presentations without an answer",
        ("detector", "BPNRR, bona fide", "APNRR, attacks"),
        tuple(rows),
        note="No face found, or too few looks. They count in no other figure: the watch raises an "
        "alert about a face that was not assessed.",
    )


def _scores(answered: Presentations, thresholds: Sequence[float]) -> Callable[[Axes], None]:
    """Paint a row of points for each kind of presentation, and thresholds as upright lines."""
    kinds = sorted(set(answered.species))
    species = np.array(answered.species)

    def draw(axes: Axes) -> None:
        random = np.random.default_rng(0)
        for row, kind in enumerate(kinds):
            score = answered.score[species == kind]
            height = row + random.uniform(-0.3, 0.3, len(score))
            colour = LINES[1] if kind else LINES[0]
            axes.plot(score, height, ".", color=colour, alpha=0.6, markersize=5)
        for threshold in thresholds:
            axes.axvline(threshold, color=LINES[2], linestyle="--", linewidth=1)
        axes.set_yticks(range(len(kinds)), [kind or "bona fide" for kind in kinds])
        axes.set_xlabel("score, higher is more like a bona fide presentation")

    return draw


def _for_machines(one: DetectorResult) -> dict[str, Any]:
    found = one.found
    return {
        "apcer_by_species": {
            species.name: {
                "apcer": species.apcer,
                "apnrr": species.apnrr,
                "presentations": species.presentations,
                "people": species.people,
            }
            for species in found.species
        },
        **{
            name: getattr(found, name)
            for name in PresentationFigures.__slots__
            if name not in {"species", "bpcer_at"}
        },
        "worst": found.worst,
        "bpcer_at_apcer": {
            f"{rate:g}": at for rate, at in zip(APCERS, found.bpcer_at, strict=True)
        },
        "development_eer": one.development_eer,
        "thresholds": sorted(set(one.thresholds.tolist())),
        "at_own_threshold": None
        if one.own is None
        else {
            "threshold": one.own_threshold,
            "acer": one.own.acer,
            "apcer": one.own.apcer,
            "bpcer": one.own.bpcer,
        },
    }
