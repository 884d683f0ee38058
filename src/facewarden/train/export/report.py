"""What an export found, as a report."""

from datetime import UTC, datetime

from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import EvaluationReport, Table
from facewarden.models.training_record import MeasuredFigure, TrainingRecord
from facewarden.train.export.exported import Exported


def report_of(exported: list[Exported], *, command: str, seconds: float) -> EvaluationReport:
    """Return one row for each file, and one for each engine that runs it."""
    first = _record(exported[0])
    names = tuple(figure.name for figure in first.figures)
    return EvaluationReport(
        title=f"Export of {exported[0].card.model_id}",
        command=command,
        models=tuple(one.card.model_id for one in exported),
        data=(
            ("network", f"{first.backbone} with {first.loss}, step {first.step:,}"),
            ("trained on", f"prepared data {first.data_fingerprint}, {first.data_licence}"),
            ("judged by", f"{first.measured_on}; {first.pairs:,} pairs"),
        ),
        made_at=datetime.now(UTC),
        seconds=seconds,
        tables=(_recognition(exported, names), _speed(exported)),
        warnings=tuple(warning for one in exported for warning in one.warnings),
        figures={one.card.model_id: _record(one).model_dump(mode="json") for one in exported},
    )


def _recognition(exported: list[Exported], names: tuple[str, ...]) -> Table:
    rows = []
    for one in exported:
        known = {figure.name: figure for figure in one.figures}
        rows.append(
            (
                one.card.model_id,
                f"{len(one.model) / 1e6:.1f} MB",
                f"{one.agreement.cosine:.6f}",
                f"{one.agreement.mean_cosine:.6f}",
                *(_estimate(known.get(name)) for name in names),
            )
        )
    return Table(
        "Recognition",
        ("file", "size", "least cosine to the network", "mean cosine", *names),
        tuple(rows),
        note="On ONNX Runtime; all files on the same pairs.",
    )


def _speed(exported: list[Exported]) -> Table:
    rows = tuple(
        (
            one.card.model_id,
            f"{speed.engine} in {speed.precision}",
            f"{speed.ms_per_face:.2f} ms",
            f"{speed.cosine:.6f}",
        )
        for one in exported
        for speed in _record(one).speeds
    )
    return Table(
        "Speed on this machine",
        ("file", "engine", "a face", "least cosine to ONNX Runtime"),
        rows,
        note="One thread; mean of single faces and of batches of eight.",
    )


def _record(one: Exported) -> TrainingRecord:
    assert isinstance(one.card.training, TrainingRecord)  # noqa: S101 - an export always has one
    return one.card.training


def _estimate(figure: MeasuredFigure | None) -> Estimate | None:
    if figure is None:
        return None
    if figure.low is None or figure.high is None:
        return Estimate(figure.value)
    return Estimate(figure.value, figure.low, figure.high)
