"""How well heads named a closed set, in tables, plots and figures for machines."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from facewarden.evaluate.report import Cell, Plot, Table
from facewarden.train.classify.catalogue import words
from facewarden.train.classify.experiment import Outcome

NAMED_CLASSES = 40
"""Beyond so many, names do not fit beside a plot; the axes count people instead."""
LISTED = 60
"""People in the table; the JSON names all."""


def best_of(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the head that was best on the validation part, of equals the first."""
    return max(outcomes, key=lambda one: -1.0 if np.isnan(one.validation) else one.validation)


def tables(outcomes: Sequence[Outcome], subjects: Sequence[str]) -> tuple[Table, ...]:
    """Return the heads side by side, their averages, then each person of the best one."""
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            words(one.head),
            "-" if np.isnan(one.validation) else f"{100 * one.validation:.2f} %",
            one.test.estimates["accuracy"],
            f"{one.seconds:.2f} s",
        )
        for one in outcomes
    ]
    heads = Table(
        "Heads",
        ("head", "parameters", "accuracy, validation", "accuracy, test", "fitted in"),
        tuple(rows),
        note="Parameters are those of highest accuracy on the validation part. Intervals draw "
        "whole people.",
    )
    return heads, _averages(outcomes), _by_person(best_of(outcomes), subjects)


def _averages(outcomes: Sequence[Outcome]) -> Table:
    told = {
        "precision_macro": "precision, macro",
        "recall_macro": "recall, macro",
        "f1_macro": "F1, macro",
        "precision_weighted": "precision, weighted",
        "f1_weighted": "F1, weighted",
    }
    # What is to be known of an interval stands beside the accuracy.
    rows: list[tuple[Cell, ...]] = [
        (one.name, *(replace(one.test.estimates[name], note="") for name in told))
        for one in outcomes
    ]
    return Table(
        "Averages over people",
        ("head", *told.values()),
        tuple(rows),
        note="Macro is the mean over people, weighted the mean over probes; weighted recall is "
        "the accuracy.",
    )


def _by_person(best: Outcome, subjects: Sequence[str]) -> Table:
    confusion, shares = best.test.confusion, best.test.by_class
    probes = confusion.sum(axis=1)
    # Whom it fails first; of equals, those with most probes.
    order = sorted(np.flatnonzero(probes), key=lambda one: (shares[one, 2], -probes[one]))
    rows: list[tuple[Cell, ...]] = []
    for one in order[:LISTED]:
        wrong = confusion[one].copy()
        wrong[one] = 0
        taken_for = subjects[int(wrong.argmax())] if wrong.any() else None
        rows.append(
            (
                subjects[int(one)],
                int(probes[one]),
                *(f"{100 * share:.1f} %" for share in shares[one]),
                taken_for,
            )
        )
    more = len(order) - len(rows)
    return Table(
        f"Each person, by {best.name}",
        ("person", "probes", "precision", "recall", "F1", "most often taken for"),
        tuple(rows),
        note=f"and {more:,} more, named in the JSON" if more > 0 else "",
    )


def plots(outcomes: Sequence[Outcome], subjects: Sequence[str]) -> tuple[Plot, ...]:
    """Return the confusion matrix of the best head."""
    best = best_of(outcomes)
    return (Plot(f"Confusion matrix, {best.name}", _matrix(best, subjects)),)


def _matrix(best: Outcome, subjects: Sequence[str]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        confusion = best.test.confusion
        probes = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
        if isinstance(axes.figure, Figure):
            axes.figure.set_size_inches(7.6, 7.0)
        shown = axes.imshow(100 * confusion / probes, cmap="cividis", vmin=0, vmax=100)
        bar = axes.figure.colorbar(shown, ax=axes, shrink=0.7)
        # Grey is read on white and on black; the page colours the main axes only.
        bar.set_label("of a person's probes (%)", color="grey")
        bar.ax.tick_params(colors="grey")
        if len(subjects) <= NAMED_CLASSES:
            places = range(len(subjects))
            axes.set_xticks(places, subjects, rotation=90, fontsize=7, parse_math=False)
            axes.set_yticks(places, subjects, fontsize=7, parse_math=False)
        else:
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("named as")
        axes.set_ylabel("of whom")

    return draw


def figures(outcomes: Sequence[Outcome], subjects: Sequence[str]) -> dict[str, Any]:
    """Return the findings for machines."""
    return {
        "subjects": list(subjects),
        "best": best_of(outcomes).name,
        "heads": {
            one.name: {
                "parameters": words(one.head),
                "validation_accuracy": one.validation,
                "fit_seconds": round(one.seconds, 4),
                **one.test.estimates,
                "by_person": {
                    name: {"probes": int(count), "precision": p, "recall": r, "f1": f}
                    for name, count, (p, r, f) in zip(
                        subjects,
                        one.test.confusion.sum(axis=1),
                        one.test.by_class.tolist(),
                        strict=True,
                    )
                },
                "mistakes": [
                    {"of": subjects[of], "named": subjects[named], "probes": count}
                    for of, named, count in _mistakes(one)
                ],
            }
            for one in outcomes
        },
    }


def _mistakes(one: Outcome) -> list[tuple[int, int, int]]:
    wrong = one.test.confusion.copy()
    np.fill_diagonal(wrong, 0)
    return [(int(a), int(b), int(wrong[a, b])) for a, b in np.argwhere(wrong)]
