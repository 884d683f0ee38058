"""Detection in words: tables, plots and figures for machines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from facewarden.evaluate.average_precision import Float
from facewarden.evaluate.detection import (
    MIN_IOU,
    DetectionRates,
    HeightClass,
    SeenImage,
    match,
)
from facewarden.evaluate.intervals import Estimate, bootstrap_all, or_rule_of_three
from facewarden.evaluate.report import Cell, Plot, Table
from facewarden.svg import LINES

HEIGHTS_PX = (10, 14, 20, 28, 40, 57, 80, 113, 160)
"""Borders of the bins of recall by height: steps of the square root of two."""
FEW_FACES = 10
"""Of a bin: fewer are left out of the plot, which would only jump."""


@dataclass(frozen=True, slots=True)
class DetectionFindings:
    """What one setting of a detector gave.

    Attributes:
        name: of the setting, such as "640 px".
        rates: by class of height, the first one that of all faces asked for.
        by_height: recall in the bins of HEIGHTS_PX, the last one open.
        faces_by_height: how many faces each bin has.
        cpu_ms: processor time of an image.
    """

    name: str
    rates: tuple[DetectionRates, ...]
    by_height: tuple[Estimate, ...]
    faces_by_height: tuple[int, ...]
    cpu_ms: Estimate


def recall_by_height(
    images: Sequence[SeenImage], least: HeightClass, min_confidence: float
) -> tuple[tuple[Estimate, ...], tuple[int, ...]]:
    """Return the share of faces found in each bin of height, and how many faces there are."""
    bins = len(HEIGHTS_PX)
    faces, found = np.zeros((len(images), bins)), np.zeros((len(images), bins))
    for row, image in enumerate(images):
        judged = match(image, least)
        height = (image.truth[:, 3] - image.truth[:, 1])[judged.counted]
        place = np.searchsorted(HEIGHTS_PX, height, side="right") - 1
        hit = (judged.found_at >= min_confidence)[judged.counted]
        inside = place >= 0
        faces[row] = np.bincount(place[inside], minlength=bins)
        found[row] = np.bincount(place[inside & hit], minlength=bins)

    def statistics(weights: Float) -> Float:
        total = weights @ faces
        with np.errstate(invalid="ignore"):
            return np.asarray((weights @ found) / total, np.float64)

    return (
        tuple(
            or_rule_of_three(one, int(images_of))
            for one, images_of in zip(
                bootstrap_all(statistics, len(images)), (faces > 0).sum(axis=0), strict=True
            )
        ),
        tuple(int(n) for n in faces.sum(axis=0)),
    )


def tables(findings: Sequence[DetectionFindings], min_confidence: float) -> tuple[Table, ...]:
    """Return the table of all settings, then one by height for each."""
    rule = (
        f"At confidence >= {min_confidence:g} and IoU >= {MIN_IOU:g}. AP: over the whole curve, "
        "all-points interpolation (Pascal VOC 2010). Intervals at 95 %, by image."
    )
    head = ("faces", "precision", "recall", "mean IoU", "AP", "false an image")
    whole = findings[0].rates[0].height
    main = Table(
        f"Faces {whole.name}",
        ("setting", *head, "CPU ms an image"),
        tuple((one.name, *_cells(one.rates[0]), _plain(one.cpu_ms, "{:.1f}")) for one in findings),
        note=rule + " Time: processor time of all threads, median, without reading the file.",
    )
    heights = [
        Table(
            f"By face height, {one.name}",
            ("height", *head),
            tuple((rate.height.name, *_cells(rate)) for rate in one.rates),
            note="Faces of other heights neither count nor hurt.",
        )
        for one in findings
    ]
    return (main, *heights)


def _cells(rate: DetectionRates) -> tuple[Cell, ...]:
    if not rate.faces:
        return (0, *([Estimate(float("nan"), note="no such face")] * 4), None)
    return (
        rate.faces,
        rate.precision,
        rate.recall,
        rate.mean_iou,
        rate.average_precision,
        _plain(rate.per_image, "{:.2f}"),
    )


def _plain(estimate: Estimate, form: str) -> str:
    text = form.format(estimate.value)
    if estimate.has_interval:
        text += f" ({form.format(estimate.low)} to {form.format(estimate.high)})"
    return text


def plots(findings: Sequence[DetectionFindings], min_confidence: float) -> tuple[Plot, ...]:
    """Return precision against recall by setting and by height, and recall by height."""
    first = findings[0]
    cumulative = [rate for rate in first.rates if np.isinf(rate.height.high_px) and rate.faces]
    return (
        Plot(
            f"Precision and recall, faces {first.rates[0].height.name}",
            _curves([(one.name, one.rates[0]) for one in findings], min_confidence),
        ),
        Plot(
            f"Precision and recall by face height, {first.name}",
            _curves([(rate.height.name, rate) for rate in cumulative], min_confidence),
        ),
        Plot(f"Recall by face height at confidence >= {min_confidence:g}", _recall(findings)),
    )


def _curves(
    named: Sequence[tuple[str, DetectionRates]], min_confidence: float
) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        for colour, (name, rate) in zip(LINES, named, strict=False):
            recall, precision, confidence = rate.curve
            axes.plot(100 * recall, 100 * precision, color=colour, label=name)
            at = np.flatnonzero(confidence >= min_confidence)
            if len(at):
                point = 100 * recall[at[-1]], 100 * precision[at[-1]]
                axes.plot(*point, marker="o", color=colour)
        axes.set_xlim(0, 101)
        axes.set_ylim(0, 101)
        axes.set_xlabel(f"recall (%); the dot is confidence {min_confidence:g}")
        axes.set_ylabel("precision (%)")

    return draw


def _recall(findings: Sequence[DetectionFindings]) -> Callable[[Axes], None]:
    edges = np.array([*HEIGHTS_PX, HEIGHTS_PX[-1] * np.sqrt(2)])
    middle = np.sqrt(edges[:-1] * edges[1:])

    def draw(axes: Axes) -> None:
        for place, (colour, one) in enumerate(zip(LINES, findings, strict=False)):
            enough = np.array(one.faces_by_height) >= FEW_FACES
            value = _column([e.value for e in one.by_height])[enough]
            low = _column([e.low for e in one.by_height])[enough]
            high = _column([e.high for e in one.by_height])[enough]
            # Beside each other, so that one interval does not hide the other.
            x = middle[enough] * 1.02**place
            spread = np.nan_to_num(np.maximum([value - low, high - value], 0))
            axes.errorbar(x, value, spread, color=colour, marker="o", capsize=2, label=one.name)
        axes.set_xscale("log")
        axes.set_xticks(edges[:-1], [f"{edge:g}" for edge in HEIGHTS_PX])
        axes.minorticks_off()
        axes.set_ylim(0, 101)
        axes.set_xlabel("height of the face's box (px)")
        axes.set_ylabel("recall (%)")

    return draw


def _column(values: Sequence[float]) -> NDArray[np.float64]:
    return 100 * np.array(values, np.float64)


def figures(findings: Sequence[DetectionFindings], min_confidence: float) -> dict[str, Any]:
    """Return the findings for machines."""
    return {
        "min_confidence": min_confidence,
        "min_iou": MIN_IOU,
        "settings": [
            {
                "name": one.name,
                "cpu_ms": one.cpu_ms,
                "by_height": [
                    {
                        "height": rate.height.name,
                        "faces": rate.faces,
                        "precision": rate.precision,
                        "recall": rate.recall,
                        "mean_iou": rate.mean_iou,
                        "average_precision": rate.average_precision,
                        "false_an_image": rate.per_image,
                    }
                    for rate in one.rates
                ],
            }
            for one in findings
        ],
    }
