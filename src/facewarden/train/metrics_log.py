"""The figures of a run: a CSV file, and what TensorBoard shows of it."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import InputError
from facewarden.train.atomic_file import write_whole

TRAIN, VALIDATION = "train", "validation"
FIGURES = (
    "loss",
    "rate",
    "gradient_norm",
    "images_per_s",
    "seconds",
    "tmr",
    "auc",
    "accuracy",
    "rank1",
)
COLUMNS = ("part", "step", "epoch", *FIGURES)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Attributes:
        part: train or validation.
        step: steps taken when it was written.
        epoch: of these steps, in epochs, such as 1.5.
        figures: any of FIGURES; rate in 1/step, images_per_s of all processes together,
            seconds spent on steps so far.
    """

    part: str
    step: int
    epoch: float
    figures: Mapping[str, float]


class MetricsLog:
    """Adds lines to metrics.csv and to TensorBoard's events.

    Args:
        file: metrics.csv.
        events: folder for TensorBoard's events.
        keep: tells of an entry that is there whether it is kept. A resumed run goes on before its
            last lines, which it will write again.
        step: from which TensorBoard forgets what it has.
    """

    def __init__(self, file: Path, events: Path, kept: list[Entry], step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(entry) for entry in kept)
        write_whole(file, out.getvalue().encode())
        self._file = file
        self._events: Any = SummaryWriter(str(events), purge_step=step or None)

    def add(self, entry: Entry) -> None:
        """Write a line; it is on its way to the disk when this returns."""
        with self._file.open("a", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerow(_cells(entry))
        for name, value in entry.figures.items():
            if math.isfinite(value):
                self._events.add_scalar(f"{entry.part}/{name}", value, entry.step)
        self._events.flush()

    def close(self) -> None:
        """End TensorBoard's file."""
        self._events.close()


def read_metrics(file: Path) -> list[Entry]:
    """Return the lines of metrics.csv; half a line at its end, of a run that was killed, is none.

    Raises:
        InputError: it cannot be read, or is no such file.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(line for line in lines if line.endswith("\n")))
        return [
            Entry(
                row["part"], int(row["step"]), float(row["epoch"]),
                {name: float(row[name]) for name in FIGURES if row[name]},
            )
            for row in rows
        ]  # fmt: skip
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise InputError(
            f"{file} cannot be read as the figures of a run", expected=", ".join(COLUMNS),
            found=f"{type(error).__name__}",
        ) from None  # fmt: skip


def _cells(entry: Entry) -> list[str]:
    figures = [f"{entry.figures[name]:.6g}" if name in entry.figures else "" for name in FIGURES]
    return [entry.part, str(entry.step), f"{entry.epoch:.4f}", *figures]
