"""Verification in words: tables, plots and figures for machines."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from facewarden.evaluate.curve_plots import det, histogram, roc
from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Cell, Plot, Table
from facewarden.evaluate.verification import FARS, AtThreshold, Verification


def tables(found: Verification, product: Sequence[AtThreshold]) -> tuple[Table, ...]:
    """Return the tables, the main one first.

    Args:
        product: both errors at thresholds of the product; may be empty.
    """
    main: list[tuple[Cell, ...]] = [
        ("accuracy, mean over folds", found.accuracy),
        ("AUC", found.auc),
        ("EER", found.eer),
        *((f"TMR at FMR {100 * rate:g} %", tmr) for rate, tmr in found.tmr.items()),
    ]
    made = [
        Table(
            "Verification",
            ("figure", "value (95 % interval, by subject)"),
            tuple(main),
            note="TMR: pairs of one person that match. FMR: pairs of two people that do.",
        )
    ]
    if found.folds:
        made.append(_folds(found))
    made.append(_validation(found))
    if product:
        made.append(
            Table(
                "At thresholds of the product",
                ("threshold", "similarity", "FMR", "FNMR"),
                tuple((at.name, f"{at.threshold:.4f}", at.fmr, at.fnmr) for at in product),
                note="What the model card's calibration promises, seen on these pairs.",
            )
        )
    return tuple(made)


def _folds(found: Verification) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (f"fold {fold.fold + 1}", Estimate(fold.accuracy), f"{fold.threshold:.4f}", fold.pairs)
        for fold in found.folds
    ]
    mean = float(np.mean([fold.accuracy for fold in found.folds]))
    error = f"{100 * mean:.2f} % +- {100 * found.standard_error:.2f}"
    return Table(
        "Accuracy by fold",
        ("", "accuracy", "threshold", "pairs"),
        (("mean +- standard error", error, None, len(found.scores.same)), *rows),
        note="The threshold of a fold is the best of the other folds.",
    )


def _validation(found: Verification) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for far in FARS:
        val, spread, reached = found.validation_rate(far)
        name = f"FAR {100 * far:g} %"
        if np.isnan(val):
            few = Estimate(val, note="too few impostor pairs or folds to show it")
            rows.append((name, few, None))
        else:
            rows.append((name, f"{100 * val:.2f} % +- {100 * spread:.2f}", Estimate(reached)))
    return Table(
        "Validation rate (TPR at FAR)",
        ("threshold of the other folds at", "VAL, mean +- standard deviation", "FAR reached"),
        tuple(rows),
    )


def plots(found: Verification, product: Sequence[AtThreshold]) -> tuple[Plot, ...]:
    """Return ROC, DET and the histogram of similarities."""
    scores = found.scores
    groups = (
        ("one person", scores.similarity[scores.same]),
        ("two people", scores.similarity[~scores.same]),
    )
    lines = [(at.name, at.threshold) for at in product]
    return (
        Plot("ROC", roc(found.trade_off, "false match rate", "true match rate")),
        Plot("DET", det(found.trade_off, "false match rate", "false non-match rate")),
        Plot("Similarities of the pairs", histogram(groups, lines)),
    )


def figures(found: Verification, product: Sequence[AtThreshold]) -> dict[str, Any]:
    """Return the findings for machines."""
    return {
        "genuine_pairs": found.genuine,
        "impostor_pairs": found.impostors,
        "subjects": found.scores.subjects,
        "accuracy": found.accuracy,
        "accuracy_standard_error": found.standard_error,
        "folds": [
            {"fold": fold.fold + 1, "accuracy": fold.accuracy, "threshold": fold.threshold}
            for fold in found.folds
        ],
        "auc": found.auc,
        "eer": found.eer,
        "tmr_at_fmr": {f"{rate:g}": tmr for rate, tmr in found.tmr.items()},
        "validation_rate": {
            f"{far:g}": dict(
                zip(("val", "standard_deviation", "far"), found.validation_rate(far), strict=True)
            )
            for far in FARS
        },
        "product": [
            {"name": at.name, "threshold": at.threshold, "fmr": at.fmr, "fnmr": at.fnmr}
            for at in product
        ],
    }
