"""Learning curves of a run: a picture, and a page with its figures."""

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facewarden.evaluate import as_html
from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Cell, EvaluationReport, Plot, Table
from facewarden.svg import LINES
from facewarden.train.atomic_file import write_whole
from facewarden.train.metrics_log import TRAIN, VALIDATION, Entry, read_metrics
from facewarden.train.run_folder import RunFolder

JUDGED = {
    "rank1": "rank 1, closed set",
    "auc": "area under the ROC",
    "tmr": "TMR at FMR 1 %",
    "accuracy": "accuracy of pairs",
}
MOST_ROWS = 200
"""Of the table of judgements; of longer runs the last."""


def write_curves(run: RunFolder) -> tuple[Path, Path]:
    """Write curves.png and report.html into the run's folder, and return their paths.

    Raises:
        InputError: the run has written no figures yet.
    """
    entries = read_metrics(run.metrics)
    plots = _plots(entries)
    png, page = run.folder / "curves.png", run.folder / "report.html"
    write_whole(png, _png(plots))
    write_whole(page, as_html.render(_report(run, entries, plots)).encode())
    return png, page


def _plots(entries: Sequence[Entry]) -> tuple[Plot, ...]:
    train = [entry for entry in entries if entry.part == TRAIN]
    judged = [entry for entry in entries if entry.part == VALIDATION]
    plots = [Plot("Loss", _lines(train, {"loss": "training loss"}, "loss"))]
    if judged:
        plots.append(Plot("Validation", _lines(judged, JUDGED, "share (%)", scale=100)))
    plots.append(Plot("Learning rate", _lines(train, {"rate": "learning rate"}, "1/step")))
    norm = {"gradient_norm": "length before it was shortened"}
    plots.append(Plot("Gradient", _lines(train, norm, "length")))
    return tuple(plots)


def _lines(
    entries: Sequence[Entry], names: dict[str, str], unit: str, *, scale: float = 1
) -> Callable[[Axes], None]:
    """Paint figures against epochs, those that there are."""

    def draw(axes: Axes) -> None:
        for colour, (name, words) in zip(LINES, names.items(), strict=False):
            points = [(e.epoch, scale * e.figures[name]) for e in entries if name in e.figures]
            if points:
                x, y = np.array(points).T
                marker = "o" if len(points) < 40 else ""
                axes.plot(x, y, color=colour, label=words, marker=marker, markersize=3)
        axes.set_xlabel("epochs")
        axes.set_ylabel(unit)

    return draw


def _png(plots: Sequence[Plot]) -> bytes:
    figure = Figure(figsize=(9, 3.2 * len(plots)), layout="constrained", dpi=100)
    for axes, plot in zip(figure.subplots(len(plots), squeeze=False)[:, 0], plots, strict=True):
        plot.draw(axes)
        axes.set_title(plot.title)
        axes.grid(alpha=0.2)
        if axes.get_legend_handles_labels()[1]:
            axes.legend(frameon=False)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _report(run: RunFolder, entries: Sequence[Entry], plots: tuple[Plot, ...]) -> EvaluationReport:
    recipe, about = run.recipe, run.about
    return EvaluationReport(
        title="Training",
        command=about["command"],
        models=(f"{recipe.network.backbone} with {recipe.loss.name} on {about['device']}",),
        data=(
            ("faces", f"{about['train_faces']:,} of {about['classes']:,} people to train on, "
                      f"{about['validation_faces']:,} to be judged by"),
            ("split", about["split"]),
            ("fingerprint", about["data_fingerprint"]),
            ("versions", ", ".join(f"{k} {v}" for k, v in about["versions"].items())),
            ("seed", str(about["seed"])),
        ),
        made_at=datetime.now(UTC),
        seconds=max((entry.figures.get("seconds", 0.0) for entry in entries), default=0.0),
        tables=_tables(entries),
        plots=plots,
        figures={"entries": [{"part": e.part, "step": e.step, **e.figures} for e in entries]},
    )  # fmt: skip


def _tables(entries: Sequence[Entry]) -> tuple[Table, ...]:
    judged = [entry for entry in entries if entry.part == VALIDATION][-MOST_ROWS:]
    train = [entry for entry in entries if entry.part == TRAIN]
    made = []
    if judged:
        names = [name for name in JUDGED if any(name in entry.figures for entry in judged)]
        rows: list[tuple[Cell, ...]] = [
            (f"{entry.epoch:g}", entry.step,
             *(Estimate(entry.figures[n]) if n in entry.figures else None for n in names))
            for entry in judged
        ]  # fmt: skip
        made.append(
            Table("Validation", ("epoch", "step", *(JUDGED[n] for n in names)), tuple(rows),
                  note="On faces of the validation part; see run.json and recipe.yaml.")
        )  # fmt: skip
    if train:
        first, last = train[0].figures, train[-1].figures
        rate = float(np.median([entry.figures["images_per_s"] for entry in train]))
        made.append(
            Table("Training", ("figure", "first", "last"),
                  (("loss", f"{first['loss']:.4g}", f"{last['loss']:.4g}"),
                   ("steps", train[0].step, train[-1].step),
                   ("images a second, median", None, f"{rate:.0f}")))
        )  # fmt: skip
    return tuple(made)
