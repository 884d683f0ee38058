"""How far landmarks are from where they should be: normalised mean error and what follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from facewarden.evaluate.intervals import Estimate, bootstrap_all, or_rule_of_three
from facewarden.evaluate.report import Plot, Table
from facewarden.svg import LINES

Float = NDArray[np.float64]
POINTS = ("right eye", "left eye", "nose", "right mouth corner", "left mouth corner")
"""Of the subject: the right eye is on the left of the picture."""
FAILED = (0.08, 0.10)
"""From which error a face has failed: 8 % as 300-W and COFW report it, 10 % as WFLW does."""


@dataclass(frozen=True, slots=True)
class PointedFaces:
    """n faces with the landmarks that they should have and those that were found.

    Attributes:
        name: of the setting.
        truth: (n, 5, 2) px.
        found: (n, 5, 2) px, NaN where the face was not found.
        box_px: (n,) root of the area of the annotated box, NaN where there is none.
        image: (n,) place of the image, for intervals.
        images: how many images there are.
    """

    name: str
    truth: Float
    found: Float
    box_px: Float
    image: NDArray[np.int64]
    images: int

    @property
    def eyes_px(self) -> Float:
        """(n,) distance of the eyes."""
        return np.asarray(np.linalg.norm(self.truth[:, 0] - self.truth[:, 1], axis=1))

    @property
    def errors(self) -> Float:
        """(n, 5) distance of each landmark from its place, as a share of the distance of the eyes.

        The normalisation of 300-W (Sagonas et al. 2016), between centres of eyes, since five points
        have no corners of eyes. NaN where the face was not found.
        """
        apart = np.linalg.norm(self.found - self.truth, axis=2)
        return np.asarray(apart / self.eyes_px[:, None])


@dataclass(frozen=True, slots=True)
class LandmarkRates:
    """The figures of one setting.

    Attributes:
        faces, missed: how many there are, and how many were not found.
        nme: mean error of the faces found, by the distance of the eyes.
        nme_box: the same by the root of the box's area; NaN without boxes.
        failed: share of all faces above each of FAILED; a face not found has failed.
        area: under the curve of errors up to each of FAILED, as a share of the best.
        by_point: nme of each landmark.
        errors: (n,) error of each face, infinite where it was not found.
    """

    name: str
    faces: int
    missed: int
    nme: Estimate
    nme_box: Estimate
    failed: tuple[Estimate, ...]
    area: tuple[Estimate, ...]
    by_point: tuple[Estimate, ...]
    errors: Float


def landmark_rates(faces: PointedFaces) -> LandmarkRates:
    """Return the figures with bootstrap intervals, whole images drawn with replacement."""
    points = faces.errors
    error = points.mean(axis=1)
    by_box = error * faces.eyes_px / faces.box_px
    whole = np.where(np.isnan(error), np.inf, error)
    columns = [error, by_box, *points.T]
    # The area under the share of faces below x, x from 0 to t, is the mean of max(0, 1 - e / t).
    always = [(whole > t).astype(np.float64) for t in FAILED]
    always += [np.maximum(0.0, 1 - whole / t) for t in FAILED]

    def statistics(weights: Float) -> Float:
        each = weights[faces.image]
        return np.array([_mean(column, each) for column in (*columns, *always)])

    found = bootstrap_all(statistics, faces.images)
    return LandmarkRates(
        faces.name,
        len(error),
        int(np.isnan(error).sum()),
        found[0],
        found[1],
        tuple(or_rule_of_three(one, faces.images) for one in found[7:9]),
        tuple(or_rule_of_three(one, faces.images) for one in found[9:11]),
        tuple(found[2:7]),
        whole,
    )


def _mean(values: Float, weights: Float) -> float:
    known = np.isfinite(values)
    total = weights[known].sum()
    return float(values[known] @ weights[known] / total) if total else float("nan")


def tables(rates: Sequence[LandmarkRates], first_column: str) -> tuple[Table, ...]:
    """Return the main table and that by landmark; intervals are by image."""
    limits = [f"{100 * t:g} %" for t in FAILED]
    with_boxes = any(np.isfinite(one.nme_box.value) for one in rates)
    head = (
        first_column, "faces", "not found", "NME", *(("NME by box",) if with_boxes else ()),
        *(f"failed at {t}" for t in limits), *(f"AUC to {t}" for t in limits),
    )  # fmt: skip
    return (
        Table(
            "Landmarks",
            head,
            tuple(
                (
                    one.name,
                    one.faces,
                    one.missed,
                    one.nme,
                    *((one.nme_box,) if with_boxes else ()),
                    *one.failed,
                    *one.area,
                )
                for one in rates
            ),
            note=(
                "NME: mean distance of the five points, by the distance between the eyes, over "
                "faces that were found. A face that was not found has failed and adds nothing to "
                "AUC. Intervals at 95 %, by image."
            ),
        ),
        Table(
            "Error of each landmark",
            (first_column, *POINTS),
            tuple((one.name, *one.by_point) for one in rates),
            note="Right and left are the subject's own.",
        ),
    )


def plots(rates: Sequence[LandmarkRates]) -> tuple[Plot, ...]:
    """Return the cumulative distribution of errors."""
    return (Plot("Share of faces below an error (CED)", _curves(rates)),)


def _curves(rates: Sequence[LandmarkRates]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        at = np.linspace(0, max(FAILED) * 1.5, 301)
        for place, one in enumerate(rates):
            share = np.searchsorted(np.sort(one.errors), at, side="right") / max(1, one.faces)
            # One colour for a picture, looked at in one way and in the other.
            colour, dashes = LINES[place // 2 % len(LINES)], ("-", "--")[place % 2]
            axes.plot(100 * at, 100 * share, dashes, color=colour, label=one.name)
        axes.set_xlim(0, 100 * at[-1])
        axes.set_ylim(0, 101)
        axes.set_xlabel("error, % of the distance between the eyes")
        axes.set_ylabel("faces (%)")

    return draw


def figures(rates: Sequence[LandmarkRates]) -> list[dict[str, Any]]:
    """Return the findings for machines."""
    return [
        {
            "name": one.name,
            "faces": one.faces,
            "not_found": one.missed,
            "nme": one.nme,
            "nme_by_box": one.nme_box,
            "failure_rate": {f"{t:g}": r for t, r in zip(FAILED, one.failed, strict=True)},
            "auc": {f"{t:g}": r for t, r in zip(FAILED, one.area, strict=True)},
            "by_point": dict(zip(POINTS, one.by_point, strict=True)),
        }
        for one in rates
    ]
