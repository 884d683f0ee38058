"""Runs side by side as a report."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from matplotlib.axes import Axes

from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Cell, EvaluationReport, Plot, Table
from facewarden.svg import LINES
from facewarden.train.compare.published import PUBLISHED
from facewarden.train.compare.summary import Summary
from facewarden.train.curves import JUDGED


def compared(runs: Sequence[Summary], *, command: str, seconds: float) -> EvaluationReport:
    """Return one row for each run, and the figures of others under them."""
    names = [name for name in JUDGED if any(_known(run, name) for run in runs)]
    data = sorted({run.data for run in runs})
    return EvaluationReport(
        title="Runs compared",
        command=command,
        models=tuple(f"{run.name}: {run.backbone} with {run.loss}" for run in runs),
        data=tuple(
            (f"data {number}", f"split {split} of {fingerprint[:12]}")
            for number, (fingerprint, split) in enumerate(data, 1)
        ),
        made_at=datetime.now(UTC),
        seconds=seconds,
        tables=(_networks(runs, data), _judged(runs, names), _published()),
        plots=tuple(Plot(f"Validation: {JUDGED[name]}", _lines(runs, name)) for name in names),
        warnings=(
            ("these runs are of different data: their figures do not compare",)
            if len(data) > 1
            else ()
        ),
        figures={
            run.name: {
                "backbone": run.backbone,
                "loss": run.loss,
                "parameters": run.parameters,
                "multiply_adds": run.multiply_adds,
                "best_epoch": run.best_epoch,
                "images_per_s": run.images_per_s,
                "data_fingerprint": run.data[0],
                "split": run.data[1],
                "best": dict(run.best),
                "judged": [{"epoch": e.epoch, **e.figures} for e in run.judged],
            }
            for run in runs
        },
    )


def _networks(runs: Sequence[Summary], data: Sequence[tuple[str, str]]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            run.name,
            run.backbone,
            run.loss,
            f"{run.parameters / 1e6:.2f} M",
            f"{run.multiply_adds / 1e6:,.0f} M",
            None if math.isnan(run.images_per_s) else f"{run.images_per_s:.0f}",
            run.device,
            data.index(run.data) + 1,
        )
        for run in runs
    ]
    return Table(
        "Runs",
        ("run", "network", "loss", "parameters", "multiply-adds", "images/s", "on", "data"),
        tuple(rows),
    )


def _judged(runs: Sequence[Summary], names: Sequence[str]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            run.name,
            *(Estimate(run.best[name]) if _known(run, name) else None for name in names),
            None if math.isnan(run.best_epoch) else f"{run.best_epoch:g}",
        )
        for run in runs
    ]
    return Table(
        "Judged",
        ("run", *(JUDGED[name] for name in names), "best at epoch"),
        tuple(rows),
        note="Of the checkpoint that each run's recipe chose, on the validation part.",
    )


def _published() -> Table:
    return Table(
        "As others report",
        ("method", "test", "figure", "source"),
        tuple((one.method, one.test, Estimate(one.value), one.source) for one in PUBLISHED),
        note="On tests of their own: set beside runs of the same test only. Of the single "
        "networks with ArcFace, and of Inception and VGG16 with triplets, no figure is known here.",
    )


def _lines(runs: Sequence[Summary], name: str) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        for place, run in enumerate(runs):
            points = [
                (entry.epoch, 100 * entry.figures[name])
                for entry in run.judged
                if math.isfinite(entry.figures.get(name, math.nan))
            ]
            if points:
                x, y = zip(*points, strict=True)
                axes.plot(
                    x, y, color=LINES[place % len(LINES)], label=run.name, marker="o",
                    markersize=3, linestyle=("-", "--", ":")[place // len(LINES) % 3],
                )  # fmt: skip
        axes.set_xlabel("epochs")
        axes.set_ylabel(f"{JUDGED[name]} (%)")

    return draw


def _known(run: Summary, name: str) -> bool:
    return math.isfinite(run.best.get(name, math.nan))
