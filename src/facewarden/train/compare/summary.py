"""What a run came to, from its folder."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from facewarden.errors import InputError
from facewarden.train.backbones.catalogue import build
from facewarden.train.backbones.cost import cost
from facewarden.train.metrics_log import TRAIN, VALIDATION, Entry, read_metrics
from facewarden.train.run_folder import RunFolder

BEST_BY = ("rank1", "auc", "tmr", "accuracy")
"""By what a run chose its best checkpoint, where its recipe leaves it open: the first it has."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run.

    Attributes:
        name: of its folder.
        parameters, multiply_adds: of the network; for one face.
        judged: (validation) entries, oldest first.
        best: figures of the one that its recipe would choose; empty where nothing was judged.
        best_epoch: of that one; NaN where there is none.
        images_per_s: median over the run; NaN where nothing was logged.
        data: fingerprint and split: figures of different data do not compare.
    """

    name: str
    backbone: str
    loss: str
    device: str
    parameters: int
    multiply_adds: int
    judged: tuple[Entry, ...]
    best: Mapping[str, float]
    best_epoch: float
    images_per_s: float
    data: tuple[str, str]


def summaries(folders: Sequence[Path]) -> list[Summary]:
    """Read runs, in the order given.

    Raises:
        InputError: a folder is no run, has no figures yet, or is given twice.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InputError("a run is given twice", expected="different runs")
    names = _names(folders)
    return [
        _summary(name, RunFolder.open(folder)) for name, folder in zip(names, folders, strict=True)
    ]


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the folders' names, with their parents' where two are alike."""
    short = [folder.resolve().name for folder in folders]
    if len(set(short)) == len(short):
        return short
    return [str(folder) for folder in folders]


def _summary(name: str, run: RunFolder) -> Summary:
    entries = read_metrics(run.metrics)
    judged = tuple(entry for entry in entries if entry.part == VALIDATION)
    rates = [
        entry.figures["images_per_s"]
        for entry in entries
        if entry.part == TRAIN and "images_per_s" in entry.figures
    ]
    network = run.recipe.network
    spent = cost(
        build(
            network.backbone,
            embedding_size=network.embedding_size,
            input_size=int(run.about["size_px"]),
        )
    )
    best = _best(run.recipe.validation.best_by, judged)
    return Summary(
        name,
        network.backbone,
        run.recipe.loss.name,
        str(run.about["device"]),
        spent.parameters,
        spent.multiply_adds,
        judged,
        {} if best is None else best.figures,
        math.nan if best is None else best.epoch,
        median(rates) if rates else math.nan,
        (str(run.about["data_fingerprint"]), str(run.about["split"])),
    )


def _best(best_by: str, judged: Sequence[Entry]) -> Entry | None:
    wanted = BEST_BY if best_by == "auto" else (best_by,)
    for name in wanted:
        # A figure that the data cannot give is NaN.
        known = [e for e in judged if math.isfinite(e.figures.get(name, math.nan))]
        if known:
            return max(known, key=lambda entry: entry.figures[name])
    return None
